"""Keeps why each campaign placed no calls, minute by minute; written only when the reason changes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Final

from campaigns.campaign import Campaign, CampaignState
from campaigns.idle import IdleReason
from campaigns.idle_minutes import DIALLING, MINUTE, SERVER_DOWN, IdleMinutes, floor
from dialer.clock import Clock
from dialer.domain.events import CampaignIdled
from dialer.engine.campaign_desk import CampaignDesk
from dialer.engine.journal import Journal

_AT_WORK: Final = frozenset({CampaignState.RUNNING, CampaignState.PILOT, CampaignState.PAUSED, CampaignState.DRAINING})
_SOON_S: Final = 0.05  # behind the end of the minute, so that it is over by every clock


class IdleLog:
    """`look` and `placed` are called on the engine's loop and only note something down; `run` writes."""

    def __init__(
        self, *, clock: Clock, journal: Journal, campaigns: CampaignDesk,
        idle: Callable[[Campaign], IdleReason | None],
    ) -> None:  # fmt: skip
        self._clock, self._journal, self._campaigns, self._idle = clock, journal, campaigns, idle
        self._kept: dict[int, IdleMinutes] = {}
        self._noted = asyncio.Event()

    def resume(self, last_heard: datetime | None) -> None:
        """The time since an earlier engine was last heard of was the server's."""
        now = self._clock.now()
        if last_heard is None or floor(now) - floor(last_heard) <= MINUTE:
            return
        down = [
            CampaignIdled(occurred_at=last_heard, campaign_id=campaign.campaign_id, reason=SERVER_DOWN)
            for campaign in self._campaigns.all()
            if campaign.state in _AT_WORK
        ]
        self._journal.append(down)

    def look(self) -> None:
        """After every round of dialling: the reasons may have changed."""
        now = self._clock.now()
        for campaign in self._campaigns.all():
            if campaign.state in _AT_WORK or campaign.campaign_id in self._kept:
                reason = self._idle(campaign)
                self._write(campaign.campaign_id, self._of(campaign.campaign_id, now).stands(reason or DIALLING, now))
        self._noted.set()

    def placed(self, campaign_id: int) -> None:
        now = self._clock.now()
        self._write(campaign_id, self._of(campaign_id, now).dials(now))
        self._noted.set()

    async def run(self) -> None:
        while True:
            await self._noted.wait()
            self._noted.clear()
            while not all(minutes.settled for minutes in self._kept.values()):
                await self._clock.sleep(self._left_of_minute())
                self._pass()

    def _pass(self) -> None:
        now = self._clock.now()
        for campaign_id, minutes in self._kept.items():
            self._write(campaign_id, minutes.passes(now))

    def _left_of_minute(self) -> float:
        now = self._clock.now()
        return (floor(now) + MINUTE - now).total_seconds() + _SOON_S

    def _of(self, campaign_id: int, now: datetime) -> IdleMinutes:
        if campaign_id not in self._kept:
            self._kept[campaign_id] = IdleMinutes(now)
        return self._kept[campaign_id]

    def _write(self, campaign_id: int, found: Iterable[tuple[datetime, str]]) -> None:
        self._journal.append(
            [CampaignIdled(occurred_at=at, campaign_id=campaign_id, reason=reason) for at, reason in found]
        )
