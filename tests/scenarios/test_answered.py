"""From the customer's hello to the agent's: phones that work, phones that do not, and nobody free."""

from __future__ import annotations

import pytest

from campaigns.attempt import AttemptOutcome
from dialer.domain.agent import AgentState, LegMode
from dialer.domain.call import CallState
from dialer.domain.events import CallNearsLimit, CallWaiting
from dialer.domain.ids import customer_leg
from dialer.errors import NotReachable
from dialer.twin.parties import answers, busy, picks_up_without_ringing, refuses, rings_on
from sip.causes import LegOutcome
from sip.commands import HangupReason
from tests.scenarios.floor import Floor


async def test_the_agent_who_has_waited_longest_gets_the_call(floor: Floor) -> None:
    floor.customers(answers(3.0))
    await floor.opens(agents=3, leads=1, start=False)
    for agent in ("agent2", "agent3", "agent1"):
        await floor.engine.make_ready(agent)
        await floor.time.passes(seconds=1)
    await floor.engine.start_campaign("autumn", "planner")
    assert (await floor.talks()).agent_id == "agent2"


async def test_a_carrier_that_skips_the_ringing_is_understood(floor: Floor) -> None:
    floor.customers(picks_up_without_ringing())
    await floor.opens()
    await floor.talks()
    await floor.hangs_up()
    assert (await floor.over()).outcome is AttemptOutcome.HUMAN


async def test_a_phone_that_does_not_answer_costs_the_agent_his_turn_and_not_the_customer_his_call(
    floor: Floor,
) -> None:
    floor.customers(answers(3.0))
    floor.phone("agent1", rings_on())
    await floor.opens(agents=2, leads=1)
    call = await floor.talks()
    assert call.agent_id == "agent2"
    assert floor.state("agent1") is AgentState.PAUSED
    assert "did not answer" in floor.agent("agent1").reason
    await floor.hangs_up()
    row = await floor.over()
    assert row.answered_at is not None
    assert row.connected_at is not None
    assert (row.connected_at - row.answered_at).total_seconds() < 1.8


async def test_a_busy_phone_is_passed_over_at_once(floor: Floor) -> None:
    floor.customers(answers(3.0))
    floor.phone("agent1", refuses(486, 17, LegOutcome.BUSY, after=0.05))
    await floor.opens(agents=2, leads=1)
    assert (await floor.talks()).agent_id == "agent2"
    assert floor.state("agent1") is AgentState.PAUSED


async def test_with_only_a_dead_phone_the_customer_hears_the_message_in_time(floor: Floor) -> None:
    floor.customers(answers(3.0))
    floor.phone("agent1", rings_on())
    await floor.opens()
    row = await floor.over()
    assert row.outcome is AttemptOutcome.ABANDONED
    assert floor.state() is AgentState.PAUSED
    assert floor.telephony.played


async def test_a_customer_who_hangs_up_before_the_limit_was_not_abandoned_by_us(floor: Floor) -> None:
    floor.customers(answers(3.0, talks=1.0))
    floor.phone("agent1", rings_on())
    await floor.opens()
    row = await floor.over()
    assert (row.outcome, row.reason) == (AttemptOutcome.HUMAN, "hung_up_before_agent")
    await floor.time.settles()
    assert floor.state() is AgentState.READY


async def test_who_waits_gets_the_agent_who_becomes_free_within_the_limit(floor: Floor) -> None:
    floor.customers(answers(5.0))
    await floor.opens()
    await floor.time.passes(seconds=2)
    floor.vanishes("agent1")
    await floor.call(state=CallState.WAITING)
    await floor.time.passes(seconds=0.8)
    await floor.engine.make_ready("agent1")
    await floor.talks()
    assert len(floor.told(CallWaiting)) == 1


async def test_once_the_message_plays_nobody_is_connected_any_more(floor: Floor) -> None:
    floor.customers(answers(5.0))
    await floor.opens()
    await floor.time.passes(seconds=2)
    floor.vanishes("agent1")
    await floor.until(lambda: floor.telephony.played)
    await floor.engine.make_ready("agent1")
    assert (await floor.over()).outcome is AttemptOutcome.ABANDONED
    assert floor.state() in (AgentState.READY, AgentState.RESERVED)


async def test_the_agent_ends_the_conversation_by_hanging_up_his_phone(floor: Floor) -> None:
    floor.customers(answers(3.0))
    await floor.opens()
    call = await floor.talks()
    floor.telephony.customer_hangs_up(f"{call.attempt_id}.a.agent1")
    row = await floor.over()
    assert row.outcome is AttemptOutcome.HUMAN
    assert floor.state() is AgentState.WRAP_UP
    assert floor.telephony.hangups[-1] == (customer_leg(call.attempt_id), HangupReason.NORMAL)


