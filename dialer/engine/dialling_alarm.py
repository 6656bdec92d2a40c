"""When the task that dials wakes: at once, at a time, or when there may be a token or a trunk."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Final

from campaigns.campaign import Campaign
from dialer.clock import Clock
from dialer.engine.trunk_watch import TrunkWatch
from sip.telephony import Telephony

_LEAST_S: Final = 0.001  # what is left of a token may round to no time at all


class DiallingAlarm:
    """The earliest of the times it was set to counts."""

    def __init__(self, telephony: Telephony, trunks: TrunkWatch, clock: Clock) -> None:
        self._telephony, self._trunks, self._clock = telephony, trunks, clock
        self._rings = asyncio.Event()
        self._at: datetime | None = None

    def unset(self) -> None:
        self._rings.clear()
        self._at = None

    def ring(self) -> None:
        self._rings.set()

    def set(self, at: datetime) -> None:
        self._at = at if self._at is None else min(at, self._at)

    def set_in(self, seconds: float) -> None:
        self.set(self._clock.now() + timedelta(seconds=max(seconds, _LEAST_S)))

    def for_token(self, campaign: Campaign) -> None:
        """A trunk at its line limit has tokens: there the end of a call wakes us."""
        wait = self._telephony.next_admission_s(self._trunks.usable(campaign.settings.trunks))
        if 0 < wait < float("inf"):
            self.set_in(wait)

    def for_trunk(self, campaign: Campaign) -> None:
        if (at := self._trunks.retry_at(campaign.settings.trunks)) is not None:
            self.set(at)

    async def sleep(self) -> None:
        """Measured from now: a clock that is set meanwhile changes nothing."""
        seconds = None if self._at is None else max((self._at - self._clock.now()).total_seconds(), 0.0)
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._rings.wait()
