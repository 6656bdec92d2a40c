"""Placing, answering and ending legs."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import pytest

from sip.causes import LegOutcome, Origin
from sip.commands import HangupReason
from sip.errors import BadDestination, UnknownLeg, WorkerGone
from sip.events import (
    DtmfReceived,
    LegAnswered,
    LegEnded,
    LegIncoming,
    LegPlaced,
    LegRinging,
    WorkerLost,
    WorkerReady,
)
from tests.contract.telephony.far_end import Party
from tests.contract.telephony.story import Story


async def test_a_leg_is_placed_rings_is_answered_and_ends_once_in_that_order(story: Story) -> None:
    before = datetime.now(UTC)
    await story.talks_to("leg")
    await story.telephony.hang_up("leg")
    ended = await story.ends("leg")
    assert story.told_of("leg") == [LegPlaced, LegRinging, LegAnswered, LegEnded]
    assert (ended.outcome, ended.cause.origin) == (LegOutcome.ANSWERED, Origin.US)
    placed = story.heard.all(LegPlaced)[0]
    assert (placed.worker, placed.sip_call_id) == (story.worker, "leg@contract")
    times = [event.at for event in story.heard.events if getattr(event, "leg_id", "") == "leg"]
    assert times == sorted(times)
    assert times[0].tzinfo is not None
    assert abs((times[0] - before).total_seconds()) < 5


async def test_the_first_word_of_a_telephony_is_that_its_workers_are_ready(story: Story) -> None:
    ready = await story.heard.until(WorkerReady)
    assert story.heard.delivered[0].seq == 0
    assert (ready.worker, ready.adopted, ready.held) == (story.worker, False, ())
    assert story.telephony.workers() == {ready.worker: ready.capacity}


async def test_events_of_a_worker_are_numbered_in_order(story: Story) -> None:
    await story.talks_to("leg")
    numbers = [delivered.seq for delivered in story.heard.delivered if delivered.seq]
    assert len(numbers) >= 3
    assert numbers == sorted(set(numbers))


async def test_what_the_network_says_becomes_the_legs_outcome(story: Story) -> None:
    expected = {
        Party.BUSY: (LegOutcome.BUSY, 486),
        Party.UNKNOWN: (LegOutcome.INVALID_NUMBER, 404),
        Party.DECLINES: (LegOutcome.DECLINED, 603),
        Party.CONGESTED: (LegOutcome.CONGESTED, 503),
    }
    for party, (outcome, status) in expected.items():
        ended = await story.ends(await story.dials(party.value, party))
        assert (ended.outcome, ended.cause.sip_status, ended.cause.origin) == (outcome, status, Origin.REMOTE)
        assert LegAnswered not in story.told_of(party.value)


async def test_a_customer_who_does_not_answer_in_the_ring_time_is_given_up(story: Story) -> None:
    ended = await story.ends(await story.dials("leg", Party.RINGS_ON, ring_time_s=0.5))
    assert (ended.outcome, ended.cause.origin) == (LegOutcome.NO_ANSWER, Origin.RING_TIMEOUT)


async def test_a_call_we_take_back_before_the_answer_is_cancelled(story: Story) -> None:
    await story.dials("leg", Party.RINGS_ON)
    await story.heard.until(LegRinging, leg_id="leg")
    await story.telephony.hang_up("leg", HangupReason.CANCELLED)
    ended = await story.ends("leg")
    assert (ended.outcome, ended.cause.origin) == (LegOutcome.CANCELLED, Origin.US)


async def test_a_customer_who_hangs_up_is_told_from_our_own_hanging_up(story: Story) -> None:
    await story.talks_to("leg")
    await story.far_end.hang_up("leg")
    ended = await story.ends("leg")
    assert (ended.outcome, ended.cause.origin) == (LegOutcome.ANSWERED, Origin.REMOTE)
    assert ended.statistics is not None


async def test_a_leg_that_has_ended_is_unknown(story: Story) -> None:
    await story.talks_to("leg")
    await story.far_end.hang_up("leg")
    await story.ends("leg")
    with pytest.raises(UnknownLeg):
        await story.telephony.hang_up("leg")
    with pytest.raises(UnknownLeg):
        await story.telephony.levels("never")


async def test_the_same_order_again_does_not_call_the_customer_again(story: Story) -> None:
    order = story.order("leg", Party.ANSWERS)
    await asyncio.gather(story.telephony.place(story.worker, order), story.telephony.place(story.worker, order))
    await story.heard.until(LegAnswered, leg_id="leg")
    await story.telephony.place(story.worker, order)
    await story.telephony.hang_up("leg")
    await story.ends("leg")
    assert story.told_of("leg").count(LegPlaced) == 1


async def test_a_number_that_is_none_is_refused_and_nothing_is_placed(story: Story) -> None:
    await story.telephony.connect_trunk(story.far_end.trunk("carrier"))
    order = story.order("leg", Party.ANSWERS, trunk="carrier")
    bad = type(order)(command_id="bad", leg_id="leg", destination="12ab;rm", trunk="carrier")
    with pytest.raises(BadDestination):
        await story.telephony.place(story.worker, bad)
    await story.talks_to("leg")
    assert story.told_of("leg")[0] is LegPlaced


async def test_nobody_can_be_called_on_a_worker_that_is_not_there(story: Story) -> None:
    with pytest.raises(WorkerGone):
        await story.telephony.place("nowhere", story.order("leg", Party.ANSWERS))


async def test_keys_the_customer_presses_are_heard_in_order(story: Story) -> None:
    await story.talks_to("leg")
    await story.far_end.press("leg", "1#7")
    await story.heard.until(DtmfReceived, count=3)
    assert "".join(event.digit for event in story.heard.all(DtmfReceived, leg_id="leg")) == "1#7"


async def test_somebody_who_calls_us_is_rung_answered_and_hung_up(story: Story) -> None:
    await story.far_end.call_in()
    incoming = await story.heard.until(LegIncoming)
    assert incoming.to_number
    await story.telephony.ring(incoming.leg_id)
    await story.telephony.answer(incoming.leg_id)
    await story.heard.until(LegAnswered, leg_id=incoming.leg_id)
    await story.telephony.hang_up(incoming.leg_id)
    await story.ends(incoming.leg_id)


async def test_somebody_who_calls_us_can_be_turned_away(story: Story) -> None:
    await story.far_end.call_in()
    incoming = await story.heard.until(LegIncoming)
    await story.telephony.reject(incoming.leg_id, 486)
    ended = await story.ends(incoming.leg_id)
    assert ended.cause.origin is Origin.US
    assert LegAnswered not in story.told_of(incoming.leg_id)


async def test_a_worker_that_dies_is_lost_with_its_legs_and_another_is_ready_soon(story: Story) -> None:
    await story.talks_to("leg")
    worker = story.worker
    story.kill_worker(worker)
    lost = await story.heard.until(WorkerLost)
    assert (lost.worker, lost.legs) == (worker, ("leg",))
    await story.heard.until(WorkerReady, worker=worker, count=2)
    with pytest.raises(UnknownLeg):
        await story.telephony.hang_up("leg")


async def test_after_closing_the_events_end(story: Story) -> None:
    await story.talks_to("leg")
    await story.telephony.close()
    async with asyncio.timeout(5):
        async for _ in story.telephony.events():
            pass
