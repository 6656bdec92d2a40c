"""Lines, carriers and phones in one process and in whatever time the event loop keeps: the telephony port without SIP.

It outlives the engine as real workers do: `cut` is the engine's sudden death, `start` again its return.
"""

from __future__ import annotations

import asyncio
import math
import re
import wave
from collections import deque
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

from dialer.clock import Clock, SystemClock
from dialer.twin.parties import Fate, answers, busy, congested, declines, rings_on, unknown
from sip.causes import Cause, LegOutcome, Origin
from sip.commands import HangupReason, PlaceLeg
from sip.errors import (
    BadDestination,
    BadState,
    LineBusy,
    MediaFailed,
    RateLimited,
    TelephonyError,
    UnknownLeg,
    UnknownTrunk,
    WorkerGone,
)
from sip.events import (
    AnyEvent,
    CapacityChanged,
    Delivered,
    DtmfReceived,
    HeldLeg,
    LegAnswered,
    LegEnded,
    LegIncoming,
    LegPlaced,
    LegRinging,
    LegsBridged,
    LegStatistics,
    LegsUnbridged,
    Levels,
    PlaybackFinished,
    RecordingStarted,
    RecordingStopped,
    TrunkDown,
    TrunkUp,
    WorkerCapacity,
    WorkerLost,
    WorkerReady,
)
from sip.incoming import new_leg_id
from sip.rate import TokenBucket
from sip.telephony import Line, LineCapacity
from sip.trunks import Trunk

_DIGITS = re.compile(r"\+?[0-9]{2,20}")


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
class FakeTrunk:
    trunk: Trunk
    bucket: TokenBucket
    up: bool = True
    admitted: int = 0
    legs: set[str] = field(default_factory=set)

    @property
    def room(self) -> bool:
        return self.admitted + len(self.legs) < self.trunk.lines


@dataclass
class FakeRecording:
    recording_id: str
    worker: str
    customer_leg: str
    agent_leg: str
    directory: Path
    started_at: float


