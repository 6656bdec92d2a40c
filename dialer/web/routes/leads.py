from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from campaigns.campaign import Campaign, dials
from campaigns.lead import LeadState
from campaigns.verdict import verdict
from dialer.errors import NotFound
from dialer.web.schemas.lead import LeadExplanation, LeadView
from dialer.web.schemas.page import Code, Limit, Page, RowNumber, page_of
from dialer.web.services import Services, ServicesHere

router = APIRouter(tags=["leads"])


@router.get("/campaigns/{code}/leads")
async def list_leads(
    code: Code,
    services: ServicesHere,
    state: LeadState | None = None,
    after: Annotated[int, Query(ge=0, le=2**53)] = 0,
    limit: Limit = 100,
) -> Page[LeadView]:
    campaign = await services.campaign(code)
    leads = await services.store.leads(campaign.campaign_id, state=state, after=after, limit=limit)
    return page_of([LeadView.of(lead) for lead in leads], limit, str(leads[-1].lead_id) if leads else "")


@router.get("/leads/{lead_id}/explanation")
async def explain_lead(lead_id: RowNumber, services: ServicesHere) -> LeadExplanation:
    """Why this lead is dialled or not, now: the verdict that the engine itself would come to."""
    now = services.clock.now()
    dossier = await services.store.dossier(lead_id, now=now)
    campaign = await _campaign_of(dossier.lead.campaign_id, services)
    policy = services.policies.of(campaign.settings, dossier.lead.country)
    found = verdict(dossier, campaign.settings, policy, now, running=dials(campaign.state))
    return LeadExplanation.of(lead_id, campaign.settings.code, found)


async def _campaign_of(campaign_id: int, services: Services) -> Campaign:
    for campaign in await services.store.campaigns():
        if campaign.campaign_id == campaign_id:
            return campaign
    raise NotFound("the campaign of this lead is gone", field="lead")
