"""Line workers without SIP: their room, their events and what they still hold when the engine comes back."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable, Collection
from dataclasses import dataclass, field
from pathlib import Path

from dialer.clock import Clock
from sip.errors import LineBusy, TelephonyError, UnknownLeg
from sip.events import AnyEvent, Delivered, HeldLeg, WorkerCapacity, WorkerLost, WorkerReady
from sip.telephony import Line, LineCapacity


@dataclass
class FakeLeg:
    leg_id: str
    worker: str
    sip_call_id: str
    trunk: str = ""
    direction: str = "outbound"
    state: str = "placing"
    destination: str = ""
    bridged_to: str | None = None
    recording_id: str | None = None
    timers: list[asyncio.TimerHandle] = field(default_factory=list)


@dataclass
class FakeWorker:
    name: str
    max_legs: int
    seq: int = 0
    up: bool = True
    unacknowledged: list[Delivered] = field(default_factory=list)


@dataclass
class FakeRecording:
    recording_id: str
    worker: str
    customer_leg: str
    agent_leg: str
    directory: Path
    started_at: float


class Switch:
    """Workers with their legs, and the inbox of the engine."""

    def __init__(self, clock: Clock, *, workers: int = 1, max_legs: int = 64) -> None:
        self._clock = clock
        self._workers = {f"w{n}": FakeWorker(f"w{n}", max_legs) for n in range(1, workers + 1)}
        self._legs: dict[str, FakeLeg] = {}
        self._lines: dict[str, tuple[str, int]] = {}
        self._claims: dict[str, str] = {}  # leg -> line that has taken it in
        self._recordings: dict[str, FakeRecording] = {}
        self._inbox: deque[Delivered] = deque()
        self._arrived = asyncio.Event()
        self._attached = False
        self._closed = False
        self._started_before = False
        self._faults: dict[str, list[TelephonyError | None]] = {}

    # life
    async def start(self) -> None:
        self._attached, self._closed = True, False
        self._inbox.clear()
        for worker in self._workers.values():
            if worker.up:
                self._inbox.append(self._ready(worker, adopted=self._started_before))
                self._inbox.extend(worker.unacknowledged)
        self._started_before = True
        self._arrived.set()

    async def close(self, *, leave_calls: bool = False) -> None:
        if not leave_calls:
            for leg in tuple(self._legs.values()):
                self._forget(leg)
            self._recordings.clear()
            self._started_before = False
        self._attached = False
        self._closed = True
        self._lines.clear()
        self._arrived.set()

    async def events(self) -> AsyncIterator[Delivered]:
        while True:
            while self._inbox:
                yield self._inbox.popleft()
            if self._closed:
                return
            self._arrived.clear()
            await self._arrived.wait()

    def acknowledge(self, worker: str, seq: int) -> None:
        held = self._workers[worker]
        held.unacknowledged = [delivered for delivered in held.unacknowledged if delivered.seq > seq]

    # room
    def capacity(self) -> LineCapacity:
        up = [worker for worker in self._workers.values() if worker.up]
        return LineCapacity(
            total=sum(worker.max_legs // 2 for worker in up),
            free=sum(max(self._free(worker), 0) // 2 for worker in up),
            workers=len(up),
            max_legs_per_worker=max((worker.max_legs for worker in up), default=0),
        )

    def workers(self) -> dict[str, WorkerCapacity]:
        return {worker.name: _capacity(worker) for worker in self._workers.values() if worker.up}

    def reserve(self, line_id: str, *, beside: str | None = None, legs: int = 2) -> Line:
        if line_id in self._lines:
            return Line(line_id=line_id, worker=self._lines[line_id][0])
        up = [worker for worker in self._workers.values() if worker.up]
        worker = self._workers[self._leg(beside).worker] if beside else max(up, key=self._free, default=None)
        there = 1 if beside and legs > 1 and beside not in self._claims else 0  # the leg that is up already
        if worker is None or self._free(worker) + there < legs:
            raise LineBusy("no worker has room")
        self._lines[line_id] = (worker.name, legs)
        if beside and there:
            self._claims[beside] = line_id
        return Line(line_id=line_id, worker=worker.name)

    def release(self, line_id: str) -> None:
        self._lines.pop(line_id, None)

    def reserved(self) -> int:
        return len(self._lines)

    def unacknowledged(self) -> int:
        return sum(len(worker.unacknowledged) for worker in self._workers.values())

    def legs(self) -> dict[str, FakeLeg]:
        return dict(self._legs)

    # what happens inside
    @property
    def _loop(self) -> asyncio.AbstractEventLoop:
        return asyncio.get_running_loop()

    async def _reply(self, command: str, effect: Callable[[], None]) -> None:
        """As a real worker: a turn of the loop passes before anything happens."""
        await asyncio.sleep(0.001)
        fault = self._faults.get(command)
        if not fault:
            effect()
            return
        error = fault.pop(0)
        if error is not None:
            raise error
        effect()
        await asyncio.Event().wait()

    def _in(self, leg: FakeLeg, seconds: float | None, happens: Callable[[], object]) -> None:
        if seconds is not None:
            leg.timers.append(self._loop.call_later(seconds, happens))

    def _forget(self, leg: FakeLeg) -> None:
        for timer in leg.timers:
            timer.cancel()
        leg.state = "ended"
        self._legs.pop(leg.leg_id, None)

    def _revive(self, worker: FakeWorker) -> None:
        worker.up, worker.seq = True, 0
        worker.unacknowledged.clear()
        if self._attached:
            self._inbox.append(self._ready(worker, adopted=False))
            self._arrived.set()

    def _ready(self, worker: FakeWorker, *, adopted: bool) -> Delivered:
        held = tuple(
            HeldLeg(
                leg_id=leg.leg_id, direction=leg.direction, state=leg.state, sip_call_id=leg.sip_call_id,
                bridged_to=leg.bridged_to, recording_id=leg.recording_id,
            )
            for leg in self._legs.values()
            if leg.worker == worker.name
        )  # fmt: skip
        event = WorkerReady(
            worker=worker.name, at=self._clock.now(), pid=1, capacity=_capacity(worker), adopted=adopted,
            held=held if adopted else (),
        )  # fmt: skip
        return Delivered(worker=worker.name, seq=0, event=event)

    def _tell(self, name: str, event: AnyEvent) -> None:
        worker = self._workers[name]
        if isinstance(event, WorkerLost):
            delivered = Delivered(worker=name, seq=0, event=event)
        else:
            worker.seq += 1
            delivered = Delivered(worker=name, seq=worker.seq, event=event)
            worker.unacknowledged.append(delivered)
        if self._attached:
            self._inbox.append(delivered)
            self._arrived.set()

    def _leg(self, leg_id: str) -> FakeLeg:
        leg = self._legs.get(leg_id)
        if leg is None:
            raise UnknownLeg(f"leg {leg_id} is not there")
        return leg

    def _free(self, worker: FakeWorker) -> int:
        lines = {line_id: legs for line_id, (name, legs) in self._lines.items() if name == worker.name}
        loose = sum(
            leg.worker == worker.name and self._claims.get(leg_id) not in lines and not _inside(leg_id, lines)
            for leg_id, leg in self._legs.items()
        )
        return worker.max_legs - sum(lines.values()) - loose


def _inside(leg_id: str, lines: Collection[str]) -> bool:
    """Whether the leg, or what its name begins with, is one of the lines."""
    while leg_id not in lines:
        leg_id, dot, _ = leg_id.rpartition(".")
        if not dot:
            return False
    return True


def _capacity(worker: FakeWorker) -> WorkerCapacity:
    return WorkerCapacity(max_legs=worker.max_legs, pjsip_version="fake", codecs=("PCMA",), digest_ok=True)
