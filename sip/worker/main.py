"""A line worker: the process around a station, which outlives the engine that started it."""

from __future__ import annotations

import asyncio
import os
import secrets
import signal
import time
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import ExitStack, suppress
from datetime import UTC, datetime
from pathlib import Path

import structlog

from sip.commands import AnyCommand, ConnectTrunk, DisconnectTrunk, PlaceLeg, RejectLeg, Shutdown
from sip.errors import LineBusy
from sip.events import (
    AnyEvent,
    CapacityChanged,
    HeldLeg,
    LegEnded,
    LegEvent,
    LegIncoming,
    TrunkDown,
    TrunkUp,
)
from sip.trunks import Trunk
from sip.worker.connection import EngineConnection
from sip.worker.frames import PROTOCOL, Attach, Beat, CaughtUp, Happened, Hello, Refusal, Reply, Room, pack
from sip.worker.journal import Entry, Journal
from sip.worker.lock import held as lock_held
from sip.worker.orders import Orders
from sip.worker.outbox import Outbox
from sip.worker.server import listening
from sip.worker.settings import WorkerFiles, WorkerSettings
from sip.worker.station import Result, StationFactory

log = structlog.get_logger(__name__)

_STATION_SILENCE_S = 10.0  # a SIP thread that answers nothing for so long is stuck, and all its calls with it
_FAREWELL_S = 0.5
_TEMPORARILY_UNAVAILABLE = 503


def run(settings: WorkerSettings, factory: StationFactory) -> int:
    """Run one worker to its end; returns the exit status. The caller ends the process with `os._exit`.

    Raises `AlreadyRunning` when the name is taken.
    """
    files = WorkerFiles(Path(settings.run_directory), settings.name)
    with lock_held(files.lock):
        return asyncio.run(Worker(settings, files, factory).run())


