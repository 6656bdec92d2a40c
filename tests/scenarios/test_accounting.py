"""Every attempt is accounted for, also where the store or our own rules fail in the worst moment."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from campaigns.attempt import AttemptOutcome
from dialer.domain.agent import AgentState, LegMode
from dialer.engine import call_end
from dialer.errors import NotReachable
from dialer.twin.parties import answers, busy
from tests.scenarios.floor import Floor


async def test_a_row_that_was_written_although_the_store_said_no_is_closed_and_nobody_was_called(floor: Floor) -> None:
    await floor.opens(start=False)
    written, failures = floor.store.open_attempt, iter([True])

    async def open_attempt(draft: object) -> None:
        await written(draft)  # type: ignore[arg-type]
        if next(failures, False):
            raise NotReachable("the connection broke after the commit")

    floor.store.open_attempt = open_attempt  # type: ignore[method-assign]
    await floor.engine.start_campaign("autumn", "planner")
    await floor.engine.make_ready("agent1")
    await floor.time.passes(minutes=3)
    first = floor.attempts()[0]
    assert (first.outcome, first.reason) == (AttemptOutcome.FAILED, "not_placed")
    assert all(order.leg_id != f"{first.attempt_id}.c" for order in floor.telephony.placed)


async def test_a_retry_rule_that_fails_rests_the_lead_for_a_day(floor: Floor, monkeypatch: pytest.MonkeyPatch) -> None:
    floor.expects_bugs = True

    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(call_end, "next_step", broken)
    floor.customers(busy())
    await floor.opens()
    row = await floor.over()
    assert row.outcome is AttemptOutcome.BUSY
    due = floor.lead().due_at
    assert due is not None
    assert row.ended_at is not None
    assert due - row.ended_at == pytest.approx(timedelta(days=1), abs=timedelta(seconds=1))
    assert floor.engine.bugs == 1


async def test_an_open_leg_lost_with_its_worker_is_called_again_and_its_agent_is_ready(floor: Floor) -> None:
    await floor.employs("agent1", mode=LegMode.ALWAYS_OPEN)
    await floor.starts()
    await floor.engine.make_ready("agent1")
    floor.telephony.kill_worker("w1", back_after=0.2)
    await floor.time.settles()
    assert floor.state() is AgentState.PAUSED
    await floor.time.passes(seconds=2)
    assert floor.state() is AgentState.READY
    assert floor.agent().leg_up


async def test_an_earlier_calls_late_promise_outlives_a_call_that_reached_nobody(floor: Floor) -> None:
    floor.customers(answers(3.0, talks=10.0))
    await floor.opens(wrap_up_s=1)
    first = await floor.over()
    await floor.time.passes(hours=1)
    floor.customers(answers(100.0))
    again = floor.time.now()
    for key, lead in tuple(floor.store.rows.leads.items()):
        floor.store.rows.leads[key] = replace(lead, due_at=again)
    floor.engine.wake()
    await floor.call()
    promised = floor.time.now() + timedelta(minutes=30)
    await floor.engine.dispose(first.attempt_id, "CALLBACK", callback_at=promised)
    row = await floor.over(attempts=2)
    assert row.outcome is AttemptOutcome.NO_ANSWER
    assert floor.lead().due_at == promised
