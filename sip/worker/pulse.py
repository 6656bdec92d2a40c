"""Whether the other side of a connection lives."""

from __future__ import annotations

import asyncio

MISSED_BEATS = 3


class Pulse:
    """Counts beats in our own ticks: after a stall of this process the first tick finds what came meanwhile."""

    def __init__(self, heartbeat_s: float) -> None:
        self.heartbeat_s = heartbeat_s
        self._heard = True

    @property
    def patience_s(self) -> float:
        return MISSED_BEATS * self.heartbeat_s

    def heard(self) -> None:
        self._heard = True

    async def until_silent(self) -> None:
        missed = 0
        while missed < MISSED_BEATS:
            self._heard = False
            await asyncio.sleep(self.heartbeat_s)
            missed = 0 if self._heard else missed + 1
