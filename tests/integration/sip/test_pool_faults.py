"""What dies while calls are up, and what must not."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
import time
import wave
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from sip.errors import UnknownLeg, WorkerGone
from sip.events import (
    CapacityChanged,
    DtmfReceived,
    LegAnswered,
    LegEnded,
    LegsBridged,
    LegsUnbridged,
    RecordingStopped,
    WorkerLost,
    WorkerReady,
)
from sip.pool import LinePool, PoolSettings
from tests.integration.sip.floor import Listener, eventually, gone, listening, open_pool, order, scripted
from tests.integration.sip.floor import no_worker_stays as no_worker_stays
from tests.integration.sip.parties import Parties, parties

pytestmark = pytest.mark.chaos

RESTART_S = 2.0


def real(directory: Path, **settings: Any) -> PoolSettings:
    values: dict[str, Any] = {"workers": 1, "rtp_port_from": 30000, "rtp_port_to": 33999, "idle_exit_s": 5.0}
    return PoolSettings(run_directory=directory / "run", **{**values, **settings})


async def conversation(pool: LinePool, heard: Listener, name: str, customer: str, agent: str) -> str:
    """Both up and bridged; returns the worker."""
    line = pool.reserve(name)
    for leg, address in ((f"{name}.c", customer), (f"{name}.a", agent)):
        await pool.place(line.worker, order(leg, address))
        await heard.until(LegAnswered, leg_id=leg)
    await pool.bridge(f"{name}.c", f"{name}.a")
    await heard.until(LegsBridged, leg_id=f"{name}.c")
    return line.worker


async def still_sends(pool: LinePool, leg_id: str) -> None:
    """Sound goes both ways on that leg, now."""
    before = await pool.statistics(leg_id)
    async with asyncio.timeout(5):
        while True:
            now = await pool.statistics(leg_id)
            if min(now.packets_sent - before.packets_sent, now.packets_received - before.packets_received) > 10:
                return
            await asyncio.sleep(0.05)


def print_figure(name: str, seconds: float) -> None:
    print(json.dumps({"figure": name, "value": round(seconds, 3), "unit": "s", "goal": RESTART_S}))


# a worker dies


@pytest.mark.sip
async def test_a_killed_worker_takes_its_own_call_with_it_and_is_back_while_others_talk_on(tmp_path: Path) -> None:
    async with parties(tmp_path, workers=2) as far, open_pool(real(tmp_path, workers=2)) as (pool, heard):
        doomed = await conversation(pool, heard, "doomed", far.address("01"), far.address("11"))
        other = await conversation(pool, heard, "other", far.address("01", "far2"), far.address("11", "far2"))
        assert doomed != other
        killed_at = time.monotonic()
        os.kill(pool.worker_pid(doomed), signal.SIGKILL)
        lost = await heard.until(WorkerLost, worker=doomed)
        assert lost.legs == ("doomed.a", "doomed.c")
        assert "SIGKILL" in lost.reason
        await heard.until(WorkerReady, worker=doomed, count=2)
        print_figure("worker_back_after_kill", time.monotonic() - killed_at)
        assert not heard.all(WorkerLost, worker=other)
        await still_sends(pool, "other.c")
        with pytest.raises(UnknownLeg):
            await pool.hang_up("doomed.c")
        pool.release("doomed")
        await eventually(lambda: pool.capacity().free == 1, what="the line is free again")
        assert await_free_line(pool) == doomed


def await_free_line(pool: LinePool) -> str:
    return pool.reserve("next").worker


async def test_what_a_killed_worker_had_journaled_arrives_before_its_loss_and_only_once(tmp_path: Path) -> None:
    settings = scripted(tmp_path, event_window=20)
    pool = LinePool(settings)
    await pool.start()
    try:
        await pool.place("w1", order("leg", "001"))
        for _ in range(20):
            await pool.send_dtmf("leg", "0123456789")
        os.kill(pool.worker_pid("w1"), signal.SIGKILL)
        async with listening(pool, acknowledges=False) as heard:
            await heard.until(WorkerReady, count=2)
            assert "".join(event.digit for event in heard.all(DtmfReceived)) == "0123456789" * 20
            story = heard.delivered[: heard.events.index(heard.all(WorkerLost)[0])]
            assert sum(isinstance(one.event, DtmfReceived) for one in story) == 200
            assert heard.all(WorkerLost)[0].legs == ("leg",)
            numbers = [delivered.seq for delivered in heard.delivered if delivered.seq]
            await pool.place("w1", order("after", "001"))
            await heard.until(LegAnswered, leg_id="after")
            later = [delivered.seq for delivered in heard.delivered if delivered.seq][len(numbers) :]
            assert min(later) > max(numbers)
            assert numbers == sorted(set(numbers))
    finally:
        await pool.close()


async def test_a_command_under_way_when_the_worker_dies_is_answered_at_once(tmp_path: Path) -> None:
    async with open_pool(scripted(tmp_path, command_timeout_s=60.0)) as (pool, heard):
        placing = asyncio.create_task(pool.place("w1", order("leg", "009")))
        await asyncio.sleep(0.1)
        os.kill(pool.worker_pid("w1"), signal.SIGKILL)
        async with asyncio.timeout(5):
            with pytest.raises(WorkerGone):
                await placing
        await heard.until(WorkerReady, count=2)


async def test_a_worker_that_hangs_is_killed_and_replaced(tmp_path: Path) -> None:
    async with open_pool(scripted(tmp_path, heartbeat_s=0.1)) as (pool, heard):
        pid = pool.worker_pid("w1")
        os.kill(pid, signal.SIGSTOP)
        lost = await heard.until(WorkerLost)
        assert "no heartbeat" in lost.reason
        await heard.until(WorkerReady, count=2)
        assert gone(pid)
        assert pool.worker_pid("w1") != pid


async def test_a_worker_that_keeps_dying_is_started_less_and_less_often_and_said_so(tmp_path: Path) -> None:
    async with open_pool(scripted(tmp_path)) as (pool, heard):
        for death in range(1, 6):
            await heard.until(WorkerReady, count=death)
            await eventually(lambda: "w1" in pool.workers(), what="worker is ready")
            os.kill(pool.worker_pid("w1"), signal.SIGKILL)
            lost = await heard.until(WorkerLost, count=death)
            assert ("5 deaths within 30 s" in lost.reason) == (death == 5)
        with pytest.raises(WorkerGone):
            pool.worker_address("w1")
        await heard.until(WorkerReady, count=6)


# the owner dies


@asynccontextmanager
async def owner_with_a_call(directory: Path, far: Parties) -> AsyncIterator[tuple[asyncio.subprocess.Process, Any]]:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "tests.integration.sip.owner", str(directory), far.address("01"), far.address("11")),
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        assert process.stdout is not None
        async with asyncio.timeout(20):
            line = await process.stdout.readline()
        yield process, json.loads(line)
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


@pytest.mark.sip
async def test_a_conversation_outlives_the_engine_and_the_next_one_takes_it_over(tmp_path: Path) -> None:
    async with parties(tmp_path) as far, owner_with_a_call(tmp_path, far) as (owner, said):
        owner.kill()
        await owner.wait()
        customer = far.legs[next(call for call in far.legs if call.startswith("call.c"))]
        await still_sends(far.pool, customer)
        await far.pool.send_dtmf(customer, "42")
        async with open_pool(real(tmp_path)) as (pool, heard):
            ready = await heard.until(WorkerReady)
            assert (ready.adopted, ready.pid) == (True, said["pid"])
            held = {leg.leg_id: leg for leg in ready.held}
            assert set(held) == {"call.c", "call.a"}
            assert held["call.c"].bridged_to == "call.a"
            digits = [await heard.until(DtmfReceived, digit=digit) for digit in "42"]
            assert [digit.leg_id for digit in digits] == ["call.c", "call.c"]
            await pool.unbridge("call.c", "call.a")
            await heard.until(LegsUnbridged)
            await pool.bridge("call.c", "call.a")
            await heard.until(LegsBridged, leg_id="call.c")
            await still_sends(pool, "call.c")
            await pool.stop_recording("rec")
            stopped = await heard.until(RecordingStopped, recording_id="rec")
            assert samples(stopped.customer_file) > 0
            for leg in ("call.c", "call.a"):
                await pool.hang_up(leg)
                await heard.until(LegEnded, leg_id=leg)
            numbers = [delivered.seq for delivered in heard.delivered if delivered.seq]
            again = [seq for seq in numbers if seq in said["heard"]]
            assert again == [seq for seq in said["heard"] if seq > said["acknowledged"]]
            assert numbers == sorted(set(numbers))
            first_ready = next(at for at, one in enumerate(heard.delivered) if isinstance(one.event, WorkerReady))
            assert {one.seq for one in heard.delivered[:first_ready]} >= set(again)


def samples(path: str) -> int:
    with wave.open(path) as file:
        return file.getnframes()


async def test_detaching_leaves_the_calls_and_the_next_pool_finds_them(tmp_path: Path) -> None:
    settings = scripted(tmp_path)
    first = LinePool(settings)
    async with listening(first) as heard:
        await first.start()
        await first.place("w1", order("leg", "001"))
        await heard.until(LegAnswered, leg_id="leg")
        pid = first.worker_pid("w1")
        await first.close(leave_calls=True)
    async with open_pool(settings) as (pool, heard):
        ready = await heard.until(WorkerReady)
        assert (ready.pid, ready.adopted, [leg.leg_id for leg in ready.held]) == (pid, True, ["leg"])
        assert not heard.all(LegAnswered), "it was acknowledged"
        assert pool.capacity().free == 1
        line = pool.reserve("line", beside="leg")
        assert line.worker == "w1"
        assert pool.capacity().free == 0
        await pool.hang_up("leg")
        await heard.until(LegEnded, leg_id="leg")


async def test_a_worker_left_without_an_engine_ends_by_itself_and_what_it_said_last_is_kept(tmp_path: Path) -> None:
    settings = scripted(tmp_path, idle_exit_s=0.2)
    first = LinePool(settings)
    async with listening(first, acknowledges=False) as heard:
        await first.start()
        await first.place("w1", order("leg", "003"))
        await heard.until(LegEnded, leg_id="leg")
        pid = first.worker_pid("w1")
        await first.close(leave_calls=True)
    await eventually(lambda: gone(pid), what="the idle worker is gone")
    async with open_pool(settings) as (_, heard):
        ready = await heard.until(WorkerReady)
        assert (ready.adopted, ready.held) == (False, ())
        assert len(heard.all(LegEnded, leg_id="leg")) == 1


async def test_a_new_engine_takes_over_and_the_old_one_stops_touching_the_worker(tmp_path: Path) -> None:
    settings = scripted(tmp_path)
    old = LinePool(settings)
    async with listening(old) as old_heard:
        await old.start()
        await old.place("w1", order("leg", "001"))
        await old_heard.until(LegAnswered, leg_id="leg")
        async with open_pool(settings) as (pool, heard):
            ready = await heard.until(WorkerReady)
            assert [leg.leg_id for leg in ready.held] == ["leg"]
            lost = await old_heard.until(WorkerLost)
            assert "taken over" in lost.reason
            with pytest.raises(UnknownLeg):
                await old.hang_up("leg")
            await old.close()
            await pool.hang_up("leg")
            await heard.until(LegEnded, leg_id="leg")


async def test_an_engine_that_was_stopped_for_a_while_kills_nobody_and_goes_on(tmp_path: Path) -> None:
    async with open_pool(scripted(tmp_path, heartbeat_s=0.1)) as (pool, heard):
        await pool.place("w1", order("leg", "001"))
        await heard.until(LegAnswered, leg_id="leg")
        pid = pool.worker_pid("w1")
        time.sleep(1.5)  # noqa: ASYNC251 - the whole loop stands still: that is the story
        again = await heard.until(WorkerReady, count=2)
        assert (again.adopted, again.pid, [leg.leg_id for leg in again.held]) == (True, pid, ["leg"])
        assert not heard.all(WorkerLost)
        await pool.send_dtmf("leg", "5")
        await heard.until(DtmfReceived)
        assert len(heard.all(LegAnswered)) == 1


async def test_a_pool_starts_although_nobody_takes_the_many_events_it_is_told(tmp_path: Path) -> None:
    settings = scripted(tmp_path, event_window=20)
    first = LinePool(settings)
    async with listening(first, acknowledges=False) as heard:
        await first.start()
        await first.place("w1", order("leg", "001"))
        await heard.until(LegAnswered, leg_id="leg")
        for _ in range(10):
            await first.send_dtmf("leg", "0123456789")
        await heard.until(DtmfReceived, count=100)
        await first.close(leave_calls=True)
    second = LinePool(settings)
    async with asyncio.timeout(10):
        await second.start()
    assert second.capacity().workers == 0, "not before the past is known"
    async with listening(second) as heard:
        await heard.until(WorkerReady)
        assert len(heard.all(DtmfReceived)) == 100
        await eventually(lambda: second.capacity().workers == 1, what="the worker takes calls")
        await second.close()


async def test_a_worker_of_another_version_keeps_its_calls(tmp_path: Path) -> None:
    run = tmp_path / "run"
    run.mkdir()
    stranger = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.integration.sip.stranger", str(run), stdout=asyncio.subprocess.PIPE
    )
    try:
        assert stranger.stdout is not None
        await stranger.stdout.readline()
        pool = LinePool(scripted(tmp_path))
        with pytest.raises(WorkerGone, match="speaks protocol 99"):
            await pool.start()
        assert not gone(stranger.pid)
    finally:
        stranger.kill()
        await stranger.wait()


async def test_a_leftover_worker_that_is_not_wanted_any_more_ends_after_its_call(tmp_path: Path) -> None:
    first = LinePool(scripted(tmp_path, workers=2))
    async with listening(first) as heard:
        await first.start()
        await first.place("w2", order("leg", "001"))
        await heard.until(LegAnswered, leg_id="leg")
        pid = first.worker_pid("w2")
        await first.close(leave_calls=True)
    async with open_pool(scripted(tmp_path, workers=1)) as (pool, heard):
        await heard.until(WorkerReady, worker="w2", adopted=True)
        assert pool.capacity().workers == 1
        await pool.hang_up("leg")
        await heard.until(LegEnded, leg_id="leg")
        await eventually(lambda: gone(pid), what="the leftover is gone")
        await heard.until(WorkerLost, worker="w2")


async def test_a_stale_socket_and_a_torn_journal_of_a_dead_worker_do_no_harm(tmp_path: Path) -> None:
    run = tmp_path / "run"
    run.mkdir()
    (run / "w1.sock").write_bytes(b"")
    (run / "w1.lock").write_text("1\n")
    (run / "w1.journal").write_bytes(b"\x00\x00\x00\xffgarbage")
    async with open_pool(scripted(tmp_path)) as (pool, heard):
        await pool.place("w1", order("leg", "001"))
        await heard.until(LegAnswered, leg_id="leg")
        await pool.hang_up("leg")
        await heard.until(CapacityChanged, free_legs=4)
