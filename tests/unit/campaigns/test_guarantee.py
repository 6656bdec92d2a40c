"""Whom we abandoned hears nobody's phone ring for nothing a second time."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from campaigns.attempt import AttemptOutcome, PastAttempt
from campaigns.guarantee import guarantee, result
from campaigns.lead import Lead, LeadNumber
from tests.unit.campaigns.builders import pack

POLICY = pack("gb")
NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
NUMBER = "+441632960001"
LEAD = Lead(
    lead_id=1, campaign_id=1, name="Ann", numbers=(LeadNumber(number_id=1, e164=NUMBER),), country="GB",
    time_zone="Europe/London",
)  # fmt: skip


def attempt(hours_ago: float, outcome: AttemptOutcome, *, number: str = NUMBER, lead_id: int = 1) -> PastAttempt:
    at = NOON - timedelta(hours=hours_ago)
    return PastAttempt(
        attempt_id=f"a{hours_ago:09.3f}", campaign_id=1, lead_id=lead_id, number=number, placed_at=at, answered_at=at,
        ended_at=at, outcome=outcome,
    )  # fmt: skip


def test_a_lead_we_abandoned_keeps_its_agent_until_it_was_talked_to() -> None:
    found = guarantee(replace(LEAD, agent_guaranteed=True), (), NUMBER, POLICY, NOON)
    assert found is not None
    assert found.until is None
    assert "talked" in result(found).detail
    assert guarantee(LEAD, (), NUMBER, POLICY, NOON) is None


def test_its_number_is_guaranteed_in_every_campaign_for_72_hours() -> None:
    abandoned = attempt(71.9, AttemptOutcome.ABANDONED, lead_id=2)
    found = guarantee(LEAD, (abandoned,), NUMBER, POLICY, NOON)
    assert found is not None
    assert found.until == NOON + timedelta(hours=0.1)
    assert result(found).passed, "it is due; an agent is reserved for it in front of the attempt"
    assert guarantee(LEAD, (attempt(72, AttemptOutcome.ABANDONED, lead_id=2),), NUMBER, POLICY, NOON) is None
    assert guarantee(LEAD, (abandoned,), "+441632960002", POLICY, NOON) is None


def test_who_hung_up_before_an_agent_was_there_has_not_talked_to_anybody() -> None:
    hung_up = replace(attempt(5, AttemptOutcome.HUMAN), talked=False)
    history = (attempt(10, AttemptOutcome.ABANDONED, lead_id=2), hung_up)
    assert guarantee(LEAD, history, NUMBER, POLICY, NOON) is not None


def test_a_conversation_since_settles_it() -> None:
    history = (attempt(10, AttemptOutcome.ABANDONED, lead_id=2), attempt(5, AttemptOutcome.HUMAN))
    assert guarantee(LEAD, history, NUMBER, POLICY, NOON) is None
    tried = (*history[:1], attempt(5, AttemptOutcome.NO_ANSWER))
    assert guarantee(LEAD, tried, NUMBER, POLICY, NOON) is not None


@given(st.lists(st.tuples(st.floats(0, 200), st.sampled_from(list(AttemptOutcome))), max_size=6))
def test_nobody_abandoned_within_the_hours_goes_without(past: list[tuple[float, AttemptOutcome]]) -> None:
    history = [attempt(ago, outcome) for ago, outcome in sorted(past, key=lambda row: -row[0])]
    found = guarantee(LEAD, history, NUMBER, POLICY, NOON)
    last = next((a for a in reversed(history) if a.outcome in (AttemptOutcome.ABANDONED, AttemptOutcome.HUMAN)), None)
    hurt = last is not None and last.outcome is AttemptOutcome.ABANDONED
    assert (found is not None) == bool(hurt and last and last.placed_at > NOON - POLICY.abandon_guarantee)
