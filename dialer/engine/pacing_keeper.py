"""The pacers of the campaigns, and what is kept of them: loaded when a campaign begins to dial, written in batches."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from contextlib import suppress
from datetime import timedelta
from typing import Final

import structlog

from campaigns.campaign import Campaign, CampaignSettings, CampaignState, PacingMode, dials
from campaigns.pacing import Tally, ready
from campaigns.policy import Limits, limits
from campaigns.screening_errors import sayings
from dialer.clock import Clock
from dialer.engine.campaign_desk import CampaignDesk
from dialer.engine.pacer import Pacer
from dialer.engine.settings import Policies
from dialer.errors import NotReachable
from dialer.ports import Store
from dialer.ports.pacing import CountedBin

log = structlog.get_logger(__name__)

LOG_S: Final = 15.0  # decisions reach the store after so long
STATE_S: Final = 60.0  # and what was learned
KEPT: Final = timedelta(hours=24)
COMPILED: Final = frozenset({PacingMode.PREDICTIVE, PacingMode.AUTOMATIC})
_PURGE_S: Final = 3600.0
COUNTED: Final = timedelta(days=30, minutes=5)
_AT_WORK: Final = frozenset({CampaignState.RUNNING, CampaignState.PILOT, CampaignState.PAUSED, CampaignState.DRAINING})


class PacingKeeper:
    """`loaded` is called with every new pacer, before it decides anything."""

    def __init__(self, *, store: Store, clock: Clock, policies: Policies, campaigns: CampaignDesk) -> None:
        self._store, self._clock, self._policies, self._campaigns = store, clock, policies, campaigns
        self._pacers: dict[int, Pacer] = {}
        self._noted = asyncio.Event()
        self._kept_at, self._purged_at = clock.monotonic(), -_PURGE_S  # what an earlier engine kept goes at once
        self.rules_wanted: Callable[[bool], None] = lambda now: None  # to learn with; True: to dial by
        self.loaded: Callable[[Pacer], Awaitable[None]] = _nothing_more

    async def load(self) -> None:
        """Of all campaigns at work, before the first call is heard of."""
        for campaign in self._campaigns.all():
            if campaign.state in _AT_WORK:
                await self.ensure(campaign)

    async def ensure(self, campaign: Campaign) -> Pacer:
        """Its pacer, following the campaign's settings as they are now."""
        pacer = self._pacers.get(campaign.campaign_id)
        if pacer is None:
            pacer = await self._open(campaign, self._bounds(campaign))
            self._pacers[campaign.campaign_id] = pacer
            try:
                await self.loaded(pacer)
            except BaseException:
                del self._pacers[campaign.campaign_id]
                raise
        elif pacer.settings is not campaign.settings:
            pacer.follow(campaign.settings, self._bounds(campaign))
        if not ready() and dials(campaign.state):
            self.rules_wanted(pacer.mode in COMPILED and pacer.over_dials)
        return pacer

    def find(self, campaign_id: int) -> Pacer | None:
        return self._pacers.get(campaign_id)

    def follow(self) -> None:
        """Campaigns' settings have changed."""
        for campaign in self._campaigns.all():
            if (pacer := self._pacers.get(campaign.campaign_id)) is not None:
                pacer.follow(campaign.settings, self._bounds(campaign))

    def over_dials(self, campaign_id: int) -> bool:
        """It dials, and may place calls that no agent is ready for."""
        pacer, campaign = self._pacers.get(campaign_id), self._campaigns.by_id(campaign_id)
        return pacer is not None and pacer.over_dials and campaign is not None and dials(campaign.state)

    def noted(self) -> None:
        """Something is to be written."""
        self._noted.set()

    async def run(self) -> None:
        while True:
            try:
                await self._purge()
                await self._something_to_write()
                await self._clock.sleep(LOG_S)
                await self.write(everything=self._clock.monotonic() - self._kept_at > STATE_S - 2 * LOG_S)
            except (NotReachable, OSError) as error:
                log.warning("pacing_waits_for_store", error=str(error))
                await self._clock.sleep(LOG_S)
            if any(len(pacer.log) or pacer.changed_since_kept for pacer in self._pacers.values()):
                self._noted.set()

    async def _something_to_write(self) -> None:
        """Or time to look for what is old."""
        with suppress(TimeoutError):
            async with asyncio.timeout(_PURGE_S):
                await self._noted.wait()
        self._noted.clear()

    async def write(self, *, everything: bool = True) -> None:
        """The decisions; with `everything` also what was learned."""
        pages = [(pacer, page) for pacer in self._pacers.values() if (page := pacer.log.page()) is not None]
        if pages:
            await self._store.pacing.log([page for _, page in pages])
        for pacer, page in pages:
            pacer.log.written(page)
        if everything:
            self._kept_at = self._clock.monotonic()
            await self._keep_learned()

    async def forget(self, campaign: Campaign) -> bool:
        pacer = self._pacers.get(campaign.campaign_id)
        if pacer is not None:
            pacer.forget()
        return await self._store.pacing.forget(campaign.campaign_id) or pacer is not None

    async def _keep_learned(self) -> None:
        changed = [pacer for pacer in self._pacers.values() if pacer.changed_since_kept]
        for pacer in changed:
            pacer.changed_since_kept = False
        try:
            states = {pacer.campaign_id: pacer.state() for pacer in changed}
            await self._store.pacing.keep_learned(states, at=self._clock.now())
        except BaseException:
            for pacer in changed:
                pacer.changed_since_kept = True
            raise

    async def _purge(self) -> None:
        if self._clock.monotonic() - self._purged_at >= _PURGE_S:
            self._purged_at = self._clock.monotonic()
            await self._store.pacing.purge(before=self._clock.now() - KEPT)

    async def _open(self, campaign: Campaign, bounds: Limits) -> Pacer:
        book, number, now = self._store.pacing, campaign.campaign_id, self._clock.now()
        counted = await book.counted(number, since=now - COUNTED, sayings=said_by(campaign.settings))
        kept = await book.learned(number)
        pacer = Pacer(campaign, bounds, tally_of(counted), kept.state if kept is not None else None)
        pacer.guaranteed = await book.guaranteed(number)
        return pacer

    def _bounds(self, campaign: Campaign) -> Limits:
        return limits(campaign.settings, self._policies.of(campaign.settings))


async def _nothing_more(_: Pacer) -> None:
    return


def said_by(settings: CampaignSettings) -> Mapping[str, bool]:
    """Codes by which its agents say whether they met a person."""
    return sayings(settings.dispositions)


def tally_of(counted: Iterable[CountedBin]) -> Tally:
    """Bins of five minutes, as the tally has them."""
    return Tally.from_dict({str(one.at_s // 300): [one.answered, one.abandoned] for one in counted})
