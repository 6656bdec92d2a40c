"""The commonest complaint about dialers: it keeps dialling with no agents."""

from __future__ import annotations

import pytest

from campaigns.attempt import AttemptOutcome
from campaigns.idle import IdleReason
from dialer.domain.agent import AgentState
from dialer.domain.events import SafeHarbourStarted
from dialer.twin.parties import answers, rings_on
from sip.commands import HangupReason
from tests.scenarios.floor import Floor


async def test_nothing_is_dialled_while_no_agent_is_ready(floor: Floor) -> None:
    await floor.opens(agents=2, leads=5, start=False)
    await floor.engine.start_campaign("autumn", "planner")
    await floor.engine.log_in("agent1")
    await floor.time.passes(minutes=30)
    assert floor.attempts() == []
    assert floor.idle() is IdleReason.NO_READY_AGENT


async def test_one_line_is_dialled_for_each_ready_agent_and_never_more(floor: Floor) -> None:
    await floor.opens(agents=3, leads=20)
    for _ in range(60):
        await floor.time.passes(seconds=1)
        assert len(floor.telephony.legs()) <= 3
    assert floor.idle() is IdleReason.AGENTS_COVERED
    assert len(floor.attempts()) >= 6, "numbers that do not answer make room for the next"


async def test_who_would_go_while_a_call_rings_for_him_stays_for_it_and_goes_then(floor: Floor) -> None:
    """Else the person who answers in the next seconds would find nobody."""
    floor.customers(answers(10.0, talks=30.0))
    await floor.opens(leads=3)
    await floor.time.passes(seconds=5)
    await floor.engine.pause_agent("agent1", "lunch")
    [agent] = floor.engine.floor().agents
    assert (agent.state, agent.wish) == (AgentState.READY, AgentState.PAUSED)
    await floor.talks()
    assert floor.outcomes() == [None]
    await floor.over()
    await floor.time.passes(minutes=2)
    assert floor.state() is AgentState.PAUSED
    assert len(floor.attempts()) == 1, "nothing is dialled for somebody who goes"


@pytest.mark.parametrize("goes", ["pause_agent", "log_out"])
async def test_if_nobody_answers_he_goes_when_the_ringing_is_over(floor: Floor, goes: str) -> None:
    await floor.opens(leads=3)
    await floor.time.passes(seconds=5)
    await getattr(floor.engine, goes)("agent1")
    assert floor.state() is AgentState.READY
    row = await floor.over()
    assert row.outcome is AttemptOutcome.NO_ANSWER
    await floor.time.settles()
    assert floor.state() is (AgentState.PAUSED if goes == "pause_agent" else AgentState.LOGGED_OUT)
    assert len(floor.attempts()) == 1


async def test_he_goes_at_once_where_a_colleague_is_there_for_the_call_or_becomes_free_for_it(floor: Floor) -> None:
    await floor.opens(agents=3, leads=2)
    await floor.time.passes(seconds=5)
    await floor.engine.pause_agent("agent1", "lunch")
    await floor.engine.log_out("agent2")
    assert (floor.state("agent1"), floor.state("agent2")) == (AgentState.PAUSED, AgentState.READY)
    await floor.engine.make_ready("agent1")
    await floor.time.settles()
    assert floor.state("agent2") is AgentState.LOGGED_OUT


async def test_who_thinks_better_of_it_stays(floor: Floor) -> None:
    await floor.opens(leads=3)
    await floor.time.passes(seconds=5)
    await floor.engine.log_out("agent1")
    await floor.engine.make_ready("agent1")
    await floor.time.passes(minutes=1)
    assert floor.state() is AgentState.READY
    assert len(floor.attempts()) > 1


async def test_when_the_last_agents_phone_fails_calls_that_rang_for_15_s_are_cancelled_at_once(floor: Floor) -> None:
    await floor.opens()
    await floor.time.passes(seconds=17)
    floor.vanishes("agent1")
    left_at = floor.time.now()
    row = await floor.over()
    assert row.outcome is AttemptOutcome.CANCELLED
    assert row.ended_at is not None
    assert (row.ended_at - left_at).total_seconds() <= 1
    assert floor.telephony.hangups[-1][1] is HangupReason.CANCELLED


async def test_younger_calls_ring_until_15_s_and_are_cancelled_then(floor: Floor) -> None:
    await floor.opens()
    await floor.time.passes(seconds=5)
    floor.vanishes("agent1")
    row = await floor.over()
    assert row.outcome is AttemptOutcome.CANCELLED
    assert row.ringing_at is not None
    assert row.ended_at is not None
    assert (row.ended_at - row.ringing_at).total_seconds() == pytest.approx(15, abs=0.5)


async def test_a_customer_who_answers_after_the_last_agent_vanished_hears_the_message_and_is_abandoned(
    floor: Floor,
) -> None:
    floor.customers(answers(10.0))
    await floor.opens()
    await floor.time.passes(seconds=5)
    floor.vanishes("agent1")
    row = await floor.over()
    assert row.outcome is AttemptOutcome.ABANDONED
    [message] = floor.told(SafeHarbourStarted)
    assert row.answered_at is not None
    assert (message.occurred_at - row.answered_at).total_seconds() == pytest.approx(1.8, abs=0.05)
    assert "safe_harbour_key_zh" in floor.telephony.played[0][1]
    assert floor.lead().agent_guaranteed


async def test_an_agent_who_comes_back_in_time_keeps_the_call(floor: Floor) -> None:
    floor.customers(answers(20.0))
    await floor.opens()
    await floor.time.passes(seconds=8)
    floor.vanishes("agent1")
    await floor.time.passes(seconds=4)
    await floor.engine.make_ready("agent1")
    await floor.talks()
    assert floor.state() is AgentState.ON_CALL


async def test_of_two_ringing_calls_only_the_one_too_many_is_cancelled(floor: Floor) -> None:
    await floor.opens(agents=2, leads=2)
    await floor.time.passes(seconds=18)
    floor.vanishes("agent2")
    await floor.time.passes(seconds=1)
    assert sorted(str(outcome) for outcome in floor.outcomes()) == ["CANCELLED", "None"]


async def test_a_call_that_never_left_is_not_charged_to_the_lead(floor: Floor) -> None:
    """The agent's phone fails in the very moment in which the row is written."""
    await floor.opens(start=False)
    await floor.engine.start_campaign("autumn", "planner")
    written = floor.store.open_attempt

    async def open_attempt(draft: object) -> None:
        await written(draft)  # type: ignore[arg-type]
        floor.vanishes("agent1")

    floor.store.open_attempt = open_attempt  # type: ignore[method-assign]
    await floor.engine.make_ready("agent1")
    row = await floor.over()
    assert (row.outcome, row.reason) == (AttemptOutcome.CANCELLED, "agent_left")
    assert floor.telephony.placed == []
    dossier = await floor.store.dossier(floor.lead().lead_id, now=floor.time.now())
    assert not dossier.history[0].charged


async def test_stopping_a_campaign_cancels_what_rings_by_the_same_rule(floor: Floor) -> None:
    floor.customers(rings_on())
    await floor.opens()
    await floor.time.passes(seconds=5)
    await floor.engine.stop_campaign("autumn", "planner")
    row = await floor.over()
    assert row.outcome is AttemptOutcome.CANCELLED
    assert row.ringing_at is not None
    assert row.ended_at is not None
    assert (row.ended_at - row.ringing_at).total_seconds() == pytest.approx(15, abs=0.5)
