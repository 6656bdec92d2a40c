"""One worker in this process, spoken to in frames over its real socket."""

from __future__ import annotations

import asyncio
import stat
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from sip.causes import Cause, LegOutcome, Origin
from sip.commands import (
    AnyCommand,
    ConnectTrunk,
    HangupLeg,
    HangupReason,
    PlaceLeg,
    ReadLevels,
    RejectLeg,
    SendDtmf,
    Shutdown,
)
from sip.events import AnyEvent, DtmfReceived, LegAnswered, LegEnded, LegIncoming, TrunkUp
from sip.station import StationSettings
from sip.trunks import Trunk
from sip.worker.frames import (
    PROTOCOL,
    Acknowledge,
    Attach,
    Beat,
    CaughtUp,
    Grant,
    Happened,
    Hello,
    Order,
    Refusal,
    Reply,
    pack,
    read_from_worker,
)
from sip.worker.lock import AlreadyRunning, held, living_pid
from sip.worker.main import Worker
from sip.worker.settings import WorkerFiles, WorkerSettings
from tests.unit.sip.scripted_station import ScriptedStation


class Engine:
    """The other end of the socket, frame by frame."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer
        self.heard: list[Any] = []

    @classmethod
    async def attach(cls, path: Path, *, window: int = 1000, acknowledged: int = 0, heartbeat_s: float = 1.0) -> Engine:
        engine = cls(*await asyncio.open_unix_connection(path))
        engine.say(
            Attach(protocol=PROTOCOL, engine="test", acknowledged=acknowledged, window=window, heartbeat_s=heartbeat_s)
        )
        return engine

    def say(self, frame: Any) -> None:
        self.writer.write(pack(frame))

    def tell(self, command: AnyCommand) -> None:
        self.say(Order(command=command))

    async def until(self, kind: type[Any], within: float = 5.0, fits: Callable[[Any], bool] = lambda _: True) -> Any:
        """The next frame of that kind; None (the end) only when asked for."""
        async with asyncio.timeout(within):
            while True:
                frame = await read_from_worker(self.reader)
                self.heard.append(frame)
                if frame is None and kind is not type(None):
                    raise AssertionError(f"the worker closed before {kind.__name__}; heard {self.heard}")
                if isinstance(frame, kind) and fits(frame):
                    return frame

    async def happened(self, kind: type[AnyEvent], **fields: object) -> Happened:
        def fits(frame: Happened) -> bool:
            event = frame.event
            return isinstance(event, kind) and all(getattr(event, name) == value for name, value in fields.items())

        frame: Happened = await self.until(Happened, fits=fits)
        return frame

    async def beats_on(self, within: float) -> None:
        """Goes on for as long as each beat comes within that time."""
        while True:
            await self.until(Beat, within=within)

    def close(self) -> None:
        self.writer.close()


class Bench:
    def __init__(self, directory: Path, **settings: Any) -> None:
        self.files = WorkerFiles(directory, "w1")
        values = {"heartbeat_s": 0.05, "idle_exit_s": 60.0, **settings}
        self.settings = WorkerSettings(
            name="w1", run_directory=str(directory), station_settings=StationSettings(worker="w1"), **values
        )
        self.station: ScriptedStation

    def factory(self, settings: StationSettings, emit: Any) -> ScriptedStation:
        self.station = ScriptedStation(settings, emit)
        return self.station

    def turned_away(self) -> bool:
        return any(isinstance(command, RejectLeg) for command in self.station.commands)

    async def engine(self, **attach: Any) -> Engine:
        async with asyncio.timeout(5):
            while not self.files.socket.exists():  # noqa: ASYNC110 - the worker tells nobody that it listens
                await asyncio.sleep(0.005)
        return await Engine.attach(self.files.socket, **attach)


@asynccontextmanager
async def working(directory: Path, **settings: Any) -> AsyncIterator[tuple[Bench, asyncio.Task[int]]]:
    bench = Bench(directory, **settings)
    worker = Worker(bench.settings, bench.files, bench.factory)
    task = asyncio.create_task(worker.run(), name="worker")
    try:
        yield bench, task
        if not task.done():
            worker._finished.set()
        async with asyncio.timeout(5):
            assert await task == 0
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def place(leg: str, destination: str = "001", **fields: Any) -> PlaceLeg:
    return PlaceLeg(command_id=f"place-{leg}", leg_id=leg, destination=destination, **fields)


def incoming(leg: str) -> LegIncoming:
    return LegIncoming(worker="w1", at=datetime.now(UTC), leg_id=leg, sip_call_id=leg, from_number="1", to_number="2")


async def test_a_worker_greets_then_says_what_it_holds_then_works(tmp_path: Path) -> None:
    async with working(tmp_path) as (bench, _):
        engine = await bench.engine()
        hello = await engine.until(Hello)
        assert (hello.worker, hello.protocol, hello.capacity.max_legs) == ("w1", PROTOCOL, 4)
        mark = await engine.until(CaughtUp)
        assert (mark.held, mark.adopted, mark.room.free_legs) == ((), False, 4)
        engine.tell(place("leg"))
        assert await engine.until(Reply) == Reply(command_id="place-leg")
        await engine.happened(LegAnswered, leg_id="leg")
        engine.close()


async def test_only_the_owner_can_speak_to_a_worker(tmp_path: Path) -> None:
    async with working(tmp_path) as (bench, _):
        (await bench.engine()).close()
        assert stat.S_IMODE(bench.files.socket.stat().st_mode) == 0o600


async def test_an_engine_of_another_version_is_refused_with_both_versions(tmp_path: Path) -> None:
    async with working(tmp_path) as (bench, _):
        (await bench.engine()).close()
        stranger = Engine(*await asyncio.open_unix_connection(bench.files.socket))
        stranger.say(Attach(protocol=99, engine="new", acknowledged=0, window=1, heartbeat_s=1.0))
        assert f"protocol {PROTOCOL}, the engine 99" in (await stranger.until(Refusal)).reason
        stranger.close()


async def test_a_second_engine_takes_over_with_the_calls_and_the_first_is_told(tmp_path: Path) -> None:
    async with working(tmp_path) as (bench, _):
        first = await bench.engine()
        first.tell(place("leg", trunk=""))
        answered = await first.happened(LegAnswered, leg_id="leg")
        second = await bench.engine()
        assert "taken over" in (await first.until(Refusal)).reason
        await first.until(type(None))
        assert (await second.happened(LegAnswered, leg_id="leg")).seq == answered.seq
        mark = await second.until(CaughtUp)
        assert mark.adopted
        assert [leg.leg_id for leg in mark.held] == ["leg"]
        for engine in (first, second):
            engine.close()


async def test_what_an_engine_did_not_acknowledge_comes_again_before_what_is_held(tmp_path: Path) -> None:
    async with working(tmp_path) as (bench, _):
        first = await bench.engine()
        first.tell(place("leg"))
        answered = await first.happened(LegAnswered, leg_id="leg")
        first.say(Acknowledge(seq=answered.seq))
        first.tell(SendDtmf(command_id="digits", leg_id="leg", digits="12"))
        await first.happened(DtmfReceived, digit="2")
        first.close()
        bench.station.emit(DtmfReceived(worker="w1", at=datetime.now(UTC), leg_id="leg", digit="3"))
        second = await bench.engine()
        await second.until(CaughtUp)
        again = [frame.event for frame in second.heard if isinstance(frame, Happened)]
        assert "".join(event.digit for event in again if isinstance(event, DtmfReceived)) == "123"
        assert len(again) == 3
        second.close()


async def test_events_wait_for_grants_while_replies_and_beats_pass(tmp_path: Path) -> None:
    async with working(tmp_path) as (bench, _):
        engine = await bench.engine(window=3)
        engine.tell(place("leg"))
        await engine.happened(LegAnswered, leg_id="leg")
        engine.tell(SendDtmf(command_id="digits", leg_id="leg", digits="1234"))
        engine.tell(ReadLevels(command_id="levels", leg_id="leg"))
        await engine.until(Reply, fits=lambda reply: reply.command_id == "levels")
        await engine.until(Beat)
        assert not [frame for frame in engine.heard if isinstance(getattr(frame, "event", None), DtmfReceived)]
        engine.say(Grant(events=2))
        await engine.happened(DtmfReceived, digit="2")
        engine.say(Grant(events=2))
        await engine.happened(DtmfReceived, digit="4")
        engine.close()


async def test_the_reply_to_a_command_of_a_lost_connection_is_had_by_asking_again(tmp_path: Path) -> None:
    async with working(tmp_path) as (bench, _):
        first = await bench.engine()
        await first.until(CaughtUp)
        first.tell(place("leg", "019"))
        first.close()
        second = await bench.engine()
        second.tell(place("leg", "019"))
        assert (await second.until(Reply)).error == ""
        assert [type(command) for command in bench.station.commands] == [PlaceLeg]
        second.close()


async def test_a_silent_engine_is_dropped_and_the_calls_go_on(tmp_path: Path) -> None:
    async with working(tmp_path) as (bench, _):
        engine = await bench.engine(heartbeat_s=0.05)
        engine.tell(place("leg"))
        await engine.until(type(None))
        assert "leg" in bench.station.legs


async def test_a_stuck_sip_thread_stops_the_heart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sip.worker.health._SILENCE_S", 0.2)
    async with working(tmp_path) as (bench, _):
        engine = await bench.engine()
        await engine.until(CaughtUp)
        bench.station.block(1.0)
        with pytest.raises(TimeoutError):
            await engine.beats_on(within=0.5)
        engine.close()


async def test_with_too_much_unacknowledged_no_new_call_is_taken_and_none_is_lost(tmp_path: Path) -> None:
    async with working(tmp_path, unacknowledged_limit=5) as (bench, _):
        engine = await bench.engine()
        engine.tell(place("leg"))
        await engine.happened(LegAnswered, leg_id="leg")
        engine.tell(SendDtmf(command_id="digits", leg_id="leg", digits="123"))
        last = await engine.happened(DtmfReceived, digit="3")
        engine.tell(place("more"))
        assert (await engine.until(Reply, fits=lambda reply: reply.command_id == "place-more")).error == "line_busy"
        bench.station.emit(incoming("in"))
        async with asyncio.timeout(5):
            while not bench.turned_away():  # noqa: ASYNC110 - the scripted station tells nobody
                await asyncio.sleep(0.005)
        bench.station.emit(
            LegEnded(
                worker="w1", at=datetime.now(UTC), leg_id="in",
                cause=Cause(origin=Origin.US), outcome=LegOutcome.CONGESTED,
            )
        )  # fmt: skip
        engine.say(Acknowledge(seq=last.seq))
        engine.tell(place("again"))
        await engine.happened(LegAnswered, leg_id="again")
        assert not [frame for frame in engine.heard if getattr(getattr(frame, "event", None), "leg_id", "") == "in"]
        engine.close()


async def test_a_trunk_that_is_connected_already_is_left_alone_and_its_state_told_again(tmp_path: Path) -> None:
    trunk = Trunk(name="carrier", address="127.0.0.1")
    async with working(tmp_path) as (bench, _):
        for number in ("first", "second"):
            engine = await bench.engine()
            await engine.until(CaughtUp)
            engine.tell(ConnectTrunk(command_id=number, trunk=trunk))
            up = await engine.happened(TrunkUp, trunk="carrier")
            engine.say(Acknowledge(seq=up.seq))
            await engine.until(Reply) if not any(isinstance(one, Reply) for one in engine.heard) else None
            engine.close()
        assert len([command for command in bench.station.commands if isinstance(command, ConnectTrunk)]) == 1


async def test_a_trunk_that_was_refused_is_tried_again_when_asked_again(tmp_path: Path) -> None:
    trunk = Trunk(name="refused", address="127.0.0.1")
    async with working(tmp_path) as (bench, _):
        engine = await bench.engine()
        for number in ("first", "second"):
            engine.tell(ConnectTrunk(command_id=number, trunk=trunk))
            reply = await engine.until(Reply)
            assert (reply.command_id, reply.error) == (number, "bad_state")
        engine.close()


async def test_held_legs_are_told_with_the_trunk_they_were_placed_over(tmp_path: Path) -> None:
    async with working(tmp_path) as (bench, _):
        engine = await bench.engine()
        engine.tell(ConnectTrunk(command_id="up", trunk=Trunk(name="carrier", address="127.0.0.1")))
        engine.tell(place("leg", trunk="carrier"))
        await engine.happened(LegAnswered, leg_id="leg")
        again = await bench.engine()
        assert (await again.until(CaughtUp)).trunks == {"leg": "carrier"}
        engine.close()
        again.close()


async def test_nobody_to_serve_ends_the_worker(tmp_path: Path) -> None:
    async with working(tmp_path, idle_exit_s=0.1) as (bench, task):
        engine = await bench.engine()
        engine.tell(place("leg"))
        await engine.happened(LegAnswered, leg_id="leg")
        engine.close()
        done, _ = await asyncio.wait([task], timeout=0.5)
        assert not done, "a worker with a call up must not end"
        bench.station.emit(DtmfReceived(worker="w1", at=datetime.now(UTC), leg_id="leg", digit="1"))
        bench.station._todo.put(lambda: bench.station.end("leg", Origin.REMOTE))
        await asyncio.wait([task], timeout=5)
        assert task.done()
        assert bench.files.journal.exists(), "what nobody acknowledged must outlive the worker"


async def test_a_call_that_nobody_comes_back_for_does_not_stay_up_for_ever(tmp_path: Path) -> None:
    async with working(tmp_path, idle_exit_s=0.1, orphan_s=0.4) as (bench, task):
        engine = await bench.engine()
        engine.tell(place("leg"))
        await engine.happened(LegAnswered, leg_id="leg")
        engine.close()
        await asyncio.wait([task], timeout=5)
        assert task.done()
        [hangup] = {c.reason for c in bench.station.commands if isinstance(c, HangupLeg)}
        assert hangup is HangupReason.LONGEST_CALL


async def test_a_worker_told_to_end_when_idle_lets_its_call_finish(tmp_path: Path) -> None:
    async with working(tmp_path) as (bench, task):
        engine = await bench.engine()
        engine.tell(place("leg"))
        await engine.happened(LegAnswered, leg_id="leg")
        engine.tell(Shutdown(command_id="end", when_idle=True))
        engine.tell(place("more"))
        assert (await engine.until(Reply, fits=lambda reply: reply.command_id == "place-more")).error == "line_busy"
        assert not task.done()
        bench.station._todo.put(lambda: bench.station.end("leg", Origin.REMOTE))
        ended = await engine.happened(LegEnded, leg_id="leg")
        assert ended.room is not None
        engine.say(Acknowledge(seq=ended.seq))
        await engine.until(type(None))
        engine.close()


async def test_a_name_belongs_to_one_process_only(tmp_path: Path) -> None:
    path = tmp_path / "w1.lock"
    assert living_pid(path) is None
    with held(path):
        assert living_pid(path) is not None
        with pytest.raises(AlreadyRunning), held(path, patience_s=0.05):
            pass
    assert living_pid(path) is None
