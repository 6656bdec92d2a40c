"""Answering machines: who is joined with them, who is freed, what they are told, and how it is known."""

from __future__ import annotations

import math
import struct
import wave
from pathlib import Path

import pytest

from campaigns.attempt import AttemptOutcome
from dialer.domain.agent import AgentState, LegMode
from dialer.domain.call import CallState
from dialer.domain.events import CallScreened, MachineAnswered, MessageLeft
from dialer.domain.ids import customer_leg
from dialer.errors import WrongState
from dialer.twin.parties import answers, machine
from tests.scenarios.floor import Floor

CONNECT_FIRST = {"mode": "connect_first", "checked_share": 0.0}
DETECT_FIRST = {"mode": "detect_first", "checked_share": 0.0}


@pytest.fixture
def message(tmp_path: Path) -> str:
    path = tmp_path / "message.wav"
    samples = [int(8000 * math.sin(2 * math.pi * 440 * at / 8000)) for at in range(16000)]
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, 8000, 0, "NONE", ""))
        file.writeframes(struct.pack(f"<{len(samples)}h", *samples))
    return str(path)


async def test_without_screening_nobody_listens(floor: Floor) -> None:
    floor.customers(machine(3.0))
    await floor.opens()
    await floor.talks()
    await floor.time.passes(seconds=10)
    assert floor.state() is AgentState.ON_CALL, "with a few agents each of them hears for himself"
    assert not floor.telephony.screened
    await floor.hangs_up()


async def test_a_machine_frees_its_agent_at_once_and_without_work(floor: Floor) -> None:
    floor.customers(machine(3.0, told_after=2.0))
    await floor.opens(screening=CONNECT_FIRST)
    call = await floor.talks()
    row = await floor.over()
    await floor.time.settles()
    assert floor.state() is AgentState.READY, "no wrap-up for a machine"
    assert (row.outcome, row.reason) == (AttemptOutcome.MACHINE, "long_greeting")
    assert (row.screening_verdict, row.screening_treatment) == ("machine", "hung_up")
    assert row.screening_ms == pytest.approx(2000, abs=50)
    [told] = floor.told(MachineAnswered)
    assert (told.attempt_id, told.agent_id) == (call.attempt_id, "agent1"), "his screen is told why"
    assert row.answered_at is not None
    assert row.ended_at is not None
    assert 1.9 < (row.ended_at - row.answered_at).total_seconds() < 2.3
    assert floor.lead().due_at is not None, "called again by the rule for machines"


async def test_a_person_stays_with_the_agent(floor: Floor) -> None:
    floor.customers(answers(3.0))
    await floor.opens(screening=CONNECT_FIRST)
    await floor.talks()
    await floor.time.passes(seconds=5)
    assert floor.state() is AgentState.ON_CALL
    await floor.hangs_up()
    row = await floor.over()
    assert (row.outcome, row.screening_verdict, row.screening_treatment) == (AttemptOutcome.HUMAN, "human", "served")
    assert len(floor.told(CallScreened)) == 1


async def test_an_open_leg_stays_up_and_hears_the_next_customer(floor: Floor) -> None:
    floor.customers(machine(3.0), "customer1")
    floor.customers(answers(3.0), "customer2")
    await floor.employs("agent1", mode=LegMode.ALWAYS_OPEN)
    await floor.starts()
    await floor.plans("autumn", screening=CONNECT_FIRST)
    await floor.imports("autumn", "customer1", "customer2")
    await floor.engine.start_campaign("autumn", "planner")
    await floor.engine.make_ready("agent1")
    await floor.over("customer1")
    call = await floor.talks("customer2")
    assert call.agent_id == "agent1"
    assert floor.agent().leg_up
    await floor.hangs_up("customer2")


async def test_the_message_is_left_after_the_greeting_while_the_agent_talks_to_others(
    floor: Floor, message: str
) -> None:
    floor.customers(machine(3.0, told_after=2.0, greeting=9.0), "customer1")
    floor.customers(answers(3.0), "customer2")
    plan = {**CONNECT_FIRST, "after_machine": "leave_message", "message_file": message}
    await floor.opens(leads=2, screening=plan)
    await floor.call("customer1", CallState.MACHINE)
    call = await floor.talks("customer2")
    assert call.agent_id == "agent1"
    row = await floor.over("customer1")
    assert (row.outcome, row.reason) == (AttemptOutcome.MACHINE, "message_left")
    assert row.message_left_at is not None
    assert row.answered_at is not None
    assert (row.message_left_at - row.answered_at).total_seconds() == pytest.approx(11.0, abs=0.2)
    assert (customer_leg(row.attempt_id), message) in floor.telephony.played
    assert len(floor.told(MessageLeft)) == 1
    await floor.hangs_up("customer2")


