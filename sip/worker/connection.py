"""The one engine a worker is connected to: what it says comes in, what is due to it goes out in order."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterable
from typing import Protocol

from sip.commands import AnyCommand
from sip.events import CapacityChanged
from sip.worker.frames import (
    Acknowledge,
    Attach,
    Beat,
    CaughtUp,
    FrameError,
    FromWorker,
    Grant,
    Happened,
    Order,
    Reply,
    pack,
    read_from_engine,
)
from sip.worker.pulse import Pulse

_WRITE_LIMIT = 8 << 20  # an engine that reads nothing while replies pile up is as good as gone


class Served(Protocol):
    """What the worker does with an engine's frames."""

    def order(self, command: AnyCommand) -> None: ...
    def acknowledge(self, seq: int) -> None: ...


class EngineConnection:
    """Lives from a good `Attach` until either side closes. Events wait here for the engine's grants."""

    def __init__(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        attach: Attach,
        backlog: Iterable[Happened],
        now_beat: Callable[[], Beat | None],
    ) -> None:
        self.engine = attach.engine
        self._reader = reader
        self._writer = writer
        self._credit = attach.window
        self._pulse = Pulse(attach.heartbeat_s)
        self._pending: deque[Happened | CaughtUp] = deque(backlog)
        self._capacity: CapacityChanged | None = None
        self._due = asyncio.Event()
        self._now_beat = now_beat
        self._due.set()

    def push(self, item: Happened | CaughtUp) -> None:
        self._pending.append(item)
        self._due.set()

    def push_capacity(self, event: CapacityChanged) -> None:
        """Only the newest is kept: it is state, not history."""
        self._capacity = event
        self._due.set()

    def send(self, frame: FromWorker) -> None:
        """At once, past the events that wait for grants."""
        if self._writer.transport.get_write_buffer_size() > _WRITE_LIMIT:
            self.close()
        else:
            self._writer.write(pack(frame))

    def answer(self, reply: Reply) -> None:
        self.send(reply)

    def close(self) -> None:
        self._writer.close()

    async def run(self, served: Served) -> None:
        """Until the engine goes, falls silent or breaks the protocol (`FrameError`)."""
        ends = [
            asyncio.create_task(part, name=f"engine-{self.engine}-{name}")
            for name, part in (
                ("in", self._receive(served)),
                ("out", self._send()),
                ("beat", self._beat()),
                ("pulse", self._pulse.until_silent()),
            )
        ]
        try:
            done, _ = await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._writer.close()  # before anything is awaited: a cancellation may arrive in the middle of this
            for task in ends:
                task.cancel()
            await asyncio.gather(*ends, return_exceptions=True)
        for task in done:
            if not task.cancelled() and isinstance(error := task.exception(), FrameError):
                raise error

    async def _receive(self, served: Served) -> None:
        while True:
            frame = await read_from_engine(self._reader)
            self._pulse.heard()
            match frame:
                case Order(command=command):
                    served.order(command)
                case Acknowledge(seq=seq):
                    served.acknowledge(seq)
                case Grant(events=events):
                    self._credit += events
                    self._due.set()
                case Beat():
                    pass
                case Attach():
                    raise FrameError("a second Attach on one connection")
                case None:
                    return

    async def _send(self) -> None:
        while True:
            await self._due.wait()
            self._due.clear()
            self._send_due()
            await self._writer.drain()

    def _send_due(self) -> None:
        while self._pending and (self._credit > 0 or isinstance(self._pending[0], CaughtUp)):
            item = self._pending.popleft()
            self._credit -= isinstance(item, Happened)
            self._writer.write(pack(item))
        if self._capacity is not None and not self._pending and self._credit > 0:
            self._credit -= 1
            self._writer.write(pack(Happened(seq=0, event=self._capacity)))
            self._capacity = None

    async def _beat(self) -> None:
        while True:
            if (beat := self._now_beat()) is not None:
                self.send(beat)
            await asyncio.sleep(self._pulse.heartbeat_s)
