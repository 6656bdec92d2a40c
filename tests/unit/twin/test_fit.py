"""How people behaved yesterday, read out of the log."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from campaigns.attempt import AttemptOutcome as O
from campaigns.disposition import STANDARD
from dialer.errors import Invalid
from dialer.ports import AttemptRow
from dialer.twin.fit import fit
from dialer.twin.logged import Logged

SHANGHAI = ZoneInfo("Asia/Shanghai")
TEN = datetime(2026, 11, 23, 2, tzinfo=UTC)  # in Shanghai


def attempt(
    n: int, outcome: O | None, *, hour: int = 10, code: str = "NOT_INTERESTED", talk_s: float = 60.0
) -> AttemptRow:
    placed = TEN + timedelta(hours=hour - 10, seconds=n)
    row: dict[str, object] = {}
    if outcome is O.HUMAN:
        answered = placed + timedelta(seconds=10)
        ended = answered + timedelta(seconds=talk_s)
        row = {
            "ringing_at": placed + timedelta(seconds=2), "answered_at": answered, "connected_at": answered,
            "ended_at": ended, "agent_id": "amy", "disposition": code, "disposed_at": ended + timedelta(seconds=20),
        }  # fmt: skip
    elif outcome is not None:
        row = {"ringing_at": placed + timedelta(seconds=2), "ended_at": placed + timedelta(seconds=25)}
    return AttemptRow(
        attempt_id=f"{n:032x}", campaign_id=1, campaign_code="autumn", lead_id=n, lead_name="", number=f"+86138{n:08d}",
        trunk="carrier", worker="w1", sip_call_id="", caller_id="", placed_at=placed, outcome=outcome, **row,  # type: ignore[arg-type]
    )  # fmt: skip


def yesterday() -> list[AttemptRow]:
    outcomes = [O.HUMAN] * 30 + [O.NO_ANSWER] * 50 + [O.BUSY] * 14 + [O.INVALID_NUMBER] * 6
    return [attempt(n, outcome) for n, outcome in enumerate(outcomes)]


def test_rates_and_times_are_those_of_the_log() -> None:
    found = fit(yesterday(), STANDARD, SHANGHAI)
    assert (found.attempts, found.persons, found.conversations) == (100, 30, 30)
    behaviour = found.behaviour
    assert behaviour.person == 0.30
    assert (behaviour.busy, behaviour.invalid) == (pytest.approx(14 / 70), pytest.approx(6 / 70))
    assert (behaviour.post_dial_s.average, behaviour.ring_s.average) == (2.0, 8.0)
    assert (behaviour.talk_s.average, behaviour.wrap_up_s.average) == (60.0, 20.0)
    assert behaviour.dispositions == {"NOT_INTERESTED": 30.0}
    assert "machine_ring_s" in found.usual


def test_an_hour_with_few_attempts_leans_on_the_day() -> None:
    rows = yesterday() + [attempt(200 + n, O.HUMAN, hour=19) for n in range(2)]
    by_hour = fit(rows, STANDARD, SHANGHAI).behaviour.person_by_hour
    assert set(by_hour) == {"10", "19"}
    assert 0.30 < by_hour["19"] < 0.5  # two of two, and yet not all


def test_calls_we_cancelled_say_nothing_about_people() -> None:
    rows = yesterday() + [attempt(300 + n, O.CANCELLED) for n in range(50)] + [attempt(400, None)]
    assert fit(rows, STANDARD, SHANGHAI).attempts == 100


def test_a_machine_the_agent_met_is_no_person() -> None:
    rows = yesterday() + [attempt(500 + n, O.HUMAN, code="MACHINE", talk_s=4.0) for n in range(25)]
    found = fit(rows, STANDARD, SHANGHAI).behaviour
    assert found.person == pytest.approx(30 / 125)
    assert not found.machine_is_told
    assert found.machine_s.average == pytest.approx(4.0)


def test_too_short_a_log_is_refused() -> None:
    with pytest.raises(Invalid, match="only 10 attempts"):
        fit(yesterday()[:10], STANDARD, SHANGHAI)


def test_a_replayed_attempt_goes_as_it_went_and_beyond_the_log_nothing_is_known() -> None:
    logged = Logged([attempt(1, O.HUMAN, code="SALE"), attempt(2, O.CANCELLED)], STANDARD)
    party = logged("+8613800000001", 1)
    assert party is not None
    assert (party.fate.answers_after, party.talk_s, party.disposition) == (10.0, 60.0, "SALE")
    assert logged("+8613800000001", 2) is None
    assert logged("+8613800000002", 1) is None