async def test_a_greeting_that_never_ends_is_not_waited_for(floor: Floor, message: str) -> None:
    floor.customers(machine(3.0, greeting=500.0, talks=None))
    plan = {
        **CONNECT_FIRST, "after_machine": "leave_message", "message_file": message, "greeting_most_s": 30,
    }  # fmt: skip
    await floor.opens(screening=plan)
    row = await floor.over()
    assert (row.outcome, row.message_left_at) == (AttemptOutcome.MACHINE, None)


async def test_an_agent_who_says_that_it_is_a_person_keeps_the_call(floor: Floor) -> None:
    floor.customers(machine(3.0, told_after=3.0))
    await floor.opens(screening=CONNECT_FIRST)
    call = await floor.talks()
    await floor.engine.mark_person(call.attempt_id, agent_id="agent1")
    await floor.time.passes(seconds=6)
    assert floor.state() is AgentState.ON_CALL
    await floor.hangs_up()
    row = await floor.over()
    assert (row.outcome, row.screening_treatment) == (AttemptOutcome.HUMAN, "kept")
    assert row.person_marked_at is not None


async def test_an_agent_who_has_decided_already_keeps_the_call(floor: Floor) -> None:
    floor.customers(machine(3.0, told_after=3.0))
    await floor.opens(screening=CONNECT_FIRST)
    call = await floor.talks()
    await floor.engine.dispose(call.attempt_id, "NOT_INTERESTED", agent_id="agent1")
    await floor.time.passes(seconds=6)
    assert floor.state() is AgentState.ON_CALL
    await floor.hangs_up()


async def test_a_late_verdict_only_informs(floor: Floor) -> None:
    floor.customers(machine(3.0, told_after=4.0))
    await floor.opens(screening={**CONNECT_FIRST, "free_within_s": 3.0})
    await floor.talks()
    await floor.time.passes(seconds=6)
    assert floor.state() is AgentState.ON_CALL
    await floor.hangs_up()
    assert (await floor.over()).screening_treatment == "late"


async def test_handed_over_the_agent_has_the_machine_and_knows(floor: Floor) -> None:
    floor.customers(machine(3.0))
    await floor.opens(screening={**CONNECT_FIRST, "after_machine": "hand_over"})
    await floor.talks()
    await floor.time.passes(seconds=6)
    assert floor.state() is AgentState.ON_CALL
    assert [told.treatment for told in floor.told(CallScreened)] == ["handed_over"]
    await floor.hangs_up()


async def test_a_share_of_the_machines_is_given_to_agents_to_check_the_verdict(floor: Floor) -> None:
    floor.customers(machine(3.0))
    await floor.opens(screening={**CONNECT_FIRST, "checked_share": 1.0})
    call = await floor.talks()
    await floor.time.passes(seconds=6)
    assert floor.state() is AgentState.ON_CALL
    await floor.engine.dispose(call.attempt_id, "MACHINE", agent_id="agent1")
    await floor.hangs_up()
    assert (await floor.over()).screening_treatment == "checked"


async def test_only_the_agent_of_a_conversation_can_say_that_it_is_a_person(floor: Floor) -> None:
    floor.customers(answers(3.0))
    await floor.opens(agents=2, screening=CONNECT_FIRST)
    call = await floor.talks()
    with pytest.raises(WrongState):
        await floor.engine.mark_person(call.attempt_id, agent_id="agent2")
    await floor.hangs_up()


# detect first


async def test_with_detect_first_the_agent_is_kept_and_joined_at_the_verdict(floor: Floor) -> None:
    floor.customers(answers(3.0))
    await floor.opens(screening=DETECT_FIRST)
    await floor.call("customer1", CallState.ANSWERED)
    assert floor.state() is AgentState.RESERVED
    await floor.talks()
    await floor.hangs_up()
    row = await floor.over()
    assert row.answered_at is not None
    assert row.connected_at is not None
    assert 0.85 < (row.connected_at - row.answered_at).total_seconds() < 1.1, "his phone was called meanwhile"


async def test_with_detect_first_no_agent_hears_a_machine(floor: Floor) -> None:
    floor.customers(machine(3.0, told_after=1.2))
    await floor.opens(screening=DETECT_FIRST)
    row = await floor.over()
    await floor.time.settles()
    assert (row.outcome, row.connected_at, row.agent_id) == (AttemptOutcome.MACHINE, None, None)
    assert floor.state() is AgentState.READY
    assert floor.agent().reason == "", "his phone did nothing wrong"