class Worker:
    """Everything here runs on the event loop; the station calls in from its own thread through `_emit` only."""

    def __init__(self, settings: WorkerSettings, files: WorkerFiles, factory: StationFactory) -> None:
        self._settings = settings
        self._files = files
        self._station = factory(settings.station_settings, self._emit)
        self._life = secrets.token_hex(8)
        self._connection: EngineConnection | None = None
        self._adopted = False
        self._legs: dict[str, str] = {}  # leg -> trunk it was placed over
        self._shunned: set[str] = set()
        self._trunks: dict[str, Trunk] = {}
        self._trunk_states: dict[str, TrunkUp | TrunkDown] = {}
        self._ends_when_idle = False
        self._idle_since = time.monotonic()
        self._probe: tuple[float, Future[tuple[HeldLeg, ...]]] | None = None

    async def run(self) -> int:
        self._loop = asyncio.get_running_loop()
        self._finished = asyncio.Event()
        self._all_told = asyncio.Event()
        self._orders = Orders(self._carry_out, self._answer, remember=self._settings.remembered_commands)
        with ExitStack() as stack:
            journal = Journal(self._files.journal)
            limit = self._settings.unacknowledged_limit
            self._outbox = Outbox(journal, started_us=time.time_ns() // 1000, limit=limit)
            stack.callback(self._outbox.close)
            for number in (signal.SIGTERM, signal.SIGINT):
                self._loop.add_signal_handler(number, self._finished.set)
            self._capacity = await asyncio.to_thread(self._station.start)
            await self._work()
        return 0

    async def _work(self) -> None:
        log.info("worker started", worker=self._settings.name, pid=os.getpid(), sip=self._station.sip_address)
        async with listening(self._files.socket, self._serve):
            watch = asyncio.create_task(self._watch(), name="watch")
            await self._finished.wait()
            watch.cancel()
            await asyncio.gather(watch, return_exceptions=True)
            await self._stop_station()
            await self._farewell()
        log.info("worker ended", worker=self._settings.name, unacknowledged=len(self._outbox))

    async def _stop_station(self) -> None:
        try:
            await asyncio.to_thread(self._station.stop)
        except TimeoutError:
            log.error("the SIP thread did not stop in time", worker=self._settings.name)

    async def _farewell(self) -> None:
        """Give an engine that is there the time to take and acknowledge the last events."""
        await asyncio.sleep(0)
        if self._connection is None or not len(self._outbox):
            return
        self._all_told.clear()
        with suppress(TimeoutError):
            async with asyncio.timeout(_FAREWELL_S):
                await self._all_told.wait()

    # the engine's side

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, attach: Attach) -> None:
        if self._connection is not None:
            log.warning("another engine takes over", engine=attach.engine, before=self._connection.engine)
            self._connection.send(Refusal(protocol=PROTOCOL, reason=f"taken over by engine {attach.engine}"))
            self._connection.close()
        self._outbox.acknowledge(attach.acknowledged)
        backlog = [Happened(seq=entry.seq, event=entry.event) for entry in self._outbox.after(attach.acknowledged)]
        connection = self._connection = EngineConnection(reader, writer, attach, backlog, self._beat)
        writer.write(pack(self._hello()))
        self._catch_up(connection)
        try:
            await connection.run(self)
        finally:
            if self._connection is connection:
                self._connection = None
                self._all_told.set()
                self._idle_since = time.monotonic()

    def _hello(self) -> Hello:
        return Hello(
            protocol=PROTOCOL, worker=self._settings.name, life=self._life, pid=os.getpid(),
            sip_address=self._station.sip_address, capacity=self._capacity,
        )  # fmt: skip

    def _catch_up(self, connection: EngineConnection) -> None:
        """The station answers in step with its events, so what it holds is true behind the last event queued."""
        adopted, self._adopted = self._adopted, True

        def tell(done: Future[tuple[HeldLeg, ...]]) -> None:
            held = done.result() if not done.cancelled() and done.exception() is None else ()
            connection.push(CaughtUp(held=held, trunks=dict(self._legs), room=self._room(), adopted=adopted))

        self._station.held().add_done_callback(lambda done: self._from_station(tell, done))

    def order(self, command: AnyCommand) -> None:
        self._orders.take(command)

    def acknowledge(self, seq: int) -> None:
        self._outbox.acknowledge(seq)
        if not len(self._outbox):
            self._all_told.set()

    def _answer(self, reply: Reply) -> None:
        if self._connection is not None:
            self._connection.answer(reply)

    def _carry_out(self, command: AnyCommand) -> Future[Result]:
        match command:
            case Shutdown(when_idle=when_idle):
                self._ends_when_idle = True
                if not when_idle:
                    self._loop.call_later(0.01, self._finished.set)
                return _done()
            case PlaceLeg():
                return self._place(command)
            case ConnectTrunk(trunk=trunk) if self._trunks.get(trunk.name) == trunk:
                self._repeat_trunk_state(trunk.name)
                return _done()
            case ConnectTrunk(trunk=trunk):
                self._trunks[trunk.name] = trunk
                self._trunk_states.pop(trunk.name, None)
            case DisconnectTrunk(name=name):
                self._trunks.pop(name, None)
                self._trunk_states.pop(name, None)
            case _:
                pass
        return self._station.submit(command)

    def _place(self, command: PlaceLeg) -> Future[Result]:
        if self._ends_when_idle:
            raise LineBusy("the worker is ending")
        if self._outbox.full:
            raise LineBusy("too many events wait for an acknowledgement, or the journal cannot be written")
        future = self._station.submit(command)
        if command.leg_id not in self._legs:  # otherwise the station refuses it, and the first leg goes on
            self._legs[command.leg_id] = command.trunk
            future.add_done_callback(lambda done: self._from_station(self._placed, command.leg_id, done))
        return future

    def _placed(self, leg_id: str, done: Future[Result]) -> None:
        if done.cancelled() or done.exception() is not None:
            self._legs.pop(leg_id, None)

    def _repeat_trunk_state(self, name: str) -> None:
        if (state := self._trunk_states.get(name)) is not None:
            self._happened(state)

    # the station's side

    def _emit(self, event: AnyEvent) -> None:
        """On the SIP thread: hand over the value."""
        self._from_station(self._happened, event)

    def _from_station(self, call: Callable[..., None], *arguments: object) -> None:
        with suppress(RuntimeError):  # the loop has ended: so does the process
            self._loop.call_soon_threadsafe(call, *arguments)

    def _happened(self, event: AnyEvent) -> None:
        if isinstance(event, CapacityChanged):
            if self._connection is not None:
                self._connection.push_capacity(event)
        elif not self._shun(event):
            self._note(event)
            self._deliver(self._outbox.append(event))

    def _deliver(self, entry: Entry) -> None:
        if self._connection is not None:
            room = self._room() if isinstance(entry.event, LegEnded) else None
            self._connection.push(Happened(seq=entry.seq, event=entry.event, room=room))

    def _shun(self, event: AnyEvent) -> bool:
        """Whether the event belongs to a caller who was turned away because the outbox is full."""
        if isinstance(event, LegIncoming) and self._outbox.full:
            self._shunned.add(event.leg_id)
            self._station.submit(RejectLeg(command_id="", leg_id=event.leg_id, sip_status=_TEMPORARILY_UNAVAILABLE))
        if not isinstance(event, LegEvent) or event.leg_id not in self._shunned:
            return False
        if isinstance(event, LegEnded):
            self._shunned.discard(event.leg_id)
        return True

    def _note(self, event: AnyEvent) -> None:
        match event:
            case LegEnded(leg_id=leg_id):
                self._legs.pop(leg_id, None)
            case TrunkUp(trunk=trunk) | TrunkDown(trunk=trunk):
                self._trunk_states[trunk] = event
            case _:
                pass

    # its own life

    def _room(self) -> Room:
        free, draining = self._station.room()
        return Room(free_legs=free, draining_legs=draining)

    def _live_legs(self) -> int:
        room = self._room()
        return self._capacity.max_legs - room.free_legs - room.draining_legs

    def _beat(self) -> Beat | None:
        """None when the SIP thread is stuck: the engine then does what is to be done with a dead worker."""
        if self._probe is not None and self._probe[1].done():
            self._probe = None
        if self._probe is None:
            self._probe = (time.monotonic(), self._station.held())
        if time.monotonic() - self._probe[0] > _STATION_SILENCE_S:
            log.error("the SIP thread does not answer", seconds=_STATION_SILENCE_S)
            return None
        return Beat(room=self._room())

    async def _watch(self) -> None:
        """End with nobody to serve: told to when idle, or no engine and no legs for a while."""
        while not self._finished.is_set():
            await asyncio.sleep(min(self._settings.heartbeat_s, self._settings.idle_exit_s))
            now = time.monotonic()
            if self._live_legs() > 0:
                self._idle_since = now
            elif self._ends_when_idle:
                self._finished.set()
            elif self._connection is None and now - self._idle_since > self._settings.idle_exit_s:
                log.info("no engine and no legs", worker=self._settings.name, at=datetime.now(UTC).isoformat())
                self._finished.set()


def _done() -> Future[Result]:
    future: Future[Result] = Future()
    future.set_result(None)
    return future
