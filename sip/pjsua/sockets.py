"""How many media sockets PJSIP can still open before it aborts the process."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable

SMALL_BUILD_LEGS = 16
SMALL_BUILD_HANDLES = 64
"""PJ_IOQUEUE_MAX_HANDLES with select(); builds for many calls raise it (ours to 8 per leg)."""

HANDLES_PER_LEG = 2  # RTP and RTCP
SPARE_HANDLES = 4  # a re-INVITE may open a new pair before the old one is closed
KEY_FREE_S = 0.6
"""PJ_IOQUEUE_KEY_FREE_DELAY (0.5 s), rounded up: a closed socket keeps its handle that long."""


class SocketBudget:
    """Counts legs that were closed a moment ago: about 28 calls in half a second exhaust a stock build."""

    def __init__(self, max_legs: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        small = max_legs <= SMALL_BUILD_LEGS
        self._handles = SMALL_BUILD_HANDLES if small else 4 * HANDLES_PER_LEG * max_legs
        self._closed: deque[float] = deque()

    def closed(self) -> None:
        """A leg that had media (or was about to) is gone."""
        self._closed.append(self._clock())

    def legs(self, live: int) -> int:
        """For how many more legs there are sockets beside `live` ones."""
        oldest = self._clock() - KEY_FREE_S
        while self._closed and self._closed[0] < oldest:
            self._closed.popleft()
        taken = HANDLES_PER_LEG * (live + len(self._closed)) + SPARE_HANDLES
        return max(0, (self._handles - taken) // HANDLES_PER_LEG)
