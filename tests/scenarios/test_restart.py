"""kill -9 of the server: conversations go on, everything is accounted for, nobody is called twice."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from campaigns.attempt import AttemptOutcome
from campaigns.idle import IdleReason
from dialer.domain.agent import AgentState, LegMode
from dialer.domain.call import CallState
from dialer.domain.events import CallConnected, RecordingFinalized
from dialer.domain.ids import customer_leg
from dialer.twin.parties import answers
from tests.scenarios.floor import Floor


async def test_a_conversation_goes_on_and_its_agent_comes_back_talking(floor: Floor) -> None:
    floor.customers(answers(3.0))
    await floor.opens()
    call = await floor.talks()
    await floor.time.passes(seconds=10)
    await floor.dies()
    await floor.time.passes(seconds=5)
    await floor.starts()
    again = await floor.talks()
    assert again.attempt_id == call.attempt_id
    assert floor.state() is AgentState.ON_CALL
    await floor.engine.dispose(call.attempt_id, "SALE")
    await floor.hangs_up()
    row = await floor.over()
    assert (row.outcome, row.disposition, row.agent_id) == (AttemptOutcome.HUMAN, "SALE", "agent1")
    await floor.time.passes(seconds=1)
    assert len(floor.told(RecordingFinalized)) == 1
    assert len(floor.attempts()) == 1


async def test_a_conversation_that_ended_meanwhile_is_written_as_it_ended(floor: Floor) -> None:
    floor.customers(answers(3.0, talks=30.0))
    await floor.opens()
    await floor.talks()
    await floor.dies()
    await floor.time.passes(minutes=5)
    await floor.starts()
    row = await floor.over()
    assert row.outcome is AttemptOutcome.HUMAN
    assert row.connected_at is not None
    assert row.ended_at is not None
    assert (row.ended_at - row.connected_at).total_seconds() == pytest.approx(30, abs=0.5)
    await floor.time.passes(seconds=30)
    assert len(floor.told(RecordingFinalized)) == 1


async def test_a_call_still_ringing_is_cancelled_as_no_agent_is_there(floor: Floor) -> None:
    await floor.opens()
    await floor.call(state=CallState.RINGING)
    await floor.dies()
    await floor.time.passes(seconds=3)
    await floor.starts()
    row = await floor.over()
    assert row.outcome is AttemptOutcome.CANCELLED
    assert row.ringing_at is not None
    assert row.ended_at is not None
    assert (row.ended_at - row.ringing_at).total_seconds() >= 15


async def test_who_answered_while_nobody_was_there_hears_the_message_and_was_abandoned(floor: Floor) -> None:
    floor.customers(answers(5.0))
    await floor.opens()
    await floor.call(state=CallState.RINGING)
    await floor.dies()
    await floor.time.passes(seconds=10)
    await floor.starts()
    row = await floor.over()
    assert row.outcome is AttemptOutcome.ABANDONED
    assert row.answered_at is not None
    assert row.placed_at is not None
    assert (row.answered_at - row.placed_at).total_seconds() == pytest.approx(5, abs=0.1), "the worker's time counts"
    assert floor.telephony.played


async def test_what_no_worker_knows_any_more_is_lost_counted_and_not_redialled(floor: Floor) -> None:
    await floor.opens(leads=1)
    await floor.call(state=CallState.RINGING)
    await floor.dies()
    floor.telephony.kill_worker("w1")
    await floor.time.passes(seconds=2)
    await floor.starts()
    row = await floor.over()
    assert (row.outcome, row.reason) == (AttemptOutcome.LOST, "engine_restarted")
    await floor.engine.make_ready("agent1")
    await floor.time.passes(minutes=30)
    assert len(floor.attempts()) == 1
    assert floor.open_leads() == 1


async def test_no_campaign_dials_before_everything_is_accounted_for(floor: Floor) -> None:
    await floor.opens(leads=2)
    await floor.call(state=CallState.RINGING)
    await floor.dies()
    floor.telephony.kill_worker("w1")
    await floor.time.passes(seconds=1)
    await floor.starts()
    await floor.engine.make_ready("agent1")
    assert floor.idle() is IdleReason.RECOVERING
    assert len(floor.telephony.placed) == 1
    await floor.time.passes(seconds=5)
    assert floor.idle() is not IdleReason.RECOVERING
    assert [row.lead_name for row in floor.attempts()] == ["customer1", "customer2"]


async def test_a_connection_made_in_the_last_moment_is_known_from_the_line_itself(floor: Floor) -> None:
    """The engine dies between the bridge and the journal: the leg names its agent."""
    floor.customers(answers(3.0))
    await floor.opens()

    def die_before(events: object) -> None:
        if any(isinstance(event, CallConnected) for event in events):  # type: ignore[attr-defined]
            floor.store.away = True

    floor.store.before_record = die_before
    await floor.talks()
    for key, row in tuple(floor.store.rows.attempts.items()):
        floor.store.rows.attempts[key] = replace(row, connected_at=None, agent_id=None)
    await floor.dies()
    floor.store.away = False
    floor.store.before_record = lambda _: None
    await floor.starts()
    await floor.talks()
    assert floor.state() is AgentState.ON_CALL


async def test_an_open_leg_in_a_conversation_stays_the_agents(floor: Floor) -> None:
    floor.customers(answers(3.0))
    await floor.employs("agent1", mode=LegMode.ALWAYS_OPEN)
    await floor.starts()
    await floor.plans("autumn")
    await floor.imports("autumn", "customer1", "customer2")
    await floor.engine.start_campaign("autumn", "planner")
    await floor.engine.make_ready("agent1")
    await floor.talks()
    await floor.dies()
    await floor.starts()
    await floor.talks()
    assert floor.agent().leg_up
    await floor.hangs_up()
    await floor.time.passes(seconds=21)
    assert (await floor.talks("customer2")).agent_id == "agent1"
    assert sum(order.auto_answer for order in floor.telephony.placed) == 1


async def test_legs_of_nobody_are_ended(floor: Floor) -> None:
    await floor.employs("agent1", mode=LegMode.ALWAYS_OPEN)
    await floor.starts()
    await floor.engine.make_ready("agent1")
    assert len(floor.telephony.legs()) == 1
    await floor.dies()
    await floor.starts()
    await floor.time.passes(seconds=1)
    assert floor.telephony.legs() == {}
    assert floor.state() is AgentState.LOGGED_OUT


async def test_leads_leased_by_a_dead_engine_come_back_when_the_lease_is_over(floor: Floor) -> None:
    await floor.opens(leads=1, start=False)
    campaign = floor.engine.campaigns()[0]
    now = floor.time.now()
    await floor.store.lease(campaign.campaign_id, 1, owner="dead", now=now, until=now + timedelta(seconds=60))
    await floor.engine.start_campaign("autumn", "planner")
    await floor.engine.make_ready("agent1")
    await floor.time.passes(seconds=55)
    assert floor.attempts() == []
    await floor.time.passes(seconds=10)
    assert len(floor.attempts()) == 1


async def test_a_planned_stop_can_leave_the_conversations_alone(floor: Floor) -> None:
    floor.customers(answers(3.0))
    await floor.opens()
    call = await floor.talks()
    floor.engine.leave_calls = True
    await floor._stack.aclose()
    floor._running = False
    assert customer_leg(call.attempt_id) in floor.telephony.legs()
    await floor.starts()
    assert (await floor.talks()).attempt_id == call.attempt_id
