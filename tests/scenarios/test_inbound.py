"""Customers call us: whoever knows them takes the call, nobody is forgotten, and nobody is dialled while he is on the
line."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import msgspec
import pytest

from campaigns.attempt import AttemptOutcome
from campaigns.callback import CallbackState
from campaigns.inbound import InboundOutcome
from campaigns.lead import CloseReason, DueKind, LeadState
from dialer.domain.agent import AgentState
from dialer.domain.events import CallbackSettled, InboundAnswered, InboundArrived, InboundCorrected, InboundEnded
from dialer.domain.inbound import InboundState
from dialer.engine.disposition_desk import Decision
from dialer.engine.floor import FloorInbound
from dialer.engine.inbound_settings import Desk, InboundSettings, InboundTrunk
from dialer.engine.settings import EngineSettings
from dialer.engine.sounds import beep
from dialer.errors import WrongState
from dialer.ports.inbound import InboundRow
from dialer.twin.parties import answers, rings_on
from sip.commands import HangupReason
from tests.scenarios.floor import CARRIER, Floor, number

OURS = "+862112345678"
STRANGER = "+8613999999999"
OPEN_HOUSE = InboundSettings(
    trunks={"carrier": InboundTrunk(country="CN", other_numbers=Desk(campaign="autumn"))}, wait_s=30.0
)


@pytest.fixture
def inbound(floor: Floor) -> Floor:
    """A floor whose carrier brings customers' calls."""
    floor.trunks = (msgspec.structs.replace(CARRIER, inbound=True),)
    floor.settings["inbound"] = OPEN_HOUSE
    return floor


def calls_in(floor: Floor, caller: str = "", *, waits: float = 60.0, **fields: object) -> str:
    leg = floor.telephony.somebody_calls(caller or number(1), OURS, trunk="carrier", waits=waits, **fields)  # type: ignore[arg-type]
    return leg.removesuffix(".c")


def shown(floor: Floor, call: str) -> FloorInbound | None:
    return next((one for one in floor.engine.floor().inbound if one.inbound_id == call), None)


async def talks(floor: Floor, call: str) -> FloorInbound:
    def found() -> FloorInbound | None:
        one = shown(floor, call)
        return one if one is not None and one.state is InboundState.CONNECTED else None

    await floor.until(found)
    one = found()
    assert one is not None
    return one


async def over(floor: Floor, call: str) -> InboundRow:
    def ended() -> bool:
        row = floor.store.rows.inbound.get(call)
        return row is not None and row.ended_at is not None

    await floor.until(ended)
    return floor.store.rows.inbound[call]


async def hangs_up(floor: Floor, call: str) -> InboundRow:
    """The customer."""
    floor.telephony.customer_hangs_up(f"{call}.c")
    return await over(floor, call)


async def quiet_morning(floor: Floor, *, agents: int = 1, leads: int = 1, **campaign: object) -> None:
    """Agents are ready, and nobody is dialled: the campaign has not begun."""
    await floor.opens(agents=agents, leads=leads, start=False, **campaign)
    for n in range(1, agents + 1):
        await floor.engine.make_ready(f"agent{n}")
    await floor.time.settles()


async def test_a_known_customer_who_calls_talks_to_an_agent_within_three_rings_and_is_recorded(inbound: Floor) -> None:
    await quiet_morning(inbound)
    call = calls_in(inbound)
    card = await talks(inbound, call)
    assert (card.lead_name, card.agent_id, card.number) == ("customer1", "agent1", number(1))
    assert inbound.state() is AgentState.ON_CALL
    await inbound.time.passes(seconds=30)
    inbound.telephony.customer_hangs_up(f"{call}.c")
    row = await over(inbound, call)
    assert (row.outcome, row.agent_id, row.lead_name, row.rings) == (
        InboundOutcome.ANSWERED, "agent1", "customer1", 1,
    )  # fmt: skip
    assert inbound.state() is AgentState.WRAP_UP
    await inbound.engine.dispose(call, "SALE", note="called back by himself")
    assert inbound.state() is AgentState.READY
    assert (inbound.lead().state, inbound.lead().closed_reason) == (LeadState.CLOSED, CloseReason.DISPOSITION)
    await inbound.time.passes(seconds=1)
    [recording] = inbound.store.rows.recordings.values()
    assert (recording.state, recording.inbound, recording.attempt_id) == ("FINALIZED", True, call)
    kinds = [type(e) for e in inbound.store.events if isinstance(e, InboundArrived | InboundAnswered | InboundEnded)]
    assert kinds == [InboundArrived, InboundAnswered, InboundEnded]


