"""What breaks in a day: lost replies, dead workers, a full disk, a store that is away."""

from __future__ import annotations

import pytest

from campaigns.attempt import AttemptOutcome
from campaigns.idle import IdleReason
from dialer.domain.agent import AgentState
from dialer.domain.events import RecordingFinalized, RecordingLost, WorkerWentDown
from dialer.twin.parties import answers
from recordings.errors import DiskFull
from sip.errors import BadDestination, LineBusy, MediaFailed, WorkerGone
from tests.scenarios.floor import Floor


@pytest.mark.parametrize("command", ["place", "bridge", "hang_up", "start_recording", "stop_recording", "play"])
async def test_one_lost_reply_does_not_lock_the_dialer(floor: Floor, command: str) -> None:
    floor.customers(answers(3.0, talks=20.0))
    await floor.opens(leads=6, wrap_up_s=5)
    floor.telephony.lose_reply(command)
    await floor.time.passes(minutes=5)
    assert len(floor.attempts()) == 6
    assert floor.outcomes().count(AttemptOutcome.HUMAN) >= 5
    assert floor.state() is AgentState.READY


async def test_an_invite_whose_reply_was_lost_counts_as_lost_and_is_not_redialled_at_once(floor: Floor) -> None:
    await floor.opens(start=False)
    floor.telephony.lose_reply("place")
    await floor.engine.start_campaign("autumn", "planner")
    await floor.engine.make_ready("agent1")
    row = await floor.over()
    assert row.outcome is AttemptOutcome.LOST
    await floor.time.passes(minutes=30)
    assert len(floor.attempts()) == 1
    assert floor.telephony.legs() == {}


async def test_a_line_that_turns_out_busy_gives_the_lead_back_uncharged(floor: Floor) -> None:
    await floor.opens(start=False)
    floor.telephony.refuse("place", LineBusy("the fifth leg"))
    await floor.engine.start_campaign("autumn", "planner")
    await floor.engine.make_ready("agent1")
    row = await floor.over()
    assert (row.outcome, row.reason) == (AttemptOutcome.CONGESTED, "line_busy")
    assert floor.open_leads() == 1


async def test_a_destination_the_line_refuses_is_our_failure_not_the_callees(floor: Floor) -> None:
    await floor.opens(start=False)
    floor.telephony.refuse("place", BadDestination("?"))
    await floor.engine.start_campaign("autumn", "planner")
    await floor.engine.make_ready("agent1")
    assert (await floor.over()).outcome is AttemptOutcome.FAILED


async def test_a_dead_worker_costs_its_own_calls_only(floor: Floor) -> None:
    floor.has_lines(4, workers=2)
    floor.customers(answers(3.0))
    await floor.opens(agents=2, leads=2)
    first, second = await floor.talks("customer1"), await floor.talks("customer2")
    assert first.worker != second.worker
    floor.telephony.kill_worker(first.worker)
    row = await floor.over("customer1")
    assert row.outcome is AttemptOutcome.LOST
    assert floor.state(first.agent_id or "") is AgentState.WRAP_UP
    assert floor.state(second.agent_id or "") is AgentState.ON_CALL
    assert floor.told(WorkerWentDown)[0].calls_lost == 1
    await floor.time.passes(seconds=30)
    assert floor.state(first.agent_id or "") is AgentState.READY
    assert (await floor.talks("customer2")).attempt_id == second.attempt_id
    await floor.time.passes(minutes=10)
    assert len(floor.attempts("customer1")) == 1, "nobody is redialled silently"


async def test_a_recording_broken_off_by_a_dead_worker_is_repaired(floor: Floor) -> None:
    floor.customers(answers(3.0))
    await floor.opens()
    call = await floor.talks()
    await floor.time.passes(seconds=5)
    [recording] = floor.store.rows.recordings
    floor.library.repairable.add(recording)
    floor.telephony.kill_worker(call.worker)
    await floor.time.passes(seconds=30)
    assert floor.told(RecordingFinalized)[0].repaired


async def test_a_recording_that_cannot_start_does_not_end_the_conversation(floor: Floor) -> None:
    floor.customers(answers(3.0))
    floor.telephony.refuse("start_recording", MediaFailed("no space"))
    await floor.opens()
    await floor.talks()
    await floor.time.passes(seconds=30)
    assert floor.state() is AgentState.ON_CALL
    assert floor.alarms() == {"recording_failed"}
    assert floor.told(RecordingLost)[0].reason == "media_failed"


