"""The clockwork of the detectors: on time, once, and at nobody's expense."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, cast

from sip.amd import AmdSettings
from sip.events import LegScreened
from sip.pjsua.leg import Leg
from sip.pjsua.screening import TICK_S, Screenings
from sip.pjsua.thread import Timer


@dataclass(eq=False)
class Ear:
    leg_id: str = "leg"
    answered_at: float | None = None
    ringing_at: float | None = None
    early_media: bool = False
    readings: list[float] = field(default_factory=list)
    now: Callable[[], float] = lambda: 0.0

    def received(self) -> float | None:
        self.readings.append(self.now())
        return 0.0


class Thread:
    """Timers that fire so much later than they were due."""

    def __init__(self) -> None:
        self.now = 100.0
        self.late = 0.0
        self.told: list[tuple[type[Any], dict[str, Any]]] = []
        self._due: list[tuple[float, Callable[[], None]]] = []
        self.screenings = Screenings(self._tell, self._later, lambda: self.now)

    def ear(self, **fields: Any) -> Leg:
        return cast(Leg, Ear(now=lambda: self.now, **fields))

    def passes(self, seconds: float) -> None:
        until = self.now + seconds
        while self._due and min(self._due, key=lambda one: one[0])[0] <= until:
            at, action = min(self._due, key=lambda one: one[0])
            self._due.remove((at, action))
            self.now = max(self.now, at) + self.late
            action()
        self.now = max(until, self.now)

    @property
    def idle(self) -> bool:
        return not self._due

    def _tell(self, kind: type[Any], **fields: Any) -> None:
        self.told.append((kind, fields))

    def _later(self, seconds: float, action: Callable[[], None]) -> Timer:
        self._due.append((self.now + seconds, action))
        return Timer(action)


def test_readings_do_not_drift_where_the_thread_is_a_little_late() -> None:
    thread = Thread()
    thread.late = 0.004
    leg = thread.ear(answered_at=100.0)
    thread.screenings.start(leg, AmdSettings(longest_s=2.0), await_greeting=False)
    thread.passes(1.0)
    assert 49 <= len(cast(Ear, leg).readings) <= 51, "fifty a second, however late each one is"


def test_ticks_that_were_missed_are_not_made_up_for() -> None:
    thread = Thread()
    leg = thread.ear(answered_at=100.0)
    thread.screenings.start(leg, AmdSettings(), await_greeting=False)
    thread.now += 0.5  # the thread was busy
    thread.passes(10 * TICK_S)
    assert len(cast(Ear, leg).readings) <= 13


def test_one_verdict_and_then_no_timer_is_left() -> None:
    thread = Thread()
    leg = thread.ear()
    thread.screenings.start(leg, AmdSettings(longest_s=1.0), await_greeting=False)
    assert thread.idle, "a phone that rings is not listened to"
    cast(Ear, leg).answered_at = thread.now
    thread.screenings.heard(leg)
    thread.passes(3.0)
    thread.screenings.start(leg, AmdSettings(), await_greeting=False)
    thread.screenings.leg_ended(leg)
    assert [kind for kind, _ in thread.told] == [LegScreened]
    thread.passes(1.0)
    assert thread.idle