async def test_the_agent_who_knows_the_customer_takes_the_call_before_those_who_have_waited_longer(
    inbound: Floor,
) -> None:
    await inbound.employs("agent1")
    await inbound.employs("agent2")
    await inbound.starts()
    await inbound.plans("autumn")
    await inbound.imports("autumn", "customer1", owner="agent2")
    await inbound.imports("autumn", "customer2")
    for agent in ("agent1", "agent2"):
        await inbound.engine.make_ready(agent)
        await inbound.time.passes(seconds=5)
    assert (await talks(inbound, calls_in(inbound))).agent_id == "agent2"
    assert (await talks(inbound, calls_in(inbound, number(2)))).agent_id == "agent1"


async def test_who_talked_last_knows_the_customer(inbound: Floor) -> None:
    inbound.customers(answers(2.0, talks=20))
    await inbound.opens(agents=2)
    first = await inbound.over()
    await inbound.engine.dispose(first.attempt_id, "CALLBACK", callback_at=inbound.time.now() + timedelta(days=1))
    other = "agent2" if first.agent_id == "agent1" else "agent1"
    await inbound.engine.pause_agent(first.agent_id or "", "tea")
    await inbound.time.passes(minutes=10)
    await inbound.engine.make_ready(first.agent_id or "")
    assert inbound.state(other) is AgentState.READY  # and has waited for longer
    assert (await talks(inbound, calls_in(inbound))).agent_id == first.agent_id


async def test_the_callback_he_was_promised_is_attached_to_the_call_in_which_he_comes_first(inbound: Floor) -> None:
    inbound.customers(answers(2.0, talks=20))
    await inbound.opens()
    first = await inbound.over()
    await inbound.engine.dispose(first.attempt_id, "CALLBACK", callback_at=inbound.time.now() + timedelta(hours=5))
    await inbound.time.passes(minutes=30)
    call = calls_in(inbound)
    await talks(inbound, call)
    inbound.telephony.customer_hangs_up(f"{call}.c")
    await over(inbound, call)
    [settled] = inbound.told(CallbackSettled)
    assert (settled.state, settled.attempt_id) == (CallbackState.ATTACHED, call)
    await inbound.engine.dispose(call, "SALE")
    await inbound.time.passes(hours=6)
    assert len(inbound.attempts()) == 1, "he is not called at the promised time again"
    assert inbound.lead().state is LeadState.CLOSED


async def test_a_conversation_without_a_decision_puts_the_pending_retry_off(inbound: Floor) -> None:
    await quiet_morning(inbound, wrap_up_s=5)
    call = calls_in(inbound)
    await talks(inbound, call)
    inbound.telephony.customer_hangs_up(f"{call}.c")
    await over(inbound, call)
    due = inbound.lead().due_at
    assert due is not None
    assert due >= inbound.time.now() + timedelta(hours=20)


async def test_a_customer_nobody_can_take_waits_and_is_served_when_an_agent_is_free(inbound: Floor) -> None:
    await quiet_morning(inbound, leads=2, wrap_up_s=0)
    first = calls_in(inbound)
    await talks(inbound, first)
    second = calls_in(inbound, number(2))
    await inbound.time.passes(seconds=12)
    waiting = shown(inbound, second)
    assert waiting is not None
    assert waiting.state is InboundState.QUEUED
    inbound.telephony.customer_hangs_up(f"{first}.c")
    await talks(inbound, second)
    inbound.telephony.customer_hangs_up(f"{second}.c")
    row = await over(inbound, second)
    assert row.outcome is InboundOutcome.ANSWERED
    assert row.rings == 3  # a Chinese ring takes five seconds


async def test_a_customer_nobody_takes_is_told_so_after_the_limit_and_is_due_soon_for_who_knows_him(
    inbound: Floor,
) -> None:
    await inbound.starts()
    await inbound.plans("autumn")
    await inbound.imports("autumn", "customer1", owner="agent7")
    call = calls_in(inbound)
    row = await over(inbound, call)
    assert row.outcome is InboundOutcome.MISSED
    assert row.ended_at is not None
    assert (row.ended_at - row.arrived_at).total_seconds() == pytest.approx(30, abs=0.1)
    lead = inbound.lead()
    assert (lead.due_kind, lead.for_agent, lead.state) == (DueKind.CALLBACK, "agent7", LeadState.OPEN)
    assert lead.due_at == row.ended_at + timedelta(seconds=60)
    assert lead.escalates_at is not None