async def test_a_full_disk_means_no_new_calls_until_there_is_room(floor: Floor) -> None:
    floor.customers(answers(3.0, talks=10.0))
    await floor.opens(leads=30, wrap_up_s=0)
    await floor.time.passes(seconds=40)
    floor.library.free = 1_000_000
    await floor.time.passes(seconds=40)
    dialled = len(floor.attempts())
    await floor.time.passes(minutes=10)
    assert len(floor.attempts()) == dialled
    assert floor.idle() is IdleReason.DISK_FULL
    assert floor.alarms() == {"disk_full"}
    floor.library.free = 100_000_000_000
    await floor.time.passes(minutes=1)
    assert len(floor.attempts()) > dialled
    assert floor.alarms() == set()


async def test_a_recording_that_finds_no_room_waits_for_it(floor: Floor) -> None:
    floor.customers(answers(3.0, talks=10.0))
    floor.library.fails = [DiskFull("full"), DiskFull("full")]
    await floor.opens()
    await floor.time.passes(seconds=30)
    assert "recording_unfinished" in floor.alarms()
    await floor.time.passes(minutes=2)
    assert len(floor.told(RecordingFinalized)) == 1
    assert floor.alarms() == set()


async def test_a_store_that_is_away_holds_dialling_and_loses_nothing(floor: Floor) -> None:
    floor.customers(answers(3.0, talks=60.0))
    await floor.opens(leads=5, wrap_up_s=1)
    await floor.talks()
    floor.store.away = True
    await floor.time.passes(minutes=3)
    assert len(floor.attempts()) == 1
    assert "store_trouble" in floor.alarms()
    assert floor.attempts()[0].ended_at is None, "not written yet"
    floor.store.away = False
    await floor.time.passes(seconds=30)
    row = floor.attempts()[0]
    assert (row.outcome, row.agent_id) == (AttemptOutcome.HUMAN, "agent1")
    assert row.ended_at is not None
    assert row.connected_at is not None
    assert 59 < (row.ended_at - row.connected_at).total_seconds() < 61
    assert len(floor.attempts()) == 2
    assert floor.alarms() == set()


async def test_nothing_is_acknowledged_to_a_worker_before_it_is_written(floor: Floor) -> None:
    floor.customers(answers(3.0, talks=10.0))
    await floor.opens()
    await floor.talks()
    await floor.time.settles()
    assert floor.telephony.unacknowledged() == 0
    floor.store.away = True
    await floor.time.passes(seconds=20)
    assert floor.telephony.unacknowledged() > 0
    floor.store.away = False
    await floor.time.passes(seconds=20)
    assert floor.telephony.unacknowledged() == 0


async def test_our_own_bug_ends_one_call_as_failed_and_never_the_engine(floor: Floor) -> None:
    floor.expects_bugs = True
    floor.customers(answers(3.0, talks=10.0))
    await floor.opens(leads=2, wrap_up_s=1)
    start, calls = floor.engine._recordings.start, []

    async def broken(live: object) -> None:
        calls.append(live)
        if len(calls) == 1:
            raise ZeroDivisionError("a fault of ours")
        await start(live)  # type: ignore[arg-type]

    floor.engine._recordings.start = broken  # type: ignore[method-assign]
    await floor.time.passes(minutes=1)
    assert floor.outcomes() == [AttemptOutcome.FAILED, AttemptOutcome.HUMAN]
    assert floor.engine.bugs == 1


async def test_an_event_of_nobodys_call_is_counted_and_whoever_rings_there_is_let_go(floor: Floor) -> None:
    await floor.opens(start=False)
    leg = floor.telephony.somebody_calls()
    await floor.time.settles()
    assert leg not in floor.telephony.legs()
    assert floor.engine._dispatcher.noise >= 1


async def test_an_order_that_a_worker_did_not_answer_keeps_no_slot_of_the_trunk(floor: Floor) -> None:
    floor.telephony.refuse("place", WorkerGone("no answer within 2 s"))
    await floor.opens()
    assert (await floor.over()).outcome is AttemptOutcome.LOST
    assert floor.telephony.slots_taken() == 0
