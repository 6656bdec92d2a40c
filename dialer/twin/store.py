"""The store in memory: passes the contract suite of the real ones, and can be told to be away."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime

from campaigns.campaign import Campaign, CampaignSettings, CampaignState
from campaigns.hold import Hold
from campaigns.script_version import Released
from dialer.errors import AlreadyExists, NotFound, WrongState
from dialer.ports import Agent
from dialer.ports.standing import Standings
from dialer.twin.callbacks import MemoryCallbacks
from dialer.twin.counts import MemoryCounts
from dialer.twin.do_not_call import entry, holds, suppress
from dialer.twin.imports import MemoryImports
from dialer.twin.inbound import MemoryInbound
from dialer.twin.journal import MemoryJournal
from dialer.twin.pacing import MemoryPacing
from dialer.twin.standing import MemoryStandings
from dialer.twin.suppression import MemorySuppressionLists
from dialer.twin.verdicts import MemoryScreening
from dialer.twin.web_leads import MemoryWebLeads


class MemoryStore(MemoryCounts, MemoryImports, MemoryJournal):
    """The store port and the nouns beside it."""

    def __init__(self, *, keeps_events: bool = True) -> None:
        super().__init__(keeps_events=keeps_events)
        self.released: list[Released] = []
        self._agents: dict[str, Agent] = {}
        self.callbacks = MemoryCallbacks(lambda: self.rows)
        self.standings: Standings = MemoryStandings(self)
        self.suppressions = MemorySuppressionLists(lambda: self.rows)
        self.inbound = MemoryInbound(lambda: self.rows, lambda: next(self._ids))
        self.pacing = MemoryPacing(lambda: self.rows, self._reach)
        self.screening = MemoryScreening(lambda: self.rows, self._reach)
        self.web_leads = MemoryWebLeads(lambda: self.rows, lambda: next(self._ids))

    async def close(self) -> None:
        return None

    # campaigns
    async def add_campaign(self, settings: CampaignSettings, *, at: datetime, by: str = "", note: str = "") -> Campaign:
        if await self.campaign(settings.code) is not None:
            raise AlreadyExists(f"there is a campaign {settings.code} already", field="code")
        campaign = Campaign(campaign_id=next(self._ids), settings=settings, state=CampaignState.DRAFT, created_at=at)
        self.rows.campaigns[campaign.campaign_id] = campaign
        self.rows.versions[campaign.campaign_id, 1] = settings
        return campaign

    async def update_campaign(
        self, campaign_id: int, settings: CampaignSettings, *, at: datetime, by: str, note: str = "",
        expected: int | None = None,
    ) -> Campaign:  # fmt: skip
        if campaign_id not in self.rows.campaigns:
            raise NotFound(f"there is no campaign {campaign_id}")
        known = self.rows.campaigns[campaign_id]
        if expected not in (None, known.version):
            raise WrongState("the campaign was changed meanwhile", field="version")
        changed = replace(known, settings=settings, version=known.version + 1)
        self.rows.campaigns[campaign_id] = changed
        self.rows.versions[campaign_id, changed.version] = settings
        return changed

    async def campaigns(self) -> list[Campaign]:
        return list(self.rows.campaigns.values())

    async def campaign(self, code: str) -> Campaign | None:
        return next((c for c in self.rows.campaigns.values() if c.settings.code == code), None)

    # agents
    async def save_agent(self, agent: Agent) -> None:
        self._agents[agent.agent_id] = agent

    async def agents(self) -> list[Agent]:
        return list(self._agents.values())

    async def agent(self, agent_id: str) -> Agent | None:
        return self._agents.get(agent_id)

    # scripts
    async def released_scripts(self) -> list[Released]:
        return sorted(self.released, key=lambda one: (one.name, one.version))

    # do not call
    async def suppress(self, e164: str, *, reason: str, source: str, at: datetime) -> None:
        suppress(self.rows, entry(len(self.rows.suppressions) + 1, e164, reason, source, at))

    async def suppressed(
        self, numbers: Collection[str], *, now: datetime | None = None, campaign_id: int | None = None
    ) -> dict[str, str]:
        return {n: Hold.both(met).reason for n in numbers if (met := holds(self.rows, n, now, campaign_id))}
