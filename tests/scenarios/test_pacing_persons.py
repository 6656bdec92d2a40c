"""Who counts as a person in the abandonment rate that pacing keeps: live, and counted anew from the rows."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import Any

import pytest

from campaigns.attempt import AttemptOutcome
from campaigns.disposition import STANDARD
from dialer.domain.agent import AgentState
from dialer.domain.call import CallState
from dialer.engine.disposition_desk import Decision
from dialer.engine.pacer import Pacer
from dialer.twin.parties import Fate, answers, machine, rings_on
from tests.scenarios.floor import Floor, number

CONNECT_FIRST = {"mode": "connect_first", "checked_share": 0.0}


async def pacer(floor: Floor) -> Pacer:
    return await floor.engine.pacer("autumn")


async def counted(floor: Floor) -> tuple[int, int]:
    """Persons and abandoned ones of the day."""
    window = (await pacer(floor)).windows(floor.time.now())[0]
    return window.answered, window.abandoned


async def recounted(floor: Floor) -> tuple[int, int]:
    """By an engine that knows nothing but the rows."""
    await floor.engine._journal.flush()
    await floor.dies()
    await floor.starts()
    await floor.time.settles()
    return await counted(floor)


async def answered_calls(floor: Floor) -> float:
    """That the ring model has learned as answered by a person."""
    rates = (await pacer(floor)).learned.rates
    return max((answers for _, answers in rates.values()), default=0.0)


async def test_a_machine_that_was_handed_over_is_no_person(floor: Floor) -> None:
    floor.customers(machine(3.0, talks=8.0))
    await floor.opens(wrap_up_s=0, screening={**CONNECT_FIRST, "after_machine": "hand_over"})
    row = await floor.over()
    assert (row.outcome, row.screening_treatment) == (AttemptOutcome.HUMAN, "handed_over")
    assert await counted(floor) == (0, 0)
    assert await answered_calls(floor) == 0
    assert await recounted(floor) == (0, 0)


async def test_a_person_is_no_machine_once_his_agent_says_so(floor: Floor) -> None:
    floor.customers(machine(3.0, talks=20.0))
    await floor.opens(wrap_up_s=0, screening={**CONNECT_FIRST, "after_machine": "hand_over"})
    call = await floor.talks()
    await floor.time.passes(seconds=4)
    assert await counted(floor) == (0, 0)
    await floor.engine.mark_person(call.attempt_id, agent_id="agent1")
    await floor.over()
    assert await counted(floor) == (1, 0)
    assert await recounted(floor) == (1, 0)


async def test_whom_an_agent_saves_as_a_machine_was_no_person_and_is_one_again_when_he_corrects_it(
    floor: Floor,
) -> None:
    floor.customers(answers(3.0, talks=10.0))
    await floor.opens(wrap_up_s=30)
    call = await floor.talks()
    assert await counted(floor) == (1, 0)
    await floor.over()
    await floor.engine.dispose(call.attempt_id, "MACHINE", agent_id="agent1")
    await floor.time.settles()
    assert await counted(floor) == (0, 0)
    assert await recounted(floor) == (0, 0)
    await floor.engine.correct_disposition(call.attempt_id, Decision(code="NOT_INTERESTED"), by="agent1")
    await floor.time.settles()
    assert await counted(floor) == (1, 0)
    assert await recounted(floor) == (1, 0)


async def test_it_counts_from_the_word_of_the_agent_on_while_the_machine_still_speaks(floor: Floor) -> None:
    floor.customers(answers(3.0, talks=30.0))
    await floor.opens()
    call = await floor.talks()
    await floor.engine.dispose(call.attempt_id, "MACHINE", agent_id="agent1")
    assert await counted(floor) == (0, 0)
    assert await recounted(floor) == (0, 0)
    await floor.over()
    assert await counted(floor) == (0, 0)


async def test_a_machine_told_while_it_hears_the_message_was_not_abandoned(floor: Floor) -> None:
    floor.customers(machine(3.0, told_after=2.3))
    floor.phone("agent1", rings_on())
    await floor.opens(screening=CONNECT_FIRST)
    await floor.until(lambda: any(row.message_at for row in floor.attempts()))
    assert await counted(floor) == (1, 1), "until it is known"
    assert (await floor.over()).outcome is AttemptOutcome.MACHINE
    assert await counted(floor) == (0, 0)
    assert await answered_calls(floor) == 0
    assert await recounted(floor) == (0, 0)


async def test_without_screening_a_machine_is_expected_to_need_an_agent(floor: Floor) -> None:
    floor.customers(machine(3.0, talks=5.0))
    await floor.opens(wrap_up_s=0)
    await floor.over()
    assert await answered_calls(floor) > 0


async def test_each_attempt_is_late_by_the_limit_it_was_placed_under(floor: Floor) -> None:
    """The campaign grants more time meanwhile: who came too late then came too late."""
    floor.customers(answers(3.0, talks=5.0))
    floor.phone("agent1", answers(0.9))
    await floor.opens(wrap_up_s=0, abandon_limit_s=0.6, message_at_s=0.55)
    await floor.until(lambda: floor.attempts() and floor.attempts()[-1].ended_at)
    [row] = floor.attempts()
    late = row.connected_at is not None
    before = await counted(floor)
    campaign = await floor.store.campaign("autumn")
    assert campaign is not None
    looser = campaign.settings.model_copy(update={"abandon_limit_s": 2.0, "message_at_s": None})
    await floor.engine.update_campaign("autumn", looser, "planner")
    assert late or row.outcome is AttemptOutcome.ABANDONED
    assert before == (1, 1)
    assert await recounted(floor) == (1, 1)


@pytest.mark.parametrize("after_machine", ["hang_up", "hand_over"])
async def test_a_day_of_persons_machines_and_doubts_is_counted_anew_as_it_was_counted(
    floor: Floor, after_machine: str
) -> None:
    """Whatever agents say of whom, early, late or never."""
    chance, leads = random.Random(7), 60
    for n in range(1, leads + 1):
        floor.telephony.customers[number(n)] = _somebody(chance)
    plan: dict[str, Any] = {"mode": "connect_first", "checked_share": 0.3, "after_machine": after_machine}
    await floor.opens(agents=3, leads=leads, wrap_up_s=6, screening=plan, caps={"lead_attempts": 1})
    codes = [one.code for one in STANDARD if not (one.callback or one.appointment or one.do_not_call)]
    said: set[str] = set()
    for _ in range(400):
        await floor.time.passes(seconds=2)
        talking = [call for call in floor.engine.floor().calls if call.state is CallState.CONNECTED]
        over = [row for row in floor.attempts() if row.ended_at and row.connected_at]
        for attempt_id in sorted({one.attempt_id for one in [*talking, *over]} - said):
            if chance.random() < 0.1:
                said.add(attempt_id)
                await floor.engine.dispose(attempt_id, chance.choice(codes))
    await floor.time.passes(minutes=2)
    assert all(agent.state is not AgentState.ON_CALL for agent in floor.engine.floor().agents)
    now = await counted(floor)
    assert now[0] > 10
    assert await recounted(floor) == now


def _somebody(chance: random.Random) -> Fate:
    lot = chance.random()
    if lot < 0.4:
        return answers(2 + 4 * chance.random(), talks=2 + 20 * chance.random())
    if lot < 0.8:
        told = 0.8 + 3 * chance.random()
        return machine(3.0, told_after=told, talks=2 + 20 * chance.random())
    return rings_on()


async def test_a_person_counted_in_his_row_and_taken_for_a_machine_after_a_restart_is_taken_back(
    floor: Floor,
) -> None:
    floor.customers(machine(3.0, told_after=4.0))
    await floor.opens(screening=CONNECT_FIRST)
    await floor.talks()
    await floor.dies()
    await floor.time.passes(seconds=timedelta(seconds=2).total_seconds())
    await floor.starts()
    await floor.over()
    assert await counted(floor) == (0, 0)
    assert await recounted(floor) == (0, 0)