async def test_a_customer_who_hangs_up_while_he_waits_is_called_back_too(inbound: Floor) -> None:
    await inbound.opens(agents=0, start=False)
    call = calls_in(inbound, waits=8)
    row = await over(inbound, call)
    assert row.outcome is InboundOutcome.ABANDONED
    assert inbound.lead().due_kind is DueKind.CALLBACK
    assert inbound.lead().due_at == (row.ended_at or inbound.time.now()) + timedelta(seconds=60)


async def test_a_sorry_message_is_played_where_there_is_one(inbound: Floor) -> None:
    message = beep(EngineSettings(**inbound.settings))
    inbound.settings["inbound"] = replace(OPEN_HOUSE, sorry_file=message, wait_s=5.0)
    await inbound.opens(agents=0, start=False)
    call = calls_in(inbound)
    row = await over(inbound, call)
    assert inbound.telephony.played == [(f"{call}.c", message)]
    assert row.outcome is InboundOutcome.MISSED


async def test_an_unknown_caller_is_taken_by_the_numbers_own_agents_and_becomes_a_lead_with_the_disposition(
    inbound: Floor,
) -> None:
    inbound.settings["inbound"] = replace(
        OPEN_HOUSE,
        trunks={"carrier": InboundTrunk(country="CN", numbers={OURS: Desk(campaign="autumn", agents=("agent2",))})},
    )
    await quiet_morning(inbound, agents=2)
    call = calls_in(inbound, STRANGER)
    card = await talks(inbound, call)
    assert (card.lead_id, card.agent_id) == (None, "agent2")
    inbound.telephony.customer_hangs_up(f"{call}.c")
    await over(inbound, call)
    promised = inbound.time.now() + timedelta(hours=1)
    await inbound.engine.dispose(call, "CALLBACK", callback_at=promised)
    lead = next(lead for lead in inbound.store.rows.leads.values() if lead.source == "inbound")
    assert [n.e164 for n in lead.numbers] == [STRANGER]
    assert (lead.owner, lead.due_at, lead.time_zone) == ("agent2", promised, "Asia/Shanghai")
    assert inbound.store.rows.inbound[call].lead_id == lead.lead_id
    with pytest.raises(WrongState):
        await inbound.engine.dispose(call, "SALE")


async def test_what_was_decided_about_a_customers_call_is_corrected_with_what_it_meant(inbound: Floor) -> None:
    await quiet_morning(inbound)
    call = calls_in(inbound)
    agent = (await talks(inbound, call)).agent_id or ""
    await hangs_up(inbound, call)
    with pytest.raises(WrongState, match="no disposition yet"):
        await inbound.engine.correct_disposition(call, Decision(code="SALE"), by=agent)
    await inbound.engine.dispose(call, "SALE", note="wants it")
    assert inbound.lead().state is LeadState.CLOSED
    meant = Decision(code="CALLBACK", callback_at=inbound.time.now() + timedelta(hours=4), callback_for="me")
    await inbound.engine.correct_disposition(call, meant, by="supervisor Lan")
    [promise] = inbound.store.rows.callbacks.values()
    assert (promise.agent_id, promise.attempt_id, promise.state) == (agent, call, CallbackState.OPEN)
    assert (inbound.lead().state, inbound.lead().due_at) == (LeadState.OPEN, promise.due_at)
    await inbound.engine.correct_disposition(call, Decision(code="NOT_INTERESTED"), by=agent)
    [promise] = inbound.store.rows.callbacks.values()
    assert (promise.state, inbound.lead().state) == (CallbackState.CANCELLED, LeadState.CLOSED)
    assert (await over(inbound, call)).disposition == "NOT_INTERESTED"
    assert [event.previous for event in inbound.told(InboundCorrected)] == ["SALE", "CALLBACK"]
    await inbound.time.passes(hours=25)
    with pytest.raises(WrongState, match="1 day ago"):
        await inbound.engine.correct_disposition(call, Decision(code="SALE"), by=agent)


