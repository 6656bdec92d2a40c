"""Why a lead is dialled or not, and why a campaign stands still: answered by the rules that decide."""

from __future__ import annotations

from fastapi import APIRouter

from campaigns.campaign import Campaign, dials
from campaigns.idle import IdleReason
from campaigns.lead import Dossier
from campaigns.verdict import Verdict, verdict
from dialer.engine.funnel import count_funnel
from dialer.errors import NotFound
from dialer.web.schemas.explanation import CampaignExplanationView
from dialer.web.schemas.lead import LeadExplanation
from dialer.web.schemas.page import Code, RowNumber
from dialer.web.services import Services, ServicesHere

router = APIRouter(tags=["explanations"])


@router.get("/campaigns/{code}/explanation")
async def explain_campaign(code: Code, services: ServicesHere) -> CampaignExplanationView:
    """How many leads may be dialled now, what excludes the others, and why the campaign is idle."""
    campaign = await services.campaign(code)
    if services.engine is not None:
        live = await services.engine.explain_campaign(code)
        return CampaignExplanationView.of(code, live.state, live.funnel, idle=live.idle, next_due=live.next_due)
    now = services.clock.now()
    funnel = await count_funnel(services.store, services.policies, campaign, now)
    next_due = await services.store.next_due(campaign.campaign_id, now=now)
    return CampaignExplanationView.of(code, campaign.state, funnel, idle=IdleReason.NOT_RUNNING, next_due=next_due)


@router.get("/leads/{lead_id}/explanation")
async def explain_lead(lead_id: RowNumber, services: ServicesHere) -> LeadExplanation:
    """Every rule for this lead, now."""
    dossier = await services.store.dossier(lead_id, now=services.clock.now())
    campaign = await _campaign_of(dossier, services)
    found = await services.engine.explain_lead(lead_id) if services.engine else _verdict(campaign, dossier, services)
    return LeadExplanation.of(dossier, campaign.settings.code, found, services.clock.now())


def _verdict(campaign: Campaign, dossier: Dossier, services: Services) -> Verdict:
    """By the campaign's state: what the next engine will do with the lead."""
    policy = services.policies.of(campaign.settings, dossier.lead.country)
    return verdict(dossier, campaign.settings, policy, services.clock.now(), running=dials(campaign.state))


async def _campaign_of(dossier: Dossier, services: Services) -> Campaign:
    for campaign in await services.store.campaigns():
        if campaign.campaign_id == dossier.lead.campaign_id:
            return campaign
    raise NotFound(f"the campaign of lead {dossier.lead.lead_id} is gone", field="lead")
