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

from sip.commands import (
    AnyCommand,
    ConnectTrunk,
    DisconnectTrunk,
    HangupLeg,
    HangupReason,
    PlaceLeg,
    RejectLeg,
    Shutdown,
)
from sip.errors import LineBusy
from sip.events import (
    AnyEvent,
    CapacityChanged,
    HeldLeg,
    LegEnded,
    LegIncoming,
)
from sip.trunks import Trunk
from sip.worker.connection import EngineConnection
from sip.worker.frames import PROTOCOL, Attach, CaughtUp, Happened, Hello, Refusal, Reply, pack
from sip.worker.health import Health
from sip.worker.journal import Entry, Journal
from sip.worker.ledger import Ledger
from sip.worker.lock import held as lock_held
from sip.worker.orders import Orders
from sip.worker.outbox import Outbox
from sip.worker.server import listening
from sip.worker.settings import WorkerFiles, WorkerSettings
from sip.worker.station import Result, StationFactory

log = structlog.get_logger(__name__)

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
        self._ledger = Ledger()
        self._ends_when_idle = False
        self._idle_since = self._alone_since = time.monotonic()

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
            self._health = Health(self._station, self._capacity.max_legs)
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
        connection = self._connection = EngineConnection(reader, writer, attach, backlog, self._health.beat)
        writer.write(pack(self._hello()))
        self._catch_up(connection)
        try:
            await connection.run(self)
        finally:
            if self._connection is connection:
                self._connection = None
                self._all_told.set()
                self._idle_since = self._alone_since = time.monotonic()

    def _hello(self) -> Hello:
        return Hello(
            protocol=PROTOCOL, worker=self._settings.name, life=self._life, pid=os.getpid(),
            sip_address=self._station.sip_address, capacity=self._capacity,
        )  # fmt: skip

    def _catch_up(self, connection: EngineConnection) -> None:
        """The station answers in step with its events, so what it holds is true behind the last event queued."""
        adopted, self._adopted = self._adopted, True

        def tell(done: Future[tuple[HeldLeg, ...]]) -> None:
            if done.cancelled() or done.exception() is not None:
                log.error("the station does not say what it holds", error=str(done))
                connection.close()  # the engine comes again; told of no legs it would give up those that are up
                return
            trunks, room = dict(self._ledger.legs), self._health.room()
            connection.push(CaughtUp(held=done.result(), trunks=trunks, room=room, adopted=adopted))

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
            case ConnectTrunk(trunk=trunk):
                return self._connect(command, trunk)
            case DisconnectTrunk(name=name):
                self._ledger.disconnect(name)
            case _:
                pass
        return self._station.submit(command)

    def _connect(self, command: ConnectTrunk, trunk: Trunk) -> Future[Result]:
        """A trunk that is connected already is left alone, and its state is told again."""
        if self._ledger.connected(trunk):
            if (state := self._ledger.trunk_state(trunk.name)) is not None:
                self._happened(state)
            return _done()
        self._ledger.connect(trunk)
        future = self._station.submit(command)
        self._if_refused(future, lambda: self._ledger.disconnect(trunk.name))
        return future

    def _place(self, command: PlaceLeg) -> Future[Result]:
        if self._ends_when_idle:
            raise LineBusy("the worker is ending")
        if self._outbox.full:
            raise LineBusy("too many events wait for an acknowledgement, or the journal cannot be written")
        future = self._station.submit(command)
        legs, leg_id = self._ledger.legs, command.leg_id
        if leg_id not in legs:  # otherwise the station refuses it, and the first leg goes on
            legs[leg_id] = command.trunk
            self._if_refused(future, lambda: legs.pop(leg_id, None))
        return future

    def _if_refused(self, future: Future[Result], undo: Callable[[], object]) -> None:
        def look(done: Future[Result]) -> None:
            if done.cancelled() or done.exception() is not None:
                self._from_station(undo)

        future.add_done_callback(look)

    # the station's side

    def _emit(self, event: AnyEvent) -> None:
        """On the SIP thread: hand over the value."""
        self._from_station(self._happened, event)

    def _from_station(self, call: Callable[..., object], *arguments: object) -> None:
        with suppress(RuntimeError):  # the loop has ended: so does the process
            self._loop.call_soon_threadsafe(call, *arguments)

    def _happened(self, event: AnyEvent) -> None:
        if isinstance(event, CapacityChanged):
            if self._connection is not None:
                self._connection.push_capacity(event)
        elif not self._shun(event):
            self._ledger.note(event)
            self._deliver(self._outbox.append(event))

    def _deliver(self, entry: Entry) -> None:
        if self._connection is not None:
            room = self._health.room() if isinstance(entry.event, LegEnded) else None
            self._connection.push(Happened(seq=entry.seq, event=entry.event, room=room))

    def _shun(self, event: AnyEvent) -> bool:
        """Whether the event belongs to a caller who was turned away because the outbox is full."""
        if isinstance(event, LegIncoming) and self._outbox.full:
            self._ledger.shun(event.leg_id)
            self._station.submit(RejectLeg(command_id="", leg_id=event.leg_id, sip_status=_TEMPORARILY_UNAVAILABLE))
        return self._ledger.shunned(event)

    # its own life

    async def _watch(self) -> None:
        """End with nobody to serve: told to when idle, or no engine and no legs for a while."""
        while not self._finished.is_set():
            await asyncio.sleep(min(self._settings.heartbeat_s, self._settings.idle_exit_s))
            now = time.monotonic()
            if self._health.live_legs() > 0:
                self._idle_since = now
                if self._connection is None and now - self._alone_since > self._settings.orphan_s:
                    with suppress(TimeoutError):  # a stuck SIP thread: tried again at the next watch
                        await self._hang_up_orphans()
            elif self._ends_when_idle:
                self._finished.set()
            elif self._connection is None and now - self._idle_since > self._settings.idle_exit_s:
                log.info("no engine and no legs", worker=self._settings.name, at=datetime.now(UTC).isoformat())
                self._finished.set()

    async def _hang_up_orphans(self) -> None:
        """Again at every watch, until the last leg is gone and the worker with it."""
        async with asyncio.timeout(self._settings.heartbeat_s + 1.0):
            held = await asyncio.wrap_future(self._station.held())
        log.warning("hanging up: no engine for too long", worker=self._settings.name, legs=len(held))
        for leg in held:
            self._station.submit(HangupLeg(command_id="", leg_id=leg.leg_id, reason=HangupReason.LONGEST_CALL))


def _done() -> Future[Result]:
    future: Future[Result] = Future()
    future.set_result(None)
    return future