async def test_after_another_call_only_the_record_of_the_first_one_is_corrected(inbound: Floor) -> None:
    await quiet_morning(inbound)
    first = calls_in(inbound)
    agent = (await talks(inbound, first)).agent_id or ""
    await hangs_up(inbound, first)
    await inbound.engine.dispose(first, "NO_TALK")
    await inbound.time.passes(minutes=5)
    second = calls_in(inbound)
    await talks(inbound, second)
    await hangs_up(inbound, second)
    await inbound.engine.dispose(second, "SALE")
    await inbound.engine.correct_disposition(first, Decision(code="CALLBACK"), by=agent)
    assert (await over(inbound, first)).disposition == "CALLBACK"
    assert inbound.lead().state is LeadState.CLOSED
    assert not inbound.store.rows.callbacks


async def test_an_unknown_caller_nobody_took_is_offered_until_he_is_adopted(inbound: Floor) -> None:
    await inbound.opens(agents=0, start=False)
    call = calls_in(inbound, STRANGER, waits=5)
    await over(inbound, call)
    assert [row.inbound_id for row in await inbound.store.inbound.page(to_adopt=True)] == [call]
    lead_id = await inbound.engine.adopt_caller(call, name="Ms Chen", owner="agent1", by="supervisor")
    assert await inbound.engine.adopt_caller(call) == lead_id
    assert await inbound.store.inbound.page(to_adopt=True) == []
    lead = inbound.store.rows.leads[lead_id]
    assert (lead.name, lead.owner, lead.due_kind) == ("Ms Chen", "agent1", DueKind.CALLBACK)


async def test_a_withheld_number_is_served_but_cannot_be_adopted(inbound: Floor) -> None:
    await quiet_morning(inbound)
    call = calls_in(inbound, "anonymous")
    assert (await talks(inbound, call)).number == ""
    inbound.telephony.customer_hangs_up(f"{call}.c")
    await over(inbound, call)
    with pytest.raises(WrongState, match="withheld"):
        await inbound.engine.adopt_caller(call)


async def test_while_the_customer_is_on_the_line_the_campaign_does_not_dial_him_nor_for_his_agent(
    inbound: Floor,
) -> None:
    inbound.customers(rings_on())
    await quiet_morning(inbound, leads=2)
    call = calls_in(inbound)
    await talks(inbound, call)
    await inbound.engine.start_campaign("autumn")
    await inbound.time.passes(minutes=5)
    assert inbound.attempts() == []
    await inbound.employs("agent2")
    await inbound.engine.make_ready("agent2")
    await inbound.time.passes(seconds=10)
    assert [row.lead_name for row in inbound.attempts()] == ["customer2"]
    inbound.telephony.customer_hangs_up(f"{call}.c")
    await over(inbound, call)


async def test_a_caller_who_waits_gets_the_next_agent_and_no_new_attempt_is_made_for_that_agent(
    inbound: Floor,
) -> None:
    inbound.customers(answers(3.0))
    await inbound.opens(leads=3, wrap_up_s=0)
    dialled = await inbound.talks()
    call = calls_in(inbound, STRANGER)
    await inbound.time.passes(seconds=5)
    await inbound.hangs_up(dialled.lead_name)
    await talks(inbound, call)
    assert len(inbound.attempts()) == 1
    inbound.telephony.customer_hangs_up(f"{call}.c")
    await over(inbound, call)


async def test_calls_that_cross_meet(inbound: Floor) -> None:
    """We ring him while he calls us: our attempt is taken back, and he gets an agent."""
    inbound.customers(rings_on())
    await inbound.opens()
    await inbound.call()
    await inbound.time.passes(seconds=3)
    call = calls_in(inbound)
    await talks(inbound, call)
    assert inbound.outcomes() == [AttemptOutcome.CANCELLED]
    inbound.telephony.customer_hangs_up(f"{call}.c")
    await over(inbound, call)
    await inbound.engine.dispose(call, "SALE")


async def test_one_call_that_rings_at_several_workers_is_one_call(inbound: Floor) -> None:
    inbound.has_lines(8, workers=4)
    await quiet_morning(inbound)
    legs = [calls_in(inbound, worker=f"w{n}") for n in (2, 3, 4)]
    await talks(inbound, legs[0])
    assert list(inbound.store.rows.inbound) == [legs[0]]
    assert list(inbound.telephony.legs()) == [f"{legs[0]}.c", f"{legs[0]}.a.agent1"]


