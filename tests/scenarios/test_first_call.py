"""The plain day: a list is dialled, a customer answers, an agent talks and decides."""

from __future__ import annotations

from campaigns.attempt import AttemptOutcome
from campaigns.lead import CloseReason, LeadState
from dialer.domain.agent import AgentState
from dialer.twin.parties import answers
from tests.scenarios.floor import Floor


async def test_a_customer_who_answers_talks_to_the_agent_and_buys(floor: Floor) -> None:
    floor.customers(answers(3.0))
    await floor.opens()
    call = await floor.talks()
    assert floor.state() is AgentState.ON_CALL
    await floor.time.passes(seconds=40)
    await floor.hangs_up()
    assert floor.state() is AgentState.WRAP_UP
    await floor.engine.dispose(call.attempt_id, "SALE", note="two pieces")
    row = await floor.over()
    assert (row.outcome, row.disposition, row.agent_id) == (AttemptOutcome.HUMAN, "SALE", "agent1")
    assert row.answered_at is not None
    assert row.connected_at is not None
    assert (row.connected_at - row.answered_at).total_seconds() < 0.3
    assert floor.lead().state is LeadState.CLOSED
    assert floor.lead().closed_reason is CloseReason.DISPOSITION
    assert floor.state() is AgentState.READY
    await floor.time.passes(seconds=1)
    assert [r.state for r in floor.store.rows.recordings.values()] == ["FINALIZED"]
