"""Person or machine: detectors beside the legs, fed with levels at 50 Hz; all on the SIP thread.

One timer serves all legs. Times are read from the clock at every reading, so that a late turn of the thread costs
readings and never shifts those that follow.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from sip.amd import AmdSettings, Detector, Evidence, Greeting, Screening, Verdict
from sip.early_media import EarlyMedia
from sip.events import GreetingOver, LegScreened
from sip.pjsua.leg import Leg
from sip.pjsua.thread import Timer

TICK_S: Final = 0.02


@dataclass(slots=True)
class _Listening:
    leg: Leg
    settings: AmdSettings
    await_greeting: bool
    early: EarlyMedia = field(default_factory=EarlyMedia)
    detector: Detector | None = None  # from the answer on
    greeting: Greeting | None = None  # from the verdict on


class Screenings:
    def __init__(
        self, emit: Callable[..., None], later: Callable[[float, Callable[[], None]], Timer],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:  # fmt: skip
        self._emit, self._later, self._clock = emit, later, clock
        self._asked: dict[Leg, _Listening] = {}
        self._heard: dict[Leg, _Listening] = {}  # those that have sound
        self._done: set[Leg] = set()
        self._next_s: float | None = None  # None while nothing is listened to

    def start(self, leg: Leg, settings: AmdSettings, *, await_greeting: bool) -> None:
        """Now, or with the first sound of the leg. Each leg once."""
        if leg in self._asked or leg in self._done:
            return
        self._asked[leg] = _Listening(leg, settings, await_greeting)
        if leg.answered_at is not None or leg.early_media:
            self.heard(leg)

    def heard(self, leg: Leg) -> None:
        """There is sound: the network's before the answer, or the party's after it."""
        listening = self._asked.get(leg)
        if listening is None:
            return
        if leg.answered_at is not None and listening.detector is None:
            listening.detector = Detector(listening.settings, _evidence(leg, listening.early))
        self._heard[leg] = listening
        if self._next_s is None:
            self._next_s = self._clock()
            self._tick()

    def stop(self, leg: Leg) -> None:
        """Nothing happens where nobody listens any more."""
        if leg in self._asked:
            self._forget(leg)
            self._done.add(leg)

    def leg_ended(self, leg: Leg) -> None:
        """A leg that was answered is settled also where it ended too soon."""
        listening = self._asked.get(leg)
        if listening is not None and listening.detector is not None and leg.answered_at is not None:
            self._settle(listening, listening.detector.expired(self._clock() - leg.answered_at))
        self._forget(leg)
        self._done.discard(leg)

    def _tick(self) -> None:
        """The next one is due at a fixed time; ticks that were missed are not made up for."""
        if not self._heard or self._next_s is None:
            self._next_s = None
            return
        now = self._clock()
        self._next_s += TICK_S * max(1, int((now - self._next_s) / TICK_S) + 1)
        self._later(self._next_s - now, self._tick)
        for listening in tuple(self._heard.values()):
            self._listen(listening)

    def _listen(self, listening: _Listening) -> None:
        leg, level = listening.leg, listening.leg.received()
        if leg.answered_at is None or listening.detector is None:
            listening.early.level(level or 0.0)
            return
        at_s = self._clock() - leg.answered_at
        if listening.greeting is not None:
            self._await_end(listening, listening.greeting, at_s, level or 0.0)
            return
        if level is not None:
            self._settle(listening, listening.detector.level(at_s, level))
        if at_s >= listening.settings.longest_s:
            self._settle(listening, listening.detector.expired(at_s))

    def _settle(self, listening: _Listening, screening: Screening | None) -> None:
        if screening is None:
            return
        fields: dict[str, Any] = {"verdict": screening.verdict, "reason": screening.reason}
        self._emit(LegScreened, leg_id=listening.leg.leg_id, delay_ms=max(0, round(screening.delay_s * 1000)), **fields)
        if screening.verdict is Verdict.MACHINE and listening.await_greeting and listening.detector is not None:
            listening.greeting = listening.detector.greeting()
        else:
            self.stop(listening.leg)

    def _await_end(self, listening: _Listening, greeting: Greeting, at_s: float, level: float) -> None:
        if greeting.level(at_s, level):
            self._emit(GreetingOver, leg_id=listening.leg.leg_id)
            self.stop(listening.leg)

    def _forget(self, leg: Leg) -> None:
        self._asked.pop(leg, None)
        self._heard.pop(leg, None)


def _evidence(leg: Leg, early: EarlyMedia) -> Evidence:
    rang_s = None
    if leg.ringing_at is not None and leg.answered_at is not None:
        rang_s = leg.answered_at - leg.ringing_at
    return Evidence(rang_s=rang_s, early_media=leg.early_media, early_media_s=early.sound_s)