async def test_the_agent_ends_the_conversation_at_his_screen(floor: Floor) -> None:
    floor.customers(answers(3.0))
    await floor.opens()
    call = await floor.talks()
    await floor.engine.hang_up(call.attempt_id)
    assert (await floor.over()).outcome is AttemptOutcome.HUMAN


async def test_the_longest_call_is_warned_and_then_ended(floor: Floor) -> None:
    floor.customers(answers(3.0))
    await floor.opens()
    await floor.talks()
    await floor.time.passes(minutes=51)
    [warning] = floor.told(CallNearsLimit)
    await floor.time.passes(minutes=9)
    row = await floor.over()
    assert row.connected_at is not None
    assert row.ended_at is not None
    assert (row.ended_at - row.connected_at).total_seconds() == pytest.approx(3600, abs=1)
    assert (warning.ends_at - row.ended_at).total_seconds() == pytest.approx(0, abs=1)
    assert floor.telephony.hangups[0][1] is HangupReason.LONGEST_CALL


async def test_an_open_leg_is_called_once_a_shift_and_bridged_with_a_beep(floor: Floor) -> None:
    floor.customers(answers(3.0))
    await floor.employs("agent1", mode=LegMode.ALWAYS_OPEN)
    await floor.starts()
    await floor.plans("autumn")
    await floor.imports("autumn", "customer1", "customer2")
    await floor.engine.start_campaign("autumn", "planner")
    await floor.engine.make_ready("agent1")
    for name in ("customer1", "customer2"):
        call = await floor.talks(name)
        assert floor.agent().leg_up
        await floor.hangs_up(name)
        await floor.engine.dispose(call.attempt_id, "SALE")
    placed = [order for order in floor.telephony.placed if order.auto_answer]
    assert len(placed) == 1
    assert [path.rpartition("/")[2] for _, path in floor.telephony.played] == ["beep.wav", "beep.wav"]
    row = floor.attempts("customer1")[0]
    assert row.answered_at is not None
    assert row.connected_at is not None
    assert (row.connected_at - row.answered_at).total_seconds() < 0.06
    await floor.engine.log_out("agent1")
    await floor.time.settles()
    assert floor.telephony.legs() == {}


async def test_an_open_leg_leaves_the_other_half_of_its_line_for_the_customer(floor: Floor) -> None:
    """One line is room for two legs: the agent's stands, the customer's goes beside it."""
    floor.has_lines(1).customers(answers(3.0))
    await floor.employs("agent1", mode=LegMode.ALWAYS_OPEN)
    await floor.starts()
    await floor.plans("autumn")
    await floor.imports("autumn", "customer1")
    await floor.engine.start_campaign("autumn", "planner")
    await floor.engine.make_ready("agent1")
    await floor.talks("customer1")
    assert floor.state() is AgentState.ON_CALL


async def test_an_agent_whose_open_leg_drops_in_a_call_wraps_up_and_is_paused(floor: Floor) -> None:
    floor.customers(answers(3.0))
    await floor.employs("agent1", mode=LegMode.ALWAYS_OPEN)
    await floor.starts()
    await floor.plans("autumn")
    await floor.imports("autumn", "customer1")
    await floor.engine.start_campaign("autumn", "planner")
    await floor.engine.make_ready("agent1")
    await floor.talks()
    leg = next(leg for leg in floor.telephony.legs() if ".o." in leg)
    floor.telephony.customer_hangs_up(leg)
    assert (await floor.over()).outcome is AttemptOutcome.HUMAN
    assert floor.state() is AgentState.WRAP_UP
    await floor.time.passes(seconds=21)
    assert floor.state() is AgentState.PAUSED


async def test_an_agent_whose_phone_is_dead_is_told_so_when_he_wants_to_be_ready(floor: Floor) -> None:
    await floor.employs("agent1", mode=LegMode.ALWAYS_OPEN)
    floor.phone("agent1", busy())
    await floor.starts()
    with pytest.raises(NotReachable, match="did not answer"):
        await floor.engine.make_ready("agent1")
    assert floor.state() is AgentState.PAUSED


async def test_the_sites_leg_mode_holds_for_agents_without_their_own(floor: Floor) -> None:
    floor.settings["leg_mode"] = LegMode.ALWAYS_OPEN
    await floor.employs("agent1", mode=LegMode.AUTO)
    await floor.employs("agent2", mode=LegMode.ON_CONNECT)
    await floor.starts()
    await floor.engine.make_ready("agent1")
    await floor.engine.make_ready("agent2")
    assert [agent.leg_up for agent in floor.engine.floor().agents] == [True, False]
    await floor.engine.log_out("agent1")
