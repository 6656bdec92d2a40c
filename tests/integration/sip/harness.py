"""A `Station` in a child process (pjsua2 allows one endpoint per process), told over a pipe."""

from __future__ import annotations

import contextlib
import itertools
import multiprocessing
import os
import threading
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from queue import SimpleQueue
from typing import Any, TypeVar

from sip.commands import AnswerLeg, AnyCommand, HangupLeg, PlaceLeg, PlayFile, RingLeg
from sip.errors import TelephonyError
from sip.events import AnyEvent, Event, LegAnswered, LegEnded, LegIncoming, WorkerCapacity
from sip.station import StationSettings

E = TypeVar("E", bound=Event)
DEADLINE_S = 8.0

_numbers = itertools.count()


def fresh(prefix: str = "id") -> str:
    return f"{prefix}-{os.getpid()}-{next(_numbers)}"


class StationProcess:
    """Commands are carried out in the child; everything it emitted so far is in `events`."""

    def __init__(self, settings: StationSettings, prepare: Callable[[Any], None] | None = None) -> None:
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs, settings, prepare), daemon=True)
        self._process.start()
        theirs.close()
        self._changed = threading.Condition()
        self.events: list[AnyEvent] = []
        self._replies: dict[int, tuple[bool, Any]] = {}
        self._asked = itertools.count(1)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        self.capacity: WorkerCapacity
        self.capacity, self.address = self._ask("start")

    @property
    def pid(self) -> int:
        assert self._process.pid is not None
        return self._process.pid

    @property
    def alive(self) -> bool:
        return self._process.is_alive()

    def do(self, command: AnyCommand) -> Any:
        return self._ask("do", command)

    def run(self, function: Callable[..., Any], *args: Any) -> Any:
        """Call `function(station, *args)` on the child's SIP thread."""
        return self._ask("run", function, *args)

    def room(self) -> tuple[int, int]:
        return self._ask("room")

    def held(self) -> Any:
        return self._ask("held")

    def wait(self, kind: type[E], *, since: int = 0, within: float = DEADLINE_S, **fields: Any) -> E:
        """The first event of `kind` with these field values from `since` (an index into `events`) on."""
        deadline = time.monotonic() + within
        with self._changed:
            while True:
                for event in self.events[since:]:
                    if type(event) is kind and all(getattr(event, key) == want for key, want in fields.items()):
                        return event
                left = deadline - time.monotonic()
                if left <= 0:
                    raise AssertionError(f"no {kind.__name__} {fields} within {within} s in {self.events[since:]}")
                self._changed.wait(left)

    def all(self, kind: type[E], **fields: Any) -> list[E]:
        with self._changed:
            return [
                event
                for event in self.events
                if type(event) is kind and all(getattr(event, key) == want for key, want in fields.items())
            ]

    def until(self, condition: Callable[[], bool], within: float = DEADLINE_S) -> None:
        deadline = time.monotonic() + within
        while not condition():
            assert time.monotonic() < deadline, "the condition did not come true in time"
            time.sleep(0.01)

    def stop(self) -> None:
        with contextlib.suppress(OSError):
            self._pipe.send((0, "stop", ()))
        self._process.join(4)
        if self._process.is_alive():
            self._process.kill()
            self._process.join(2)

    def _ask(self, what: str, *args: Any) -> Any:
        number = next(self._asked)
        self._pipe.send((number, what, args))
        deadline = time.monotonic() + 12
        with self._changed:
            while number not in self._replies:
                left = deadline - time.monotonic()
                assert left > 0, f"no answer to {what} {args}"
                assert self._process.is_alive() or number in self._replies, "the station's process died"
                self._changed.wait(min(left, 0.2))
            worked, value = self._replies.pop(number)
        if not worked:
            raise value
        return value

    def _read(self) -> None:
        while True:
            try:
                number, worked, value = self._pipe.recv()
            except (EOFError, OSError):
                return
            with self._changed:
                if number == 0:
                    self.events.append(value)
                else:
                    self._replies[number] = (worked, value)
                self._changed.notify_all()


def _serve(pipe: Connection, settings: StationSettings, prepare: Callable[[Any], None] | None) -> None:
    from sip.pjsua.station import Station

    outgoing: SimpleQueue[tuple[int, bool, Any]] = SimpleQueue()
    threading.Thread(target=_send, args=(pipe, outgoing), daemon=True).start()
    station = Station(settings, lambda event: outgoing.put((0, True, event)))
    if prepare:
        prepare(station)
    while True:
        try:
            number, what, args = pipe.recv()
        except EOFError:
            break
        if what == "stop":
            break
        try:
            outgoing.put((number, True, _carry_out(station, what, args)))
        except Exception as error:  # noqa: BLE001
            outgoing.put((number, False, error))
    station.stop()
    os._exit(0)


def _carry_out(station: Any, what: str, args: tuple[Any, ...]) -> Any:
    match what:
        case "start":
            return station.start(), station.sip_address
        case "do":
            return station.submit(args[0]).result(5)
        case "run":
            return station._thread.submit(lambda: args[0](station, *args[1:])).result(8)
        case "room":
            return station.room()
        case "held":
            return station.held().result(2)
    raise ValueError(what)


def _send(pipe: Connection, outgoing: SimpleQueue[tuple[int, bool, Any]]) -> None:
    while True:
        pipe.send(outgoing.get())


class Pair:
    """A station that dials and one that is dialled, with the few words the stories need."""

    def __init__(self, dialer: StationProcess, far: StationProcess) -> None:
        self.dialer = dialer
        self.far = far

    def dial(self, **fields: Any) -> tuple[str, str]:
        """Place a leg to the far station; the two leg ids once it arrived there."""
        leg, number, here = fresh("leg"), fields.pop("number", str(next(_numbers) + 5000)), len(self.far.events)
        order = {"destination": f"sip:{number}@{self.far.address}", **fields}
        self.dialer.do(PlaceLeg(command_id=fresh(), leg_id=leg, **order))
        return leg, self.far.wait(LegIncoming, since=here).leg_id

    def answered(self, *, rings: bool = False, send_media: bool = True, **fields: Any) -> tuple[str, str]:
        leg, far_leg = self.dial(**fields)
        if rings:
            self.far.do(RingLeg(command_id=fresh(), leg_id=far_leg))
        self.far.do(AnswerLeg(command_id=fresh(), leg_id=far_leg, send_media=send_media))
        self.dialer.wait(LegAnswered, leg_id=leg)
        self.far.wait(LegAnswered, leg_id=far_leg)
        return leg, far_leg

    def hang_up(self, leg: str) -> LegEnded:
        self.dialer.do(HangupLeg(command_id=fresh(), leg_id=leg))
        return self.dialer.wait(LegEnded, leg_id=leg)

    def far_plays(self, far_leg: str, path: Any) -> str:
        playback = fresh("play")
        self.far.do(PlayFile(command_id=fresh(), playback_id=playback, leg_id=far_leg, path=str(path), loop=True))
        return playback

    def clear(self) -> None:
        """Hang up whatever is left and wait until every slot is free again on both sides."""
        for station in (self.dialer, self.far):
            for leg in station.held():
                with contextlib.suppress(TelephonyError):
                    station.do(HangupLeg(command_id=fresh(), leg_id=leg.leg_id))
        for station in (self.dialer, self.far):
            station.until(lambda station=station: station.room() == (station.capacity.max_legs, 0))