class FakeTelephony:
    def __init__(self, clock: Clock, *, workers: int = 1, max_legs: int = 64) -> None:
        self._clock = clock
        self._workers = {f"w{n}": FakeWorker(f"w{n}", max_legs) for n in range(1, workers + 1)}
        self._legs: dict[str, FakeLeg] = {}
        self._ended: set[str] = set()
        self._lines: dict[str, tuple[str, int]] = {}
        self._claims: dict[str, str] = {}  # leg -> line that has taken it in
        self._trunks: dict[str, FakeTrunk] = {}
        self._recordings: dict[str, FakeRecording] = {}
        self._playbacks: dict[str, tuple[str, asyncio.TimerHandle | None]] = {}
        self._inbox: deque[Delivered] = deque()
        self._arrived = asyncio.Event()
        self._attached = False
        self._closed = False
        self._started_before = False
        self._held_replies: dict[str, list[asyncio.Event]] = {}
        self._faults: dict[str, list[TelephonyError | None]] = {}
        self.customers: dict[str, Fate] = {}
        self.everybody: Fate = rings_on()
        self.phones: dict[str, Fate] = {}
        self.every_phone: Fate = answers(0.1)
        self.trunk_fates: dict[str, Fate] = {}
        self.trunk_refusals: dict[str, int] = {}  # registration is answered with this status
        self.placed: list[PlaceLeg] = []
        self.hangups: list[tuple[str, HangupReason]] = []
        self.played: list[tuple[str, str]] = []  # leg, path

    # the test's hand
    def lose_reply(self, command: str, times: int = 1) -> None:
        """The command is carried out; its reply never comes."""
        self._faults.setdefault(command, []).extend([None] * times)

    def refuse(self, command: str, error: TelephonyError, times: int = 1) -> None:
        self._faults.setdefault(command, []).extend([error] * times)

    def customer_hangs_up(self, leg_id: str) -> None:
        self._end(self._legs[leg_id], _answered_or(self._legs[leg_id]), Cause(origin=Origin.REMOTE, sip_status=200))

    def customer_presses(self, leg_id: str, digits: str) -> None:
        leg = self._legs[leg_id]
        for digit in digits:
            self._tell(leg.worker, DtmfReceived(worker=leg.worker, at=self._clock.now(), leg_id=leg_id, digit=digit))

    def somebody_calls(
        self, caller: str = "+8613900000000", called: str = "100", *, trunk: str = "", worker: str = "",
        waits: float = 30.0, headers: Mapping[str, str] | None = None,
    ) -> str:  # fmt: skip
        """An incoming call on that worker, else on the one with most room; over an inbound trunk it rings by itself."""
        up = [one for one in self._workers.values() if one.up and worker in ("", one.name)]
        chosen = max(up, key=self._free)
        leg = FakeLeg(
            new_leg_id(int(self._clock.now().timestamp() * 1000)), chosen.name, "in@fake", trunk=trunk,
            direction="inbound", state="ringing" if trunk else "placing",
        )  # fmt: skip
        self._legs[leg.leg_id] = leg
        if trunk:
            self._trunks[trunk].legs.add(leg.leg_id)
        self._tell(
            chosen.name,
            LegIncoming(
                worker=chosen.name, at=self._clock.now(), leg_id=leg.leg_id, sip_call_id=leg.sip_call_id,
                from_number=caller, to_number=called, trunk=trunk, headers=dict(headers or {}),
            ),
        )  # fmt: skip
        self._in(leg, waits, lambda: self._caller_gives_up(leg))
        return leg.leg_id

    def _caller_gives_up(self, leg: FakeLeg) -> None:
        if leg.state != "answered":
            self._end(leg, LegOutcome.NO_ANSWER, Cause(origin=Origin.REMOTE, sip_status=487))

    def answer_now(self, leg_id: str) -> None:
        self._answer(self._legs[leg_id])

    def kill_worker(self, name: str, *, back_after: float = 0.5) -> None:
        worker = self._workers[name]
        worker.up = False
        lost = tuple(leg.leg_id for leg in self._legs.values() if leg.worker == name)
        for leg_id in lost:
            self._forget(self._legs[leg_id])
        self._recordings = {key: rec for key, rec in self._recordings.items() if rec.worker != name}
        self._lines = {key: line for key, line in self._lines.items() if line[0] != name}
        self._tell(name, WorkerLost(worker=name, at=self._clock.now(), legs=lost, reason="killed"))
        self._loop.call_later(back_after, self._revive, worker)

    def cut(self) -> None:
        """The engine is killed: reservations and replies die with it, calls do not."""
        self._attached = False
        self._inbox.clear()
        self._lines.clear()
        for trunk in self._trunks.values():
            trunk.admitted = 0

    def trunk_goes_down(self, name: str, status: int = 503) -> None:
        self._trunks[name].up = False
        worker = next(iter(self._workers))
        self._tell(worker, TrunkDown(worker=worker, at=self._clock.now(), trunk=name, sip_status=status, reason="lost"))

    def trunk_comes_up(self, name: str) -> None:
        self._trunks[name].up = True
        worker = next(iter(self._workers))
        self._tell(worker, TrunkUp(worker=worker, at=self._clock.now(), trunk=name))

    def legs(self) -> dict[str, FakeLeg]:
        return dict(self._legs)

    def reserved(self) -> int:
        return len(self._lines)

    def unacknowledged(self) -> int:
        return sum(len(worker.unacknowledged) for worker in self._workers.values())

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

    def admit(self, trunks: Sequence[str]) -> str:
        now = self._clock.monotonic()
        up = [self._trunks[name] for name in trunks if name in self._trunks and self._trunks[name].up]
        if not up:
            raise UnknownTrunk(f"none of {', '.join(trunks)} is up")
        for trunk in up:
            if trunk.room and trunk.bucket.take(now):
                trunk.admitted += 1
                return trunk.trunk.name
        raise RateLimited("every trunk is at its limit")

    def give_back(self, trunk: str) -> None:
        self._trunks[trunk].admitted = max(0, self._trunks[trunk].admitted - 1)

    def next_admission_s(self, trunks: Sequence[str]) -> float:
        now = self._clock.monotonic()
        up = (self._trunks[name] for name in trunks if name in self._trunks and self._trunks[name].up)
        return min((trunk.bucket.wait_s(now) for trunk in up), default=math.inf)

    def slots_taken(self) -> int:
        return sum(trunk.admitted + len(trunk.legs) for trunk in self._trunks.values())

    # legs
    async def place(self, worker: str, order: PlaceLeg) -> None:
        if worker not in self._workers or not self._workers[worker].up:
            raise WorkerGone(f"there is no worker {worker}")
        if order.leg_id in self._legs or order.leg_id in self._ended:
            return
        self._check_destination(order)
        await self._reply("place", lambda: self._place(worker, order))

    async def ring(self, leg_id: str, *, early_media_file: str = "") -> None:
        self._leg(leg_id).state = "ringing"

    async def answer(self, leg_id: str, *, send_media: bool = True) -> None:
        self._answer(self._leg(leg_id))

    async def reject(self, leg_id: str, sip_status: int, *, q850: int | None = None) -> None:
        cause = Cause(origin=Origin.US, sip_status=sip_status, q850=q850)
        self._end(self._leg(leg_id), LegOutcome.CANCELLED, cause)

    async def hang_up(self, leg_id: str, reason: HangupReason = HangupReason.NORMAL) -> None:
        leg = self._leg(leg_id)
        self.hangups.append((leg_id, reason))
        await self._reply("hang_up", lambda: self._end(leg, _answered_or(leg), Cause(origin=Origin.US)))

    async def bridge(self, leg_id: str, other_leg_id: str) -> None:
        leg, other = self._leg(leg_id), self._leg(other_leg_id)
        if leg.state != "answered" or other.state != "answered":
            raise BadState("both legs must be answered")
        if leg.worker != other.worker:
            raise BadState("both legs must be on one worker")
        await self._reply("bridge", lambda: self._bridge(leg, other))

    async def unbridge(self, leg_id: str, other_leg_id: str) -> None:
        self._part(self._leg(leg_id))

    # sound
    async def start_recording(self, recording_id: str, *, customer_leg: str, agent_leg: str, directory: str) -> None:
        leg = self._leg(customer_leg)
        self._leg(agent_leg)
        recording = FakeRecording(
            recording_id, leg.worker, customer_leg, agent_leg, Path(directory), self._clock.monotonic()
        )

        def start() -> None:
            self._recordings[recording_id] = recording
            leg.recording_id = recording_id
            self._tell(
                leg.worker,
                RecordingStarted(
                    worker=leg.worker, at=self._clock.now(), recording_id=recording_id, customer_leg=customer_leg,
                    agent_leg=agent_leg,
                ),
            )  # fmt: skip

        await self._reply("start_recording", start)

    async def pause_recording(self, recording_id: str) -> None:
        self._recording(recording_id)

    async def resume_recording(self, recording_id: str) -> None:
        self._recording(recording_id)

    async def stop_recording(self, recording_id: str) -> None:
        recording = self._recording(recording_id)
        await self._reply("stop_recording", lambda: self._stop_recording(recording))

    async def play(self, playback_id: str, leg_id: str, path: str, *, loop: bool = False) -> None:
        leg = self._leg(leg_id)
        try:
            with wave.open(path) as file:
                duration = file.getnframes() / file.getframerate()
        except (OSError, wave.Error) as error:
            raise MediaFailed(f"{path}: {error}") from error

        def start() -> None:
            self.played.append((leg_id, path))
            timer = None if loop else self._loop.call_later(duration, self._played, playback_id, True)
            self._playbacks[playback_id] = (leg.leg_id, timer)

        await self._reply("play", start)

    async def stop_playing(self, playback_id: str) -> None:
        self._played(playback_id, False)

    async def send_dtmf(self, leg_id: str, digits: str) -> None:
        self._leg(leg_id)

    async def levels(self, leg_id: str) -> Levels:
        self._leg(leg_id)
        return Levels(received=0.1, sent=0.1)

    async def statistics(self, leg_id: str) -> LegStatistics:
        self._leg(leg_id)
        return LegStatistics(codec="PCMA")

    async def connect_trunk(self, trunk: Trunk) -> None:
        self._trunks[trunk.name] = FakeTrunk(trunk, TokenBucket(trunk.calls_per_second))
        for leg in self._legs.values():
            if leg.trunk == trunk.name:
                self._trunks[trunk.name].legs.add(leg.leg_id)
        if status := self.trunk_refusals.get(trunk.name):
            self.trunk_goes_down(trunk.name, status)
        else:
            self.trunk_comes_up(trunk.name)

    async def disconnect_trunk(self, name: str) -> None:
        self._trunks.pop(name, None)

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

    def _check_destination(self, order: PlaceLeg) -> None:
        if order.trunk and order.trunk not in self._trunks:
            raise UnknownTrunk(order.trunk)
        if order.trunk and not _DIGITS.fullmatch(order.destination):
            raise BadDestination(order.destination)

    def _place(self, worker: str, order: PlaceLeg) -> None:
        if order.leg_id in self._legs:
            return
        leg = FakeLeg(order.leg_id, worker, order.sip_call_id, trunk=order.trunk, destination=order.destination)
        self._legs[order.leg_id] = leg
        self.placed.append(order)
        if order.trunk:
            self._trunks[order.trunk].legs.add(order.leg_id)
            self.give_back(order.trunk)
        self._tell(
            worker,
            LegPlaced(
                worker=worker, at=self._clock.now(), leg_id=leg.leg_id, sip_call_id=order.sip_call_id, trunk=order.trunk
            ),
        )
        self._live_through(leg, order, self._fate(order))

    def _fate(self, order: PlaceLeg) -> Fate:
        if order.trunk in self.trunk_fates:
            return self.trunk_fates[order.trunk]
        if order.destination in self.customers:
            return self.customers[order.destination]
        if order.auto_answer or not order.trunk:
            return self.phones.get(order.destination, self.every_phone)
        return self.everybody

    def _live_through(self, leg: FakeLeg, order: PlaceLeg, fate: Fate) -> None:
        self._in(leg, fate.rings_after, lambda: self._ring(leg))
        self._in(leg, fate.answers_after, lambda: self._answer(leg, fate.talks))
        if fate.status:
            cause = Cause(origin=Origin.REMOTE, sip_status=fate.status, q850=fate.q850)
            self._in(leg, fate.refuses_after, lambda: self._end(leg, fate.outcome, cause))
        elif fate.rings_after is None and fate.answers_after is None:
            silence = Cause(origin=Origin.NO_PROGRESS)
            self._in(leg, order.no_progress_s, lambda: self._end(leg, LegOutcome.CONGESTED, silence))
        self._in(leg, order.ring_time_s, lambda: self._ring_time_over(leg))

    def _in(self, leg: FakeLeg, seconds: float | None, happens: Callable[[], object]) -> None:
        if seconds is not None:
            leg.timers.append(self._loop.call_later(seconds, happens))

    def _ring(self, leg: FakeLeg) -> None:
        if leg.state == "placing":
            leg.state = "ringing"
            self._tell(
                leg.worker, LegRinging(worker=leg.worker, at=self._clock.now(), leg_id=leg.leg_id, sip_status=180)
            )

    def _answer(self, leg: FakeLeg, talks: float | None = None) -> None:
        leg.state = "answered"
        self._tell(leg.worker, LegAnswered(worker=leg.worker, at=self._clock.now(), leg_id=leg.leg_id))
        if talks is not None:
            bye = Cause(origin=Origin.REMOTE, sip_status=200, q850=16)
            self._in(leg, talks, lambda: self._end(leg, LegOutcome.ANSWERED, bye))

    def _ring_time_over(self, leg: FakeLeg) -> None:
        if leg.state in ("placing", "ringing"):
            self._end(leg, LegOutcome.NO_ANSWER, Cause(origin=Origin.RING_TIMEOUT, sip_status=487))

    def _bridge(self, leg: FakeLeg, other: FakeLeg) -> None:
        leg.bridged_to, other.bridged_to = other.leg_id, leg.leg_id
        now = self._clock.now()
        self._tell(leg.worker, LegsBridged(worker=leg.worker, at=now, leg_id=leg.leg_id, other_leg_id=other.leg_id))

    def _part(self, leg: FakeLeg) -> None:
        if leg.bridged_to is None:
            return
        other_id, leg.bridged_to = leg.bridged_to, None
        if other := self._legs.get(other_id):
            other.bridged_to = None
        now = self._clock.now()
        self._tell(leg.worker, LegsUnbridged(worker=leg.worker, at=now, leg_id=leg.leg_id, other_leg_id=other_id))

    def _end(self, leg: FakeLeg, outcome: LegOutcome, cause: Cause) -> None:
        if leg.leg_id not in self._legs:
            return
        for playback_id, (leg_id, _) in tuple(self._playbacks.items()):
            if leg_id == leg.leg_id:
                self._played(playback_id, False)
        for recording in tuple(self._recordings.values()):
            if recording.customer_leg == leg.leg_id:
                self._stop_recording(recording)
        self._part(leg)
        self._forget(leg)
        statistics = LegStatistics(codec="PCMA", mos=4.3) if outcome is LegOutcome.ANSWERED else None
        self._tell(
            leg.worker,
            LegEnded(
                worker=leg.worker, at=self._clock.now(), leg_id=leg.leg_id, cause=cause, outcome=outcome,
                statistics=statistics,
            ),
        )  # fmt: skip
        free = max(self._free(self._workers[leg.worker]), 0)
        self._tell(
            leg.worker, CapacityChanged(worker=leg.worker, at=self._clock.now(), free_legs=free, draining_legs=0)
        )

    def _forget(self, leg: FakeLeg) -> None:
        for timer in leg.timers:
            timer.cancel()
        leg.state = "ended"
        self._legs.pop(leg.leg_id, None)
        self._ended.add(leg.leg_id)
        for trunk in self._trunks.values():
            trunk.legs.discard(leg.leg_id)

    def _stop_recording(self, recording: FakeRecording) -> None:
        if self._recordings.pop(recording.recording_id, None) is None:
            return
        seconds = self._clock.monotonic() - recording.started_at
        files = [recording.directory / f"{recording.recording_id}.{side}.wav" for side in ("customer", "agent")]
        if recording.directory.is_dir():
            for path in files:
                _write_silence(path)
        self._tell(
            recording.worker,
            RecordingStopped(
                worker=recording.worker, at=self._clock.now(), recording_id=recording.recording_id,
                customer_file=str(files[0]), agent_file=str(files[1]), wall_clock_s=seconds,
            ),
        )  # fmt: skip

    def _played(self, playback_id: str, completed: bool) -> None:
        leg_id, timer = self._playbacks.pop(playback_id, ("", None))
        leg = self._legs.get(leg_id)
        if timer is not None:
            timer.cancel()
        if leg is not None:
            self._tell(
                leg.worker,
                PlaybackFinished(
                    worker=leg.worker, at=self._clock.now(), leg_id=leg_id, playback_id=playback_id, completed=completed
                ),
            )

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

    def _recording(self, recording_id: str) -> FakeRecording:
        if recording_id not in self._recordings:
            raise UnknownLeg(f"recording {recording_id} is not there")
        return self._recordings[recording_id]

    def _free(self, worker: FakeWorker) -> int:
        lines = {line_id: legs for line_id, (name, legs) in self._lines.items() if name == worker.name}
        loose = [
            leg_id
            for leg_id, leg in self._legs.items()
            if leg.worker == worker.name
            and self._claims.get(leg_id) not in lines
            and not any(leg_id == line_id or leg_id.startswith(f"{line_id}.") for line_id in lines)
        ]
        return worker.max_legs - sum(lines.values()) - len(loose)


