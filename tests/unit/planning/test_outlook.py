"""What a forecast is made from: the hours to come and the attempts that have ended."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

from dialer.planning.outlook import _by_day, hours_by_date, sample_of
from dialer.ports import AttemptCounts
from dialer.ports.pilots import Ended

SHANGHAI = ZoneInfo("Asia/Shanghai")


def at(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=SHANGHAI)


def test_the_hours_of_a_day_are_put_together() -> None:
    found = hours_by_date([(at(23, 9), at(23, 12)), (at(23, 14), at(23, 18, 30)), (at(24, 9), at(24, 12))])
    assert found == ((date(2026, 11, 23), 7.5), (date(2026, 11, 24), 3.0))


def test_what_is_open_over_midnight_counts_for_both_days() -> None:
    pieces = _by_day(at(23, 22), at(25, 2))
    assert [(day, round(hours, 3)) for day, hours in hours_by_date(pieces)] == [
        (date(2026, 11, 23), 2.0),
        (date(2026, 11, 24), 24.0),
        (date(2026, 11, 25), 2.0),
    ]


def counts(**changes: object) -> AttemptCounts:
    none = {
        "leads": 10, "leads_by_state": {}, "attempts": 5, "outcomes": {}, "dispositions": {}, "connected": 0,
        "answered_by_person": 0, "contacts": 0, "successes": 0, "effective_calls": 0, "talk_s": 0.0, "recordings": 0,
        "recording_s": 0.0, "answer_to_agent_ms": (),
        "customer_waits_ms": (), "connected_in_time": 0, "connected_late": 0, "by_agent": {}, "by_hour": {},
    }  # fmt: skip
    return AttemptCounts(**{**none, **changes})  # type: ignore[arg-type]


def test_a_decision_made_during_the_call_does_not_outnumber_what_has_ended() -> None:
    found = sample_of(
        counts(connected=3, contacts=3, successes=3, answered_by_person=2, talk_s=180.0),
        Ended(attempts=2, settled=2, appointments=2, line_s=None),
    )
    assert (found.contacts, found.successes, found.talk_s) == (2, 2, 60.0)


def test_where_nothing_was_measured_the_usual_times_are_taken() -> None:
    found = sample_of(counts(), Ended(attempts=2, settled=0, appointments=0, line_s=None))
    assert (found.line_s, found.talk_s) == (20.0, 90.0)
