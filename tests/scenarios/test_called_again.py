"""Customers called again: reminded of their appointments, followed up, left in peace when their time is over."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from campaigns.lead import CloseReason, DueKind, LeadState
from dialer.twin.parties import answers, busy, rings_on
from tests.scenarios.floor import Floor

DAY = 24 * 3600.0


async def says(floor: Floor, code: str, **decision: Any) -> None:
    call = await floor.talks()
    await floor.hangs_up()
    await floor.over(attempts=len(floor.attempts()))
    await floor.engine.dispose(call.attempt_id, code, **decision)
    await floor.time.settles()


async def test_a_booked_customer_is_reminded_the_day_before_and_then_left_alone(floor: Floor) -> None:
    floor.customers(answers(3.0))
    await floor.opens()
    visit = floor.time.now() + timedelta(days=8)
    await says(floor, "APPOINTMENT", appointment_at=visit)
    waiting = floor.lead()
    assert (waiting.state, waiting.due_kind, waiting.appointment_at) == (LeadState.OPEN, DueKind.REMINDER, visit)
    assert waiting.due_reason == "reminder of the appointment"
    assert waiting.due_at is not None
    assert timedelta(hours=1) < visit - waiting.due_at < timedelta(days=2)
    await floor.time.passes(seconds=(waiting.due_at - floor.time.now()).total_seconds() + 1)
    await says(floor, "APPOINTMENT")
    assert len(floor.attempts()) == 2
    assert (floor.lead().state, floor.lead().closed_reason) == (LeadState.CLOSED, CloseReason.DISPOSITION)


async def test_nobody_is_reminded_of_an_appointment_after_its_time(floor: Floor) -> None:
    """All agents are away on the day: the lead is closed as its agent decided, and nobody is called."""
    floor.customers(answers(3.0))
    await floor.opens()
    await says(floor, "APPOINTMENT", appointment_at=floor.time.now() + timedelta(days=8))
    await floor.engine.pause_agent("agent1", "away")
    await floor.time.passes(seconds=9 * DAY)
    await floor.engine.make_ready("agent1")
    await floor.until(lambda: floor.lead().state is LeadState.CLOSED, seconds=3 * DAY, step=600)
    assert len(floor.attempts()) == 1
    assert floor.lead().closed_reason is CloseReason.DISPOSITION


async def test_explain_says_which_rule_set_the_due_time(floor: Floor) -> None:
    floor.customers(busy())
    await floor.opens()
    await floor.over()
    await floor.time.settles()
    verdict = await floor.engine.explain_lead(floor.lead().lead_id)
    [rule] = [result for result in verdict.rules if result.rule == "due"]
    assert rule.detail == "not due yet; set by: busy: 10 min"


async def test_a_lead_that_was_open_for_too_long_is_closed_and_not_called(floor: Floor) -> None:
    floor.customers(rings_on())
    await floor.opens(lead_lifetime_days=2, retry={"NO_ANSWER": {"delays_s": [86400]}})
    await floor.until(lambda: floor.lead().state is LeadState.CLOSED, seconds=5 * DAY, step=600)
    assert floor.lead().closed_reason is CloseReason.LIFETIME
    assert 1 <= len(floor.attempts()) <= 3
