"""An agent's day: wrap-up, pauses, going home, results saved late, callbacks promised."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise

import pytest

from campaigns.attempt import AttemptOutcome
from campaigns.lead import CloseReason, LeadState
from dialer.domain.agent import AgentState
from dialer.errors import AgentBusy, Invalid, NotFound, WrongState
from dialer.twin.parties import answers, busy
from tests.scenarios.floor import Floor


async def conversation(floor: Floor, **campaign: object) -> str:
    """One that has just ended; the agent is in wrap-up."""
    floor.customers(answers(3.0))
    await floor.opens(**campaign)  # type: ignore[arg-type]
    call = await floor.talks()
    await floor.time.passes(seconds=30)
    await floor.hangs_up()
    return call.attempt_id


async def test_wrap_up_ends_by_itself_and_the_agent_is_ready_again(floor: Floor) -> None:
    await conversation(floor)
    await floor.time.passes(seconds=19)
    assert floor.state() is AgentState.WRAP_UP
    await floor.time.passes(seconds=2)
    assert floor.state() is AgentState.READY


async def test_wrap_up_can_be_extended(floor: Floor) -> None:
    await conversation(floor)
    await floor.time.passes(seconds=10)
    await floor.engine.extend_wrap_up("agent1")
    await floor.time.passes(seconds=38)
    assert floor.state() is AgentState.WRAP_UP
    await floor.time.passes(seconds=3)
    assert floor.state() is AgentState.READY
    with pytest.raises(WrongState):
        await floor.engine.extend_wrap_up("agent1")


async def test_a_campaign_without_wrap_up_makes_the_agent_ready_at_once(floor: Floor) -> None:
    await conversation(floor, wrap_up_s=0)
    assert floor.state() is AgentState.READY


async def test_a_pause_asked_for_in_a_call_comes_after_wrap_up(floor: Floor) -> None:
    floor.customers(answers(3.0))
    await floor.opens(leads=2)
    await floor.talks()
    await floor.engine.pause_agent("agent1", "lunch")
    assert floor.state() is AgentState.ON_CALL
    assert floor.agent().wish is AgentState.PAUSED
    await floor.hangs_up()
    assert floor.state() is AgentState.WRAP_UP
    await floor.time.passes(seconds=21)
    assert (floor.state(), floor.agent().reason) == (AgentState.PAUSED, "lunch")
    assert floor.attempts("customer2") == []


async def test_going_home_in_a_call_comes_after_wrap_up_and_can_be_taken_back(floor: Floor) -> None:
    floor.customers(answers(3.0))
    await floor.opens()
    await floor.talks()
    await floor.engine.log_out("agent1")
    await floor.engine.pause_agent("agent1", "tea")
    assert floor.agent().wish is AgentState.LOGGED_OUT
    await floor.engine.make_ready("agent1")
    assert floor.agent().wish is None
    await floor.engine.log_out("agent1")
    await floor.hangs_up()
    await floor.time.passes(seconds=21)
    assert floor.state() is AgentState.LOGGED_OUT


async def test_a_result_saved_in_the_call_counts_at_its_end_and_needs_no_wrap_up(floor: Floor) -> None:
    floor.customers(answers(3.0))
    await floor.opens()
    call = await floor.talks()
    await floor.engine.dispose(call.attempt_id, "SALE")
    await floor.hangs_up()
    assert floor.state() is AgentState.READY
    assert (await floor.over()).disposition == "SALE"
    assert floor.lead().state is LeadState.CLOSED


async def test_a_result_saved_after_wrap_up_has_ended_is_not_lost(floor: Floor) -> None:
    attempt = await conversation(floor)
    await floor.time.passes(minutes=10)
    assert floor.lead().state is LeadState.OPEN
    await floor.engine.dispose(attempt, "NOT_INTERESTED", note="has one", agent_id="agent1")
    assert floor.lead().closed_reason is CloseReason.DISPOSITION
    assert floor.attempts()[0].note == "has one"


async def test_the_same_result_twice_is_no_fault_and_another_one_is_refused(floor: Floor) -> None:
    attempt = await conversation(floor)
    await floor.engine.dispose(attempt, "SALE")
    await floor.engine.dispose(attempt, "SALE")
    with pytest.raises(WrongState, match="SALE"):
        await floor.engine.dispose(attempt, "NO_TALK")


async def test_a_promised_callback_is_kept_to_the_minute_and_made_once(floor: Floor) -> None:
    attempt = await conversation(floor)
    promised = floor.time.now() + timedelta(minutes=45)
    await floor.engine.dispose(attempt, "CALLBACK", callback_at=promised)
    await floor.time.passes(minutes=44)
    assert len(floor.attempts()) == 1
    await floor.time.passes(minutes=2)
    assert len(floor.attempts()) == 2
    assert (floor.attempts()[1].placed_at - promised).total_seconds() < 1
    call = await floor.talks()
    await floor.engine.dispose(call.attempt_id, "SALE")
    await floor.hangs_up()
    await floor.time.passes(hours=3)
    assert len(floor.attempts()) == 2


async def test_results_that_make_no_sense_are_refused_and_change_nothing(floor: Floor) -> None:
    attempt = await conversation(floor)
    with pytest.raises(Invalid, match="NONSENSE"):
        await floor.engine.dispose(attempt, "NONSENSE")
    with pytest.raises(Invalid, match="past"):
        await floor.engine.dispose(attempt, "CALLBACK", callback_at=floor.time.now() - timedelta(hours=1))
    with pytest.raises(Invalid, match="promises no callback"):
        await floor.engine.dispose(attempt, "SALE", callback_at=floor.time.now() + timedelta(hours=1))
    with pytest.raises(NotFound):
        await floor.engine.dispose("nobody", "SALE")
    assert floor.attempts()[0].disposition is None


async def test_a_call_nobody_talked_in_has_no_result(floor: Floor) -> None:
    floor.customers(busy())
    await floor.opens()
    row = await floor.over()
    with pytest.raises(WrongState, match="no agent"):
        await floor.engine.dispose(row.attempt_id, "SALE")


async def test_do_not_call_again_is_for_ever_and_in_every_campaign(floor: Floor) -> None:
    attempt = await conversation(floor)
    await floor.engine.dispose(attempt, "DO_NOT_CALL")
    assert floor.lead().state is LeadState.DO_NOT_CALL
    await floor.plans("winter")
    lead = floor.lead()
    import_id = await floor.store.begin_import(2, file_name="w.csv", sha256="", at=floor.time.now())
    assert import_id
    assert lead.numbers[0].e164 in await floor.store.suppressed([lead.numbers[0].e164])


async def test_commands_that_do_not_fit_are_refused(floor: Floor) -> None:
    await floor.employs("agent1")
    await floor.starts()
    with pytest.raises(WrongState):
        await floor.engine.pause_agent("agent1", "lunch")
    with pytest.raises(NotFound):
        await floor.engine.make_ready("nobody")
    await floor.engine.log_in("agent1")
    assert floor.state() is AgentState.PAUSED
    assert issubclass(AgentBusy, Exception)


async def test_a_number_that_is_busy_is_tried_again_after_10_20_and_40_minutes(floor: Floor) -> None:
    floor.customers(busy())
    await floor.opens()
    await floor.over()
    await floor.engine.pause_agent("agent1", "x")
    await floor.engine.make_ready("agent1")
    await floor.time.passes(minutes=80)
    placed = [row.placed_at for row in floor.attempts()]
    gaps = [round((late - early).total_seconds() / 60) for early, late in pairwise(placed)]
    assert gaps[:2] == [10, 20]
    assert {row.outcome for row in floor.attempts()} == {AttemptOutcome.BUSY}


async def test_whom_we_abandoned_is_called_again_only_with_an_agent_kept_for_him(floor: Floor) -> None:
    floor.customers(answers(5.0))
    await floor.opens()
    await floor.time.passes(seconds=2)
    floor.vanishes("agent1")
    await floor.over()
    lead = floor.lead()
    assert lead.agent_guaranteed
    assert lead.due_at is not None
    assert lead.due_at - floor.time.now() >= timedelta(hours=1, minutes=59)
    await floor.engine.make_ready("agent1")
    await floor.time.passes(hours=3)
    await floor.until(lambda: len(floor.attempts()) == 2, seconds=36000)
    assert floor.state() is AgentState.RESERVED
    await floor.talks()
