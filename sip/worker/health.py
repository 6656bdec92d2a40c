"""How the station is: room, legs, and whether its SIP thread still answers."""

from __future__ import annotations

import time
from concurrent.futures import Future

import structlog

from sip.events import HeldLeg
from sip.worker.frames import Beat, Room
from sip.worker.station import LineStation

log = structlog.get_logger(__name__)

_SILENCE_S = 10.0  # a SIP thread that answers nothing for so long is stuck, and all its calls with it


class Health:
    def __init__(self, station: LineStation, max_legs: int) -> None:
        self._station = station
        self._max_legs = max_legs
        self._probe: Future[tuple[HeldLeg, ...]] | None = None
        self._asked_at = 0.0

    def room(self) -> Room:
        free, draining = self._station.room()
        return Room(free_legs=free, draining_legs=draining)

    def live_legs(self) -> int:
        free, draining = self._station.room()
        return self._max_legs - free - draining

    def beat(self) -> Beat | None:
        """None when the SIP thread is stuck: the engine then does what is to be done with a dead worker."""
        now = time.monotonic()
        if self._probe is None or self._probe.done():
            self._probe, self._asked_at = self._station.held(), now
        if now - self._asked_at > _SILENCE_S:
            log.error("the SIP thread does not answer", seconds=_SILENCE_S)
            return None
        return Beat(room=self.room())