def _capacity(worker: FakeWorker) -> WorkerCapacity:
    return WorkerCapacity(max_legs=worker.max_legs, pjsip_version="fake", codecs=("PCMA",), digest_ok=True)


def _answered_or(leg: FakeLeg) -> LegOutcome:
    return LegOutcome.ANSWERED if leg.state == "answered" else LegOutcome.CANCELLED


def _write_silence(path: Path) -> None:
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, 8000, 0, "NONE", ""))
        file.writeframes(bytes(1600))


class FakeFarEnd:
    """The people of the telephony contract suite."""

    _FATES: ClassVar[Mapping[str, Fate]] = {
        "answers": answers(0.05),
        "rings_on": rings_on(after=0.01),
        "busy": busy(),
        "unknown": unknown(),
        "declines": declines(after=0.05),
        "congested": congested(),
    }

    def __init__(self, telephony: FakeTelephony) -> None:
        self._telephony = telephony
        for digit, (party, fate) in enumerate(self._FATES.items()):
            telephony.customers[f"+8613800{digit}"] = fate
            telephony.customers[f"sip:{party}@far.end"] = fate

    def number(self, party: str) -> str:
        return f"+8613800{list(self._FATES).index(party)}"

    def address(self, party: str) -> str:
        return f"sip:{party}@far.end"

    def trunk(self, name: str) -> Trunk:
        return Trunk(name=name, address="far.end", lines=2, calls_per_second=2.0)

    async def hang_up(self, leg_id: str) -> None:
        self._telephony.customer_hangs_up(leg_id)

    async def press(self, leg_id: str, digits: str) -> None:
        self._telephony.customer_presses(leg_id, digits)

    async def call_in(self, *, trunk: str = "") -> None:
        self._telephony.somebody_calls(trunk=trunk)


@dataclass(frozen=True)
class FakeLine:
    telephony: FakeTelephony
    far_end: FakeFarEnd
    kill_worker: Callable[[str], None]


@asynccontextmanager
async def contract_line() -> AsyncIterator[FakeLine]:
    telephony = FakeTelephony(SystemClock(), workers=1, max_legs=4)
    await telephony.start()
    yield FakeLine(telephony, FakeFarEnd(telephony), telephony.kill_worker)
    await telephony.close()
