from __future__ import annotations

import random
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from campaigns.forecast import Ahead, Sample, attempts_of_a_lead, forecast

MONDAY = date(2026, 11, 23)
PILOT = Sample(attempts=300, persons=90, contacts=60, successes=12, settled=75, line_s=20, talk_s=90)


def ahead(days: int = 20, **changes: object) -> Ahead:
    hours = tuple((MONDAY + timedelta(days=n), 8.0) for n in range(days))
    values = {"open_leads": 4000, "attempts_per_lead": 6, "agents": 5, "wrap_up_s": 20.0, "hours": hours, **changes}
    return Ahead(**values)  # type: ignore[arg-type]


def test_the_work_is_what_playing_it_through_gives() -> None:
    chance, most, settled = random.Random(3), 6, 0.25
    tries = []
    for _ in range(20_000):
        made = 1
        while made < most and chance.random() >= settled:
            made += 1
        tries.append(made)
    assert attempts_of_a_lead(settled, most) == pytest.approx(sum(tries) / len(tries), rel=0.02)
    assert attempts_of_a_lead(0.0, most) == most


def test_an_easy_deadline_is_held_and_a_hard_one_is_not() -> None:
    easy = forecast(PILOT, ahead(60, deadline=MONDAY + timedelta(days=59)))
    hard = forecast(PILOT, ahead(60, deadline=MONDAY + timedelta(days=1)))
    assert easy.deadline_probability is not None
    assert hard.deadline_probability is not None
    assert easy.deadline_probability > 0.95
    assert hard.deadline_probability < 0.05
    first, middle, last = easy.completes_on
    assert first is not None
    assert middle is not None
    assert last is not None
    assert MONDAY < first <= middle <= last


def test_the_probability_of_a_goal_falls_as_the_goal_rises() -> None:
    goals = {"successes": 100.0, "contacts": 100_000.0, "success_rate": 0.2}
    found = {goal.goal: goal for goal in forecast(PILOT, ahead(goals=goals)).goals}
    assert found["successes"].probability > 0.95
    assert found["contacts"].probability == 0.0
    assert 0.2 < found["success_rate"].probability < 0.8
    low, middle, high = found["successes"].low, found["successes"].expected, found["successes"].high
    assert low < middle < high


def test_what_was_reached_before_counts() -> None:
    goals = {"successes": 500.0}
    [without] = forecast(PILOT, ahead(goals=goals)).goals
    [with_it] = forecast(PILOT, ahead(goals=goals, reached={"successes": 100.0})).goals
    assert with_it.expected == pytest.approx(without.expected + 100, rel=0.01)


def test_the_hours_that_are_missing_leave_the_date_open() -> None:
    assert forecast(PILOT, ahead(1)).completes_on == (None, None, None)


def test_nothing_is_forecast_from_nothing() -> None:
    with pytest.raises(ValueError, match="before the first attempt"):
        forecast(Sample(attempts=0, persons=0, contacts=0, successes=0, settled=0), ahead())
    with pytest.raises(ValueError, match="larger than its attempts"):
        forecast(Sample(attempts=3, persons=4, contacts=0, successes=0, settled=0), ahead())


@settings(max_examples=15, deadline=None)
@given(st.integers(1, 200), st.integers(0, 200), st.integers(0, 200), st.integers(0, 5000), st.integers(1, 20))
def test_any_sample_gives_ordered_figures(attempts: int, persons: int, settled: int, leads: int, agents: int) -> None:
    sample = Sample(
        attempts=attempts, persons=min(persons, attempts), contacts=0, successes=0, settled=min(settled, attempts)
    )
    found = forecast(sample, ahead(open_leads=leads, agents=agents, deadline=MONDAY, goals={"successes": 1.0}))
    assert found.attempts_needed == tuple(sorted(found.attempts_needed))
    assert found.attempts_per_hour > 0
    assert 0 <= (found.deadline_probability or 0) <= 1
    assert 0 <= found.goals[0].probability <= 1
