"""One campaign's dialling: leases due leads and makes attempts of them, and knows why it does not."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from campaigns.campaign import Campaign
from campaigns.idle import IdleReason
from campaigns.lead import Lead
from campaigns.order import Turns
from campaigns.places import next_edge_of, open_places, zones_of
from campaigns.promise import kept_for
from dialer.clock import Clock
from dialer.engine.attempts import Attempts, Result, Tried
from dialer.engine.settings import EngineSettings
from dialer.ports import Store

MOST_BLOCKED: Final = 100  # leads put back in one go; then others have their turn


@dataclass(frozen=True, slots=True)
class Round:
    """`more`: leads are left that this round did not look at."""

    placed: int
    more: bool = False


class CampaignRunner:
    def __init__(
        self, campaign_id: int, store: Store, attempts: Attempts, settings: EngineSettings, clock: Clock
    ) -> None:
        self.campaign_id = campaign_id
        self._store, self._attempts, self._settings, self._clock = store, attempts, settings, clock
        self.idle: IdleReason | None = None
        self.wake_at: datetime | None = None  # when time alone changes something
        self._turns: Turns[str] = Turns()  # of its lists, counted in attempts

    async def dial(self, campaign: Campaign, most: int, *, floor: int | None = None) -> Round:
        """At most `most` attempts, the first `floor` of them (None: all) each with a ready agent to itself. Who may be
        called only with an agent reserved for him is called within these. `idle` and `wake_at` say what keeps it from
        more."""
        zones, opened, edge = await self._zones(campaign, self._clock.now())
        if zones and not opened:
            self._rest(IdleReason.OUTSIDE_WINDOW, edge)
            return Round(0)
        within = most if floor is None else min(max(floor, 0), most)
        return await self._fill(campaign, most, within, opened, known=zones, edge=edge)

    async def _fill(
        self, campaign: Campaign, most: int, floor: int, zones: Collection[str], *, known: Collection[str],
        edge: datetime | None,
    ) -> Round:  # fmt: skip
        placed = blocked = 0
        while placed < most:
            covered = placed < floor
            if blocked >= MOST_BLOCKED:
                return Round(placed, more=True)
            now = self._clock.now()
            free = self._attempts.agents_free(self.campaign_id) if covered else []
            leads = await self._store.lease(
                self.campaign_id, (floor if covered else most) - placed, owner=self._attempts.owner, now=now,
                until=now + timedelta(seconds=self._settings.lease_s), time_zones=zones,
                agents_ready=free, skills=self._attempts.skills_of(free), agent_guaranteed=None if covered else False,
                turns=replace(self._turns, shares=campaign.settings.list_shares),
            )  # fmt: skip
            if not leads:
                await self._nothing_due(edge, zones, all_open=len(zones) == len(known))
                return Round(placed)
            results = await self._attempts.make(campaign, leads, covered=covered)
            placed += self._placed(campaign, leads, results)
            blocked += sum(result.tried is Tried.BLOCKED for result in results)
            halted = next((result for result in results if result.tried is Tried.HALTED), None)
            if covered and floor < most and any(result.idle is IdleReason.AGENTS_COVERED for result in results):
                floor = placed  # fewer agents than was thought: the others go ahead of them
                continue
            if all(result.tried is Tried.NOT_FREE for result in results):
                self._rest(IdleReason.AGENTS_COVERED, edge)  # their agents have just been taken; they wake us
                return Round(placed)
            if halted is not None:
                self._rest(halted.idle, edge)
                return Round(placed)
        self._rest(None, edge)
        return Round(placed)

    def _placed(self, campaign: Campaign, leads: Sequence[Lead], results: Sequence[Result]) -> int:
        """How many; a list has had its turn only when one of its leads was dialled."""
        dialled = [lead for lead, result in zip(leads, results, strict=True) if result.tried is Tried.PLACED]
        turns = replace(self._turns, shares=campaign.settings.list_shares)
        self._turns = turns.after(lead.source for lead in dialled)
        return len(dialled)

    async def lease_for(self, campaign: Campaign, agent_id: str, *, until: datetime) -> Lead | None:
        """The next lead that this agent may call; where there is none, `idle` and `wake_at` say why."""
        now = self._clock.now()
        zones, opened, edge = await self._zones(campaign, now)
        if zones and not opened:
            self._rest(IdleReason.OUTSIDE_WINDOW, edge)
            return None
        leads = await self._store.lease(
            self.campaign_id, 1, owner=self._attempts.owner, now=now, until=until, time_zones=opened,
            agents_ready=[agent_id], skills=self._attempts.skills_of([agent_id]),
            turns=replace(self._turns, shares=campaign.settings.list_shares),
        )  # fmt: skip
        if not leads:
            await self._nothing_due(edge, opened, all_open=len(opened) == len(zones))
            return None
        self._turns = replace(self._turns, shares=campaign.settings.list_shares).after([leads[0].source])
        return leads[0]

    async def dial_kept(self, campaign: Campaign, most: int, *, guaranteed: int, in_order: bool) -> set[int]:
        """Of the leads that are due: at most `guaranteed` of those we abandoned, each with an agent kept for it;
        `in_order` also callbacks, and those that need a skill, where they are next. The leads that were dialled."""
        now = self._clock.now()
        _, opened, _ = await self._zones(campaign, now)
        free = self._attempts.agents_free(self.campaign_id)
        if not opened or not free:
            return set()
        leads: list[Lead] = []
        for whom, wanted in ((True, min(guaranteed, most)), (None, most if in_order else 0)):
            if wanted <= len(leads):
                continue
            leads += await self._store.lease(
                self.campaign_id, wanted - len(leads), owner=self._attempts.owner, now=now,
                until=now + timedelta(seconds=self._settings.lease_s), time_zones=opened, agents_ready=free,
                skills=self._attempts.skills_of(free), agent_guaranteed=whom,
            )  # fmt: skip
        kept = [lead for lead in leads if lead.agent_guaranteed or lead.skill or kept_for(lead, now) is not None]
        for lead in leads:
            if lead not in kept:
                await self._store.release(lead.lead_id, owner=self._attempts.owner)
        results = await self._attempts.make(campaign, kept) if kept else []
        self._placed(campaign, kept, results)
        return {lead.lead_id for lead, made in zip(kept, results, strict=True) if made.tried is Tried.PLACED}

    async def dial_own(self, campaign: Campaign, agents: Collection[str], most: int) -> int:
        """Of the leads that are due: those that wait for one of these agents alone. How many were dialled."""
        now = self._clock.now()
        _, opened, _ = await self._zones(campaign, now)
        free = [agent for agent in self._attempts.agents_free(self.campaign_id) if agent in agents]
        if not opened or not free:
            return 0
        leads = await self._store.lease(
            self.campaign_id, min(len(free), most), owner=self._attempts.owner, now=now,
            until=now + timedelta(seconds=self._settings.lease_s), time_zones=opened, agents_ready=free, skills=(),
            own_only=True,
        )  # fmt: skip
        results = await self._attempts.make(campaign, leads) if leads else []
        return self._placed(campaign, leads, results)

    async def _zones(
        self, campaign: Campaign, now: datetime
    ) -> tuple[Collection[str], Collection[str], datetime | None]:
        """Of its leads, those of which some may be called now, and when that changes. Where a zone is open for leads of
        one country alone, the others' verdicts hold them back."""
        places, schedule = await self._store.places(self.campaign_id), campaign.settings.schedule
        policy_of = partial(self._settings.policies.of, campaign.settings)
        opened = open_places(schedule, places, now, policy_of)
        return zones_of(places), zones_of(opened), next_edge_of(schedule, places, now, policy_of)

    def rest(self, idle: IdleReason | None) -> None:
        """Kept from dialling by something else than its leads."""
        self._rest(idle, None)

    async def _nothing_due(self, edge: datetime | None, zones: Collection[str], *, all_open: bool) -> None:
        """Sleep until the next lead of an open zone is due or a window moves."""
        now = self._clock.now()
        anywhere = await self._store.next_due(self.campaign_id, now=now)
        if anywhere is None:
            self._rest(IdleReason.LIST_EXHAUSTED, None)
            return
        falls_due = await self._store.falls_due(self.campaign_id, now=now, time_zones=zones)
        waits_for_window = anywhere <= now and not all_open
        # What is due already waits for its agent, who wakes us, or for the end of its own call, which does too.
        wakes = [at for at in (falls_due, edge) if at is not None]
        self._rest(IdleReason.OUTSIDE_WINDOW if waits_for_window else IdleReason.NO_LEAD_DUE, min(wakes, default=None))

    def _rest(self, idle: IdleReason | None, wake_at: datetime | None) -> None:
        self.idle, self.wake_at = idle, wake_at