async def test_without_a_free_line_the_call_is_refused_and_the_customer_is_called_back(inbound: Floor) -> None:
    inbound.has_lines(1)
    await quiet_morning(inbound, leads=2)
    first = calls_in(inbound)
    await talks(inbound, first)
    second = calls_in(inbound, number(2))
    row = await over(inbound, second)
    assert (row.outcome, row.reason) == (InboundOutcome.REFUSED, "no_line")
    assert inbound.lead("customer2").due_kind is DueKind.CALLBACK
    inbound.telephony.customer_hangs_up(f"{first}.c")


async def test_a_flood_over_one_trunk_is_cut_off_and_leaves_no_lines_taken(inbound: Floor) -> None:
    await inbound.opens(agents=0, start=False)
    for n in range(40):
        calls_in(inbound, f"+86139000000{n:02d}", waits=1)
    await inbound.time.passes(seconds=5)
    assert len(inbound.store.rows.inbound) == 10
    assert inbound.telephony.legs() == {}


async def test_calls_to_a_number_nobody_is_told_to_take_are_refused_and_counted(inbound: Floor) -> None:
    inbound.settings["inbound"] = replace(OPEN_HOUSE, trunks={"carrier": InboundTrunk(country="CN")})
    await quiet_morning(inbound)
    row = await over(inbound, calls_in(inbound, STRANGER))
    assert (row.outcome, row.reason, row.caller) == (InboundOutcome.REFUSED, "no_campaign", STRANGER)
    assert (await talks(inbound, calls_in(inbound))).lead_name == "customer1"  # known customers are known all the same


async def test_an_agent_whose_phone_stays_silent_costs_the_caller_a_few_rings_only(inbound: Floor) -> None:
    await quiet_morning(inbound, agents=2)
    inbound.phone("agent1", rings_on())
    call = calls_in(inbound)
    card = await talks(inbound, call)
    assert card.agent_id == "agent2"
    assert inbound.state("agent1") is AgentState.PAUSED
    row = inbound.store.rows.inbound[call]
    assert row.rings == 2


async def test_a_worker_that_dies_ends_its_callers_as_lost(inbound: Floor) -> None:
    await quiet_morning(inbound)
    call = calls_in(inbound)
    await talks(inbound, call)
    inbound.telephony.kill_worker("w1")
    assert (await over(inbound, call)).outcome is InboundOutcome.LOST


async def test_a_conversation_outlives_the_engine_and_the_next_one_takes_it_over(inbound: Floor) -> None:
    await quiet_morning(inbound)
    call = calls_in(inbound)
    await talks(inbound, call)
    await inbound.dies()
    await inbound.time.passes(seconds=5)
    await inbound.starts()
    await inbound.time.passes(seconds=2)
    card = shown(inbound, call)
    assert card is not None
    assert (card.state, card.agent_id) == (InboundState.CONNECTED, "agent1")
    assert inbound.state() is AgentState.ON_CALL
    inbound.telephony.customer_hangs_up(f"{call}.c")
    row = await over(inbound, call)
    assert row.outcome is InboundOutcome.ANSWERED
    assert len(inbound.told(InboundEnded)) == 1


async def test_a_call_that_ended_while_no_engine_was_there_is_accounted_for(inbound: Floor) -> None:
    await quiet_morning(inbound)
    call = calls_in(inbound)
    await talks(inbound, call)
    await inbound.dies()
    inbound.telephony.customer_hangs_up(f"{call}.c")
    inbound.telephony.hangups.clear()
    await inbound.starts()
    assert (await over(inbound, call)).outcome is InboundOutcome.ANSWERED
    for leg in inbound.telephony.legs():
        await inbound.telephony.hang_up(leg, HangupReason.NORMAL)


async def test_a_caller_who_rings_while_the_engine_is_away_is_served_when_it_is_back(inbound: Floor) -> None:
    await quiet_morning(inbound)
    await inbound.dies()
    call = calls_in(inbound)
    await inbound.time.passes(seconds=2)
    await inbound.starts()
    await inbound.engine.make_ready("agent1")
    assert (await talks(inbound, call)).agent_id == "agent1"
    inbound.telephony.customer_hangs_up(f"{call}.c")
    await over(inbound, call)


async def test_at_the_end_of_the_day_nobody_is_left_on_the_line(inbound: Floor) -> None:
    await quiet_morning(inbound, leads=2)
    talking, waiting = calls_in(inbound), calls_in(inbound, number(2))
    await talks(inbound, talking)
    await inbound.closes()
    rows = inbound.store.rows.inbound
    assert [rows[call].outcome for call in (talking, waiting)] == [InboundOutcome.ANSWERED, InboundOutcome.MISSED]
