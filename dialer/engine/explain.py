"""Why is this lead not dialled, and why does this campaign stand still: the rules themselves answer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from campaigns.campaign import Campaign, CampaignState, dials
from campaigns.explain import Funnel
from campaigns.idle import IdleReason
from campaigns.lead import Dossier
from campaigns.verdict import Verdict, verdict
from dialer.clock import Clock
from dialer.engine.campaign_desk import CampaignDesk
from dialer.engine.funnel import count_funnel
from dialer.engine.pacing_desk import PacingDesk
from dialer.engine.settings import Policies
from dialer.errors import NotFound
from dialer.ports import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignExplanation:
    """`idle` None: it dials. `next_due` is the earliest due time of an open lead nobody is dialling."""

    code: str
    state: CampaignState
    idle: IdleReason | None
    funnel: Funnel
    next_due: datetime | None


class Explainer:
    def __init__(
        self, store: Store, clock: Clock, policies: Policies, campaigns: CampaignDesk, pacing: PacingDesk
    ) -> None:
        self._store, self._clock, self._policies = store, clock, policies
        self._campaigns, self._pacing = campaigns, pacing

    async def lead(self, lead_id: int) -> Verdict:
        now = self._clock.now()
        dossier = await self._store.dossier(lead_id, now=now)
        campaign = self._campaigns.by_id(dossier.lead.campaign_id)
        if campaign is None:
            raise NotFound(f"the campaign of lead {lead_id} is not known", field="lead_id")
        return self._verdict(campaign, dossier, now)

    async def campaign(self, code: str) -> CampaignExplanation:
        campaign, now = await self._campaigns.find(code), self._clock.now()
        funnel = await count_funnel(self._store, self._policies, campaign, now)
        return CampaignExplanation(
            code=code,
            state=campaign.state,
            idle=self._pacing.idle(campaign),
            funnel=funnel,
            next_due=await self._store.next_due(campaign.campaign_id, now=now),
        )

    def _verdict(self, campaign: Campaign, dossier: Dossier, now: datetime) -> Verdict:
        policy = self._policies.of(campaign.settings, dossier.lead.country)
        return verdict(dossier, campaign.settings, policy, now, running=dials(campaign.state))
