"""Calls through worker processes with a scripted station: the whole path but SIP."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import time
from pathlib import Path

import pytest

from sip.causes import LegOutcome
from sip.errors import BadDestination, BadState, LineBusy, RateLimited, UnknownLeg, UnknownTrunk, WorkerGone
from sip.events import (
    CapacityChanged,
    DtmfReceived,
    LegAnswered,
    LegEnded,
    LegPlaced,
    LegRinging,
    LegsBridged,
    PlaybackFinished,
    RecordingStopped,
    TrunkUp,
    WorkerReady,
)
from sip.pool import LinePool, PoolSettings
from sip.trunks import Trunk
from tests.integration.sip.floor import Listener, eventually, gone, listening, open_pool, order, scripted
from tests.integration.sip.floor import no_worker_stays as no_worker_stays
from tests.integration.sip.parties import parties

CARRIER = Trunk(name="carrier", address="127.0.0.1:5060")


async def conversation(pool: LinePool, heard: Listener, name: str) -> tuple[str, str]:
    """Customer and agent up and bridged on one line."""
    line = pool.reserve(name)
    customer, agent = f"{name}.c", f"{name}.a"
    await pool.place(line.worker, order(customer, "001"))
    await pool.place(line.worker, order(agent, "011"))
    await heard.until(LegAnswered, leg_id=customer)
    await heard.until(LegAnswered, leg_id=agent)
    await pool.bridge(customer, agent)
    await heard.until(LegsBridged, leg_id=customer)
    return customer, agent


async def test_a_customer_is_called_answered_bridged_recorded_and_hung_up(tmp_path: Path) -> None:
    async with open_pool(scripted(tmp_path)) as (pool, heard):
        customer, agent = await conversation(pool, heard, "call")
        await pool.start_recording("rec", customer_leg=customer, agent_leg=agent, directory=str(tmp_path))
        await pool.pause_recording("rec")
        await pool.resume_recording("rec")
        await pool.stop_recording("rec")
        await heard.until(RecordingStopped, recording_id="rec")
        await pool.send_dtmf(customer, "7")
        assert (await heard.until(DtmfReceived, leg_id=customer)).digit == "7"
        await pool.play("beep", agent, "beep.wav", loop=True)
        await pool.stop_playing("beep")
        await heard.until(PlaybackFinished, playback_id="beep")
        assert (await pool.levels(customer)).sent == 0.5
        assert (await pool.statistics(agent)).codec == "PCMA"
        await pool.unbridge(customer, agent)
        await pool.hang_up(customer)
        await heard.until(LegEnded, leg_id=customer)
        with pytest.raises(UnknownLeg):
            await pool.hang_up(customer)
        story = [type(event) for event in heard.events if getattr(event, "leg_id", "") == customer]
        assert story[:3] == [LegPlaced, LegRinging, LegAnswered]


async def test_the_first_thing_heard_of_a_fresh_worker_is_that_it_is_ready(tmp_path: Path) -> None:
    async with open_pool(scripted(tmp_path, workers=2)) as (pool, heard):
        await heard.until(WorkerReady, count=2)
        first: dict[str, WorkerReady] = {}
        for delivered in heard.delivered:
            first.setdefault(delivered.worker, delivered.event)
        assert {name: type(event) for name, event in first.items()} == {"w1": WorkerReady, "w2": WorkerReady}
        assert not any(ready.adopted for ready in first.values())
        assert set(pool.workers()) == {"w1", "w2"}
        assert pool.worker_address("w1") == "127.0.0.1:5099"
        assert os.getsid(pool.worker_pid("w1")) == pool.worker_pid("w1"), (
            "what is sent to our terminal must not reach it"
        )


async def test_a_busy_customer_ends_the_leg_with_the_networks_cause(tmp_path: Path) -> None:
    async with open_pool(scripted(tmp_path)) as (pool, heard):
        await pool.place("w1", order("leg", "003"))
        ended = await heard.until(LegEnded, leg_id="leg")
        assert (ended.outcome, ended.cause.sip_status) == (LegOutcome.BUSY, 486)


async def test_a_refusal_of_the_worker_arrives_as_the_same_error(tmp_path: Path) -> None:
    async with open_pool(scripted(tmp_path)) as (pool, heard):
        with pytest.raises(BadDestination):
            await pool.place("w1", order("leg", "nobody"))
        with pytest.raises(UnknownTrunk):
            await pool.place("w1", order("leg", "001", trunk="nowhere"))
        await pool.place("w1", order("one", "001"))
        await pool.place("w1", order("two", "002"))
        await heard.until(LegRinging, leg_id="two")
        with pytest.raises(BadState):
            await pool.bridge("one", "two")
        with pytest.raises(UnknownLeg):
            await pool.bridge("one", "three")
        with pytest.raises(WorkerGone):
            await pool.place("w9", order("leg", "001"))


async def test_a_stock_worker_has_one_line_and_slack_for_closing_legs(tmp_path: Path) -> None:
    async with open_pool(scripted(tmp_path, workers=2)) as (pool, _):
        capacity = pool.capacity()
        assert (capacity.total, capacity.free, capacity.workers, capacity.max_legs_per_worker) == (2, 2, 2, 4)
        assert {pool.reserve("a").worker, pool.reserve("b").worker} == {"w1", "w2"}
        assert pool.reserve("a") == pool.reserve("a")
        with pytest.raises(LineBusy):
            pool.reserve("c")
        assert pool.capacity().free == 0
        pool.release("a")
        assert pool.capacity().free == 1


async def test_a_released_line_is_free_again_only_when_its_legs_have_drained(tmp_path: Path) -> None:
    async with open_pool(scripted(tmp_path)) as (pool, heard):
        for call in ("first", "second"):
            line = pool.reserve(call)
            for leg in (f"{call}.c", f"{call}.a"):
                await pool.place(line.worker, order(leg, "001", headers={"X-Drain": "0.7"}))
                await heard.until(LegAnswered, leg_id=leg)
                await pool.hang_up(leg)
                await heard.until(LegEnded, leg_id=leg)
            pool.release(call)
        with pytest.raises(LineBusy):
            pool.reserve("third")
        await heard.until(CapacityChanged, free_legs=4)
        assert pool.reserve("third")


async def test_a_trunk_is_connected_on_every_worker_and_meters_the_calls_of_all(tmp_path: Path) -> None:
    async with open_pool(scripted(tmp_path, workers=2)) as (pool, heard):
        with pytest.raises(UnknownTrunk):
            pool.admit(["carrier"])
        await pool.connect_trunk(CARRIER)
        await heard.until(TrunkUp, worker="w1")
        await heard.until(TrunkUp, worker="w2")
        assert pool.admit(["carrier"]) == "carrier"
        assert 0 < pool.next_admission_s(["carrier"]) <= 1.0
        await pool.place("w2", order("leg", "001", trunk="carrier"))
        await heard.until(LegPlaced, leg_id="leg", trunk="carrier")


async def test_a_trunk_that_every_worker_refuses_is_said_so_and_takes_no_call(tmp_path: Path) -> None:
    async with open_pool(scripted(tmp_path)) as (pool, _):
        with pytest.raises(BadState):
            await pool.connect_trunk(Trunk(name="refused", address="127.0.0.1"))
        with pytest.raises(UnknownTrunk):
            pool.admit(["refused"])


async def test_a_worker_that_comes_back_has_the_trunks_again(tmp_path: Path) -> None:
    async with open_pool(scripted(tmp_path)) as (pool, heard):
        await pool.connect_trunk(CARRIER)
        os.kill(pool.worker_pid("w1"), signal.SIGKILL)
        await heard.until(WorkerReady, count=2)
        await heard.until(TrunkUp, count=2)
        await eventually(lambda: "w1" in pool.workers(), what="the worker takes calls")
        assert pool.admit(["carrier"]) == "carrier"
        await pool.place("w1", order("leg", "001", trunk="carrier"))
        await heard.until(LegAnswered, leg_id="leg")


async def test_adopted_calls_count_on_their_trunk(tmp_path: Path) -> None:
    settings = scripted(tmp_path)
    single = Trunk(name="single", address="127.0.0.1", lines=1, calls_per_second=50.0)
    first = LinePool(settings)
    async with listening(first) as heard:
        await first.start()
        await first.connect_trunk(single)
        await first.place("w1", order("leg", "001", trunk=first.admit(["single"])))
        await heard.until(LegAnswered, leg_id="leg")
        await first.close(leave_calls=True)
    pool = LinePool(settings)
    async with listening(pool) as heard:
        await pool.connect_trunk(single)
        await pool.start()
        with pytest.raises(RateLimited):
            pool.admit(["single"])
        await pool.hang_up("leg")
        await heard.until(LegEnded, leg_id="leg")
        assert pool.admit(["single"]) == "single"
        await pool.close()


async def test_a_command_sent_twice_is_carried_out_once(tmp_path: Path) -> None:
    async with open_pool(scripted(tmp_path)) as (pool, heard):
        same = order("leg", "001")
        await asyncio.gather(pool.place("w1", same), pool.place("w1", same))
        await pool.place("w1", same)
        await heard.until(LegAnswered, leg_id="leg")
        assert len(heard.all(LegPlaced)) == 1


async def test_a_worker_that_does_not_answer_in_time_is_reported_and_not_waited_for(tmp_path: Path) -> None:
    async with open_pool(scripted(tmp_path, command_timeout_s=0.2)) as (pool, heard):
        with pytest.raises(WorkerGone, match=r"no answer to PlaceLeg within 0\.2 s"):
            await pool.place("w1", order("late", "009"))
        await heard.until(LegPlaced, leg_id="late")
        await heard.until(LegEnded, leg_id="late")


async def test_a_slow_consumer_holds_the_workers_events_back_and_loses_none(tmp_path: Path) -> None:
    pool = LinePool(scripted(tmp_path, event_window=20))
    await pool.start()
    try:
        await pool.place("w1", order("leg", "001"))
        for _ in range(30):
            await pool.send_dtmf("leg", "0123456789")
        assert len(pool._inbox) <= 25
        async with listening(pool) as heard:
            await heard.until(DtmfReceived, count=300)
            digits = "".join(event.digit for event in heard.all(DtmfReceived))
            assert digits == "0123456789" * 30
    finally:
        await pool.close()


async def test_a_thousand_command_round_trips_leave_nothing_behind(tmp_path: Path) -> None:
    async with open_pool(scripted(tmp_path)) as (pool, heard):
        await pool.place("w1", order("leg", "001"))
        await heard.until(LegAnswered, leg_id="leg")
        descriptors, tasks = len(os.listdir("/proc/self/fd")), len(asyncio.all_tasks())
        pid = pool.worker_pid("w1")
        theirs = len(os.listdir(f"/proc/{pid}/fd"))
        for _ in range(100):
            await asyncio.gather(*(pool.levels("leg") for _ in range(10)))
        assert len(os.listdir("/proc/self/fd")) == descriptors
        assert len(asyncio.all_tasks()) == tasks
        assert len(os.listdir(f"/proc/{pid}/fd")) == theirs


@pytest.mark.sip
async def test_a_thousand_round_trips_to_a_real_station(tmp_path: Path) -> None:
    settings = PoolSettings(run_directory=tmp_path / "run", workers=1, rtp_port_from=30000, rtp_port_to=33999)
    async with parties(tmp_path) as far, open_pool(settings) as (pool, heard):
        await pool.place("w1", order("leg", far.address("01")))
        await heard.until(LegAnswered, leg_id="leg")
        pid = pool.worker_pid("w1")
        theirs, times = len(os.listdir(f"/proc/{pid}/fd")), []
        for _ in range(1000):
            before = time.perf_counter()
            await pool.levels("leg")
            times.append((time.perf_counter() - before) * 1000)
        times.sort()
        print(json.dumps({"figure": "command_round_trip", "unit": "ms", "p50": times[500], "p99": times[990]}))
        assert len(os.listdir(f"/proc/{pid}/fd")) == theirs


async def test_a_clean_end_leaves_no_process_socket_descriptor_or_task(tmp_path: Path) -> None:
    descriptors, tasks = set(os.listdir("/proc/self/fd")), asyncio.all_tasks()
    async with open_pool(scripted(tmp_path, workers=2)) as (pool, heard):
        await conversation(pool, heard, "call")
        pids = [pool.worker_pid(name) for name in ("w1", "w2")]
    assert asyncio.all_tasks() == tasks
    await eventually(lambda: all(map(gone, pids)), what="workers gone")
    assert not list((tmp_path / "run").glob("*.sock"))
    assert not list((tmp_path / "run").glob("*.journal"))
    assert set(os.listdir("/proc/self/fd")) == descriptors


async def test_the_last_events_are_still_delivered_when_the_pool_closes(tmp_path: Path) -> None:
    pool = LinePool(scripted(tmp_path))
    async with listening(pool) as heard:
        await pool.start()
        await conversation(pool, heard, "call")
        await pool.close()
        await heard.until(LegEnded, leg_id="call.c")
        await heard.until(LegEnded, leg_id="call.a")


async def test_workers_that_cannot_start_are_said_with_where_to_look(tmp_path: Path) -> None:
    pool = LinePool(scripted(tmp_path, station="tests.unit.sip.scripted_station:NoSuchStation"))
    with pytest.raises(WorkerGone, match=r"no line worker started: w1: exited with status 1 .*See the logs"):
        await pool.start()