async def test_with_detect_first_doubt_is_a_person_in_time_for_the_limit(floor: Floor) -> None:
    floor.customers(machine(3.0, told_after=4.0))
    await floor.opens(screening=DETECT_FIRST)
    await floor.talks()
    await floor.hangs_up()
    row = await floor.over()
    assert row.screening_verdict == "uncertain"
    assert row.answered_at is not None
    assert row.connected_at is not None
    assert (row.connected_at - row.answered_at).total_seconds() < 1.8


async def test_with_detect_first_and_nobody_free_a_person_counts_as_abandoned_and_a_machine_does_not(
    floor: Floor,
) -> None:
    floor.customers(answers(3.0), "customer1")
    floor.customers(machine(3.0, told_after=1.2), "customer2")
    floor.phone("agent1", answers(60.0))
    floor.phone("agent2", answers(60.0))
    await floor.opens(agents=2, leads=2, screening=DETECT_FIRST)
    person, one = await floor.over("customer1"), await floor.over("customer2")
    assert (person.outcome, one.outcome) == (AttemptOutcome.ABANDONED, AttemptOutcome.MACHINE)


async def test_with_an_open_leg_the_agent_is_joined_at_the_verdict(floor: Floor) -> None:
    floor.customers(answers(3.0))
    await floor.employs("agent1", mode=LegMode.ALWAYS_OPEN)
    await floor.starts()
    await floor.plans("autumn", screening=DETECT_FIRST)
    await floor.imports("autumn", "customer1")
    await floor.engine.start_campaign("autumn", "planner")
    await floor.engine.make_ready("agent1")
    await floor.talks()
    await floor.hangs_up()
    row = await floor.over()
    assert row.answered_at is not None
    assert row.connected_at is not None
    assert 0.85 < (row.connected_at - row.answered_at).total_seconds() < 1.0


# and when the engine dies


async def test_a_verdict_told_while_no_engine_was_there_is_acted_upon(floor: Floor) -> None:
    floor.customers(machine(3.0, told_after=4.0))
    await floor.opens(screening=CONNECT_FIRST)
    await floor.talks()
    await floor.dies()
    await floor.time.passes(seconds=5)
    await floor.starts()
    row = await floor.over()
    assert (row.outcome, row.screening_treatment) == (AttemptOutcome.MACHINE, "hung_up")
    assert len(floor.told(CallScreened)) == 1
    assert floor.state() is AgentState.READY


async def test_a_machine_that_still_speaks_is_waited_for_after_a_restart(floor: Floor, message: str) -> None:
    floor.customers(machine(3.0, told_after=2.0, greeting=20.0))
    plan = {**CONNECT_FIRST, "after_machine": "leave_message", "message_file": message}
    await floor.opens(screening=plan)
    await floor.call("customer1", CallState.MACHINE)
    await floor.dies()
    await floor.time.passes(seconds=5)
    await floor.starts()
    row = await floor.over()
    assert (row.outcome, row.reason) == (AttemptOutcome.MACHINE, "message_left")
    assert len(floor.told(CallScreened)) == 1


# what a machine was taken for counts


def counted(floor: Floor) -> tuple[int, int]:
    """Persons and abandoned ones of the day, as pacing counts them."""
    [campaign] = floor.engine.campaigns()
    pacer = floor.engine._keeper.find(campaign.campaign_id)
    assert pacer is not None
    window = pacer.windows(floor.time.now())[0]
    return window.answered, window.abandoned


async def test_machines_are_no_persons_for_the_abandonment_rate(floor: Floor) -> None:
    floor.customers(machine(3.0), "customer1", "customer2")
    floor.customers(answers(3.0, talks=5.0), "customer3")
    await floor.opens(leads=3, screening=CONNECT_FIRST, wrap_up_s=0)
    for name in ("customer1", "customer2", "customer3"):
        await floor.over(name)
    assert counted(floor) == (1, 0)


async def test_where_the_pack_says_so_one_machine_in_fifty_counts_as_a_person_abandoned(floor: Floor) -> None:
    """As long as no agent has checked any; also after a restart."""
    floor.customers(machine(2.0, told_after=1.0))
    await floor.opens(leads=60, screening=CONNECT_FIRST, policy="us")
    await floor.until(lambda: len(floor.told(MachineAnswered)) == 60, seconds=3600)
    assert counted(floor) == (1, 1)
    await floor.time.passes(seconds=5)
    await floor.dies()
    await floor.starts()
    await floor.time.settles()
    assert counted(floor) == (1, 1)
