"""A station without SIP: legs behave by the last digits of the number that is dialled.

...1 rings and is answered, ...2 rings on, ...3 is busy, ...9 is accepted only after 1 s; anything else is no number.
DTMF sent to a leg is heard from it again, and a `X-Drain` header holds the leg's slot for so many seconds.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from datetime import UTC, datetime
from queue import Empty, SimpleQueue

from sip.causes import Cause, LegOutcome, Origin
from sip.commands import (
    AnswerLeg,
    AnyCommand,
    BridgeLegs,
    ConnectTrunk,
    HangupLeg,
    PlaceLeg,
    PlayFile,
    ReadLevels,
    ReadStatistics,
    RejectLeg,
    SendDtmf,
    StartRecording,
    StopPlaying,
    StopRecording,
    UnbridgeLegs,
)
from sip.errors import BadDestination, BadState, LineBusy, TelephonyError, UnknownLeg, UnknownTrunk
from sip.events import (
    AnyEvent,
    CapacityChanged,
    DtmfReceived,
    HeldLeg,
    LegAnswered,
    LegEnded,
    LegPlaced,
    LegRinging,
    LegsBridged,
    LegStatistics,
    LegsUnbridged,
    Levels,
    PlaybackFinished,
    RecordingStarted,
    RecordingStopped,
    TrunkUp,
    WorkerCapacity,
)
from sip.station import StationSettings
from sip.worker.station import Emit, Result


class ScriptedStation:
    def __init__(self, settings: StationSettings, emit: Emit) -> None:
        self.settings = settings
        self.worker = settings.worker
        self.max_legs = settings.max_legs_limit or 4
        self.commands: list[AnyCommand] = []
        self.legs: dict[str, HeldLeg] = {}
        self.trunks: set[str] = set()
        self.playing: dict[str, str] = {}
        self.recordings: dict[str, tuple[str, str]] = {}
        self.drains: dict[str, float] = {}
        self.draining = 0
        self.sip_address = "127.0.0.1:5099"
        self._emit_event = emit
        self._todo: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        self._later: list[tuple[float, Callable[[], None]]] = []
        self._thread = threading.Thread(target=self._run, name="scripted-sip", daemon=True)

    # the seam

    def start(self) -> WorkerCapacity:
        self._thread.start()
        return WorkerCapacity(max_legs=self.max_legs, pjsip_version="scripted", codecs=("PCMA",), digest_ok=True)

    def stop(self) -> None:
        self._todo.put(lambda: [self.end(leg, Origin.US) for leg in list(self.legs)] and None)
        self._todo.put(None)
        self._thread.join(3)

    def submit(self, command: AnyCommand) -> Future[Result]:
        future: Future[Result] = Future()
        self._todo.put(lambda: self._carry_out(command, future))
        return future

    def held(self) -> Future[tuple[HeldLeg, ...]]:
        future: Future[tuple[HeldLeg, ...]] = Future()
        self._todo.put(lambda: future.set_result(tuple(self.legs.values())))
        return future

    def room(self) -> tuple[int, int]:
        return self.max_legs - len(self.legs) - self.draining, self.draining

    # what tests do to it

    def emit(self, event: AnyEvent) -> None:
        """As if it had happened on the SIP thread."""
        self._todo.put(lambda: self._emit_event(event))

    def block(self, seconds: float) -> None:
        self._todo.put(lambda: time.sleep(seconds))

    # the SIP thread

    def _run(self) -> None:
        while True:
            try:
                job = self._todo.get(timeout=0.005)
            except Empty:
                job = _nothing
            if job is None:
                return
            job()
            now = time.monotonic()
            due = [later for at, later in self._later if at <= now]
            self._later = [(at, later) for at, later in self._later if at > now]
            for later in due:
                later()

    def _carry_out(self, command: AnyCommand, future: Future[Result]) -> None:
        self.commands.append(command)
        try:
            future.set_result(self._do(command))
        except TelephonyError as error:
            future.set_exception(error)

    def _do(self, command: AnyCommand) -> Result:
        match command:
            case PlaceLeg():
                self._place(command)
            case HangupLeg(leg_id=leg):
                self._known(leg)
                self.end(leg, Origin.US)
            case RejectLeg(leg_id=leg):
                self.end(leg, Origin.US)
            case AnswerLeg(leg_id=leg):
                self._known(leg)
                self._answered(leg)
            case BridgeLegs(leg_id=leg, other_leg_id=other):
                if {self._known(leg).state, self._known(other).state} != {"answered"}:
                    raise BadState("both legs must be answered")
                self._bridge(leg, other)
            case UnbridgeLegs(leg_id=leg, other_leg_id=other):
                self._change(self._known(leg), bridged_to=None)
                self._change(self._known(other), bridged_to=None)
                self._say(LegsUnbridged, leg_id=leg, other_leg_id=other)
            case SendDtmf(leg_id=leg, digits=digits):
                self._known(leg)
                for digit in digits:
                    self._say(DtmfReceived, leg_id=leg, digit=digit, duration_ms=160)
            case ReadLevels(leg_id=leg):
                self._known(leg)
                return Levels(received=0.25, sent=0.5)
            case ReadStatistics(leg_id=leg):
                self._known(leg)
                return LegStatistics(codec="PCMA", packets_sent=50)
            case ConnectTrunk(trunk=trunk) if trunk.name == "refused":
                raise BadState("the ninth account")
            case ConnectTrunk(trunk=trunk):
                self.trunks.add(trunk.name)
                self._say(TrunkUp, trunk=trunk.name)
            case StartRecording(recording_id=recording, customer_leg=customer, agent_leg=agent):
                self.recordings[recording] = (customer, agent)
                self._change(self._known(customer), recording_id=recording)
                self._say(RecordingStarted, recording_id=recording, customer_leg=customer, agent_leg=agent)
            case StopRecording(recording_id=recording):
                self.recordings.pop(recording)
                self._say(RecordingStopped, recording_id=recording, customer_file="c", agent_file="a", wall_clock_s=1.0)
            case PlayFile(playback_id=playback, leg_id=leg):
                self.playing[playback] = leg
            case StopPlaying(playback_id=playback):
                leg = self.playing.pop(playback)
                self._say(PlaybackFinished, playback_id=playback, leg_id=leg, completed=False)
            case _:
                pass
        return None

    def _place(self, order: PlaceLeg) -> None:
        if sum(self.room()) <= 0 or self.room()[0] <= 0:
            raise LineBusy("no free call slot")
        if order.trunk and order.trunk not in self.trunks:
            raise UnknownTrunk(order.trunk)
        last = order.destination[-1:]
        if not last.isdigit():
            raise BadDestination(order.destination)
        if last == "9":
            time.sleep(1)
        leg = order.leg_id
        self.legs[leg] = HeldLeg(leg_id=leg, direction="outbound", state="placing", sip_call_id=order.sip_call_id)
        self.drains[leg] = float(order.headers.get("X-Drain", "0"))
        self._say(LegPlaced, leg_id=leg, sip_call_id=order.sip_call_id, trunk=order.trunk)
        self._soon(lambda: self._rings(leg, last), 0.01)

    def _rings(self, leg: str, last: str) -> None:
        if leg not in self.legs:
            return
        if last == "3":
            self.end(leg, Origin.REMOTE, sip_status=486, outcome=LegOutcome.BUSY)
        elif last in "12":
            self._change(self.legs[leg], state="ringing")
            self._say(LegRinging, leg_id=leg, sip_status=180)
            if last == "1":
                self._soon(lambda: self._answered(leg), 0.01)
        else:
            self.end(leg, Origin.REMOTE, sip_status=404, outcome=LegOutcome.INVALID_NUMBER)

    def _answered(self, leg: str) -> None:
        if leg in self.legs:
            self._change(self.legs[leg], state="answered")
            self._say(LegAnswered, leg_id=leg)

    def _bridge(self, leg: str, other: str) -> None:
        self._change(self.legs[leg], bridged_to=other)
        self._change(self.legs[other], bridged_to=leg)
        self._say(LegsBridged, leg_id=leg, other_leg_id=other)

    def end(self, leg: str, origin: Origin, *, sip_status: int = 0, outcome: LegOutcome = LegOutcome.ANSWERED) -> None:
        if self.legs.pop(leg, None) is None:
            return
        if (seconds := self.drains.pop(leg, 0.0)) > 0:
            self.draining += 1
            self._soon(self._drained, seconds)
        self._say(LegEnded, leg_id=leg, cause=Cause(origin=origin, sip_status=sip_status), outcome=outcome)
        self._tell_room()

    def _drained(self) -> None:
        self.draining -= 1
        self._tell_room()

    def _tell_room(self) -> None:
        free, draining = self.room()
        self._say(CapacityChanged, free_legs=free, draining_legs=draining)

    def _known(self, leg: str) -> HeldLeg:
        if leg not in self.legs:
            raise UnknownLeg(leg)
        return self.legs[leg]

    def _change(self, leg: HeldLeg, **changes: object) -> None:
        fields = {name: getattr(leg, name) for name in leg.__struct_fields__}
        self.legs[leg.leg_id] = HeldLeg(**{**fields, **changes})

    def _say(self, kind: type[AnyEvent], **fields: object) -> None:
        self._emit_event(kind(worker=self.worker, at=datetime.now(UTC), **fields))

    def _soon(self, job: Callable[[], None], seconds: float) -> None:
        self._later.append((time.monotonic() + seconds, job))


def _nothing() -> None:
    pass
