from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from campaigns.pilot import PilotPlan, complete, problems, remarks, room, serves
from campaigns.statistics import wilson

TEAM = tuple(f"agent{n}" for n in range(10))
PLAN = PilotPlan(calls=100, agents=TEAM, calls_per_agent=10)


def test_a_sound_plan_has_no_problems() -> None:
    assert problems(PLAN) == []


def test_each_problem_of_a_plan_is_named() -> None:
    assert problems(PilotPlan(calls=20, agents=TEAM)) == ["calls is 20; a pilot takes 50 to 150"]
    assert "agents: name the agents of the pilot" in problems(PilotPlan(agents=()))
    assert problems(PilotPlan(calls=60, agents=TEAM[:2])) == ["calls is 60, but 2 agents with 10 each make 20"]
    assert "agents: somebody is named twice" in problems(PilotPlan(agents=("mei", "mei")))


def test_nobody_gets_more_than_his_share() -> None:
    assert serves(PLAN, "agent1", {"agent1": 9})
    assert not serves(PLAN, "agent1", {"agent1": 10})
    assert not serves(PLAN, "stranger", {})


@given(st.lists(st.integers(0, 10), min_size=10, max_size=10), st.integers(0, 20))
def test_attempts_never_exceed_the_plan(made: list[int], in_flight: int) -> None:
    calls = dict(zip(TEAM, made, strict=True))
    free = room(PLAN, calls, in_flight)
    assert free >= 0
    assert free == 0 or sum(made) + in_flight + free <= PLAN.calls
    assert complete(PLAN, calls) == (sum(made) >= PLAN.calls)


def test_remarks_name_the_hours_that_were_missed() -> None:
    found = remarks(PLAN, calls=100, contacts=wilson(100, 320), hours={9, 10}, open_hours={9, 10, 19})
    assert [(remark.code, remark.text) for remark in found] == [("hours_missed", "Not tried at these hours: 19.")]
