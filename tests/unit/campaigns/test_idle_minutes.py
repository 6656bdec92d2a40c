from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from campaigns.idle_minutes import DIALLING, MINUTE, IdleMinutes, IdleRun, by_reason, runs

NINE = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


def at(minutes: float) -> datetime:
    return NINE + timedelta(minutes=minutes)


def test_a_minute_with_an_attempt_is_none_of_the_idle_ones() -> None:
    log = IdleMinutes(NINE)
    log.stands("no_lead_due", at(0.1))
    log.dials(at(0.9))
    assert log.passes(at(2)) == [(at(0), DIALLING), (at(1), "no_lead_due")]


def test_the_reason_that_held_longest_counts() -> None:
    log = IdleMinutes(NINE)
    log.stands("no_lead_due", at(0))
    log.stands("no_ready_agent", at(0.3))
    log.stands("no_lead_due", at(0.9))
    assert log.passes(at(1)) == [(at(0), "no_ready_agent")]


def test_hours_of_the_same_reason_are_one_run() -> None:
    log = IdleMinutes(NINE)
    assert log.stands("outside_window", NINE) == []
    found = log.passes(at(600)) + log.stands("", at(700)) + log.dials(at(700.5)) + log.passes(at(720))
    assert found == [(at(0), "outside_window"), (at(700), DIALLING)]
    day = runs(found, at(0), at(720))
    assert day == [
        IdleRun(start=at(0), end=at(700), reason="outside_window"),
        IdleRun(start=at(700), end=at(720), reason=DIALLING),
    ]
    assert by_reason(day) == {"outside_window": 700}


def test_what_began_the_day_before_is_cut_at_midnight() -> None:
    found = runs([(at(-600), "outside_window"), (at(60), DIALLING)], at(0), at(1440))
    assert [(run.start, run.minutes) for run in found] == [(at(0), 60), (at(60), 1380)]


STEPS = st.lists(st.tuples(st.floats(0, 200), st.sampled_from(["", "a", "b", "dial", "look"])), max_size=40)


@given(STEPS)
def test_every_minute_gets_what_a_look_at_every_second_gives(steps: list[tuple[float, str]]) -> None:
    log, found, seconds = IdleMinutes(NINE), [], 0
    wanted: list[tuple[int, str]] = []
    for wait, what in steps:
        seconds += int(wait)
        now = NINE + timedelta(seconds=seconds)
        if what == "look":
            found += log.passes(now)
        elif what == "dial":
            found += log.dials(now)
        else:
            found += log.stands(what, now)
        wanted.append((seconds, what))
    last = seconds // 60
    found += log.passes(NINE + last * MINUTE)
    told, state = dict(found), None
    for minute in range(last):
        state = told.get(NINE + minute * MINUTE, state)
        assert state == _plain(wanted, minute)


def _plain(steps: list[tuple[int, str]], minute: int) -> str:
    begin, end = minute * 60, minute * 60 + 60
    if any(what == "dial" and begin <= second < end for second, what in steps):
        return DIALLING
    held: dict[str, int] = {}
    for second in range(begin, end):
        reason = ""
        for when, what in steps:
            if when <= second and what not in ("dial", "look"):
                reason = what
        held[reason] = held.get(reason, 0) + 1
    return max(held, key=lambda reason: (held[reason], reason))
