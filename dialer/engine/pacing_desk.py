"""The one task that dials. It sleeps until something happens: an agent became ready, a call ended, a lead falls due, a
window opens, a line, a token or a trunk is there again."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import groupby
from typing import Final

import structlog

from campaigns.campaign import Campaign
from campaigns.idle import IdleReason
from campaigns.order import Turns
from campaigns.pacing import PacingPolicy, PacingView, Progressive
from dialer.clock import Clock
from dialer.engine.attempts import Attempts
from dialer.engine.call_desk import CallDesk
from dialer.engine.campaign_desk import CampaignDesk
from dialer.engine.campaign_runner import CampaignRunner
from dialer.engine.journal import Journal
from dialer.engine.pilot_book import PilotBook
from dialer.engine.settings import EngineSettings
from dialer.engine.staffing import Staffing
from dialer.engine.trunk_watch import TrunkWatch
from dialer.errors import NotReachable
from dialer.ports import Store
from sip.telephony import Telephony

log = structlog.get_logger(__name__)

_BACK_OFF_S: Final = 2.0
_UNLIMITED: Final = 1_000_000
_TICK_S: Final = 0.001  # what is left of a token may round to no time at all

Hold = Callable[[], IdleReason | None]


class PacingDesk:
    """`hold` names what keeps the whole site from dialling."""

    def __init__(
        self, *, store: Store, telephony: Telephony, clock: Clock, settings: EngineSettings, journal: Journal,
        campaigns: CampaignDesk, calls: CallDesk, staffing: Staffing, trunks: TrunkWatch, attempts: Attempts,
        pilots: PilotBook, hold: Hold,
    ) -> None:  # fmt: skip
        self._store, self._telephony, self._clock, self._settings = store, telephony, clock, settings
        self._journal, self._campaigns, self._calls = journal, campaigns, calls
        self._staffing, self._trunks, self._attempts, self._hold = staffing, trunks, attempts, hold
        self._pilots = pilots
        self._runners: dict[int, CampaignRunner] = {}
        self._policy: PacingPolicy = Progressive()
        self._woken = asyncio.Event()
        self._turns: Turns[int] = Turns()  # of the campaigns, counted in attempts
        self._wake_at: datetime | None = None
        self.round_over: Callable[[], None] = lambda: None
        self.placed: Callable[[int], None] = lambda _: None
        self.rounds = 0
        self.faults = 0

    def wake(self) -> None:
        self._woken.set()

    def wake_by(self, at: datetime) -> None:
        self._wake_at = at if self._wake_at is None else min(at, self._wake_at)

    def idle(self, campaign: Campaign) -> IdleReason | None:
        """Why it places nothing now; None while it does."""
        if campaign not in self._campaigns.dialling():
            return IdleReason.NOT_RUNNING
        if self._pilots.complete(campaign):
            return IdleReason.PILOT_COMPLETE
        return self._hold() or self._runner(campaign).idle

    async def run(self) -> None:
        while True:
            self._woken.clear()
            self._wake_at = None
            await self._journal.room()
            try:
                await self._round()
            except (NotReachable, OSError) as error:
                log.warning("dialling_waits_for_store", error=str(error))
                await self._clock.sleep(_BACK_OFF_S)
                continue
            except Exception:
                self.faults += 1
                log.exception("dialling_round_failed")
                await self._clock.sleep(_BACK_OFF_S)
                continue
            self.round_over()
            await self._sleep()

    async def _sleep(self) -> None:
        seconds = None if self._wake_at is None else max((self._wake_at - self._clock.now()).total_seconds(), 0.0)
        try:
            async with asyncio.timeout(seconds):
                await self._woken.wait()
        except TimeoutError:
            return

    async def _round(self) -> None:
        """By priority; in turn where it is equal."""
        self.rounds += 1
        await self._attempts.settle_doubts()
        if self._hold() is not None:
            return
        dialling = sorted(self._campaigns.dialling(), key=lambda c: (-c.settings.priority, c.campaign_id))
        for _, equals in groupby(dialling, key=lambda c: c.settings.priority):
            await self._share(list(equals))
        for campaign in dialling:
            if (at := self._runner(campaign).wake_at) is not None:
                self.wake_by(at)

    async def _share(self, campaigns: list[Campaign]) -> None:
        """One attempt at a time, in turn by their shares; the whole room where there is only one."""
        self._turns = replace(self._turns, shares={c.campaign_id: c.settings.share for c in campaigns})
        willing = {campaign.campaign_id: campaign for campaign in campaigns}
        while willing and self._hold() is None:
            [following] = self._turns.order(list(willing), 1)
            if not await self._dial(willing[following], alone=len(willing) == 1):
                del willing[following]

    async def _dial(self, campaign: Campaign, *, alone: bool) -> bool:
        """Whether it would place more."""
        runner = self._runner(campaign)
        place, idle = self._decide(campaign)
        if place < 1:
            runner.rest(idle)
            return False
        most = place if alone else 1
        done = await runner.dial(campaign, most)
        self._turns = self._turns.after([campaign.campaign_id] * done.placed)
        if done.placed:
            self.placed(campaign.campaign_id)
        if runner.idle is IdleReason.RATE_LIMIT:
            self._wake_for_token(campaign)
        if done.more:
            self.wake()
            return False
        return done.placed >= most

    def _decide(self, campaign: Campaign) -> tuple[int, IdleReason | None]:
        """Within the plan, where it is a pilot."""
        most, limit = self._pilots.room(campaign, self._calls.unconnected(campaign.campaign_id))
        if limit is IdleReason.PILOT_COMPLETE:
            return 0, limit
        place, idle = self._by_policy(campaign)
        return (place, idle) if place <= most else (most, limit)

    def _by_policy(self, campaign: Campaign) -> tuple[int, IdleReason | None]:
        campaign_id = campaign.campaign_id
        covered = self._calls.without_agent(campaign_id)
        usable = self._trunks.usable(campaign.settings.trunks)
        wait = self._telephony.next_admission_s(usable) if usable else float("inf")
        if wait == float("inf"):
            self._wake_for_trunk(campaign)
            return 0, IdleReason.TRUNK_DOWN
        if wait > 0:
            self.wake_by(self._clock.now() + timedelta(seconds=max(wait, _TICK_S)))
        lines = self._lines(campaign)
        decision = self._policy.decide(
            PacingView(
                ready_agents=self._ready(campaign_id, covered),
                covered=covered,
                lines_free=lines,
                rate_tokens_s=0.0 if wait > 0 else float(max(lines, 1)),
            )
        )
        return decision.place, IdleReason(decision.limit)

    def _ready(self, campaign_id: int, covered: int) -> int:
        """As many as may take its attempts, after the attempts of other campaigns have had theirs."""
        if not self._staffing.ready(campaign_id):
            return 0
        return covered + self._staffing.spare(campaign_id, self._calls.demands())

    def _lines(self, campaign: Campaign) -> int:
        """Whole lines, and half a line beside every agent's open leg; the pool has the last word."""
        own = campaign.settings.lines - self._calls.in_flight(campaign.campaign_id)
        room = self._telephony.capacity().free + self._staffing.with_open_leg(campaign.campaign_id)
        return min(room, own if campaign.settings.lines else _UNLIMITED)

    def _wake_for_token(self, campaign: Campaign) -> None:
        """A trunk at its line limit has tokens: there the end of a call wakes us."""
        wait = self._telephony.next_admission_s(self._trunks.usable(campaign.settings.trunks))
        if 0 < wait < float("inf"):
            self.wake_by(self._clock.now() + timedelta(seconds=max(wait, _TICK_S)))

    def _wake_for_trunk(self, campaign: Campaign) -> None:
        if (at := self._trunks.retry_at(campaign.settings.trunks)) is not None:
            self.wake_by(at)

    def _runner(self, campaign: Campaign) -> CampaignRunner:
        campaign_id = campaign.campaign_id
        if campaign_id not in self._runners:
            self._runners[campaign_id] = CampaignRunner(
                campaign_id, self._store, self._attempts, self._settings, self._clock
            )
        return self._runners[campaign_id]
