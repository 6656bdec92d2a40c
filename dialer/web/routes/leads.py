from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from campaigns.lead import LeadState
from dialer.web.schemas.lead import LeadView
from dialer.web.schemas.page import Code, Limit, Page, page_of
from dialer.web.services import ServicesHere

router = APIRouter(prefix="/campaigns/{code}/leads", tags=["leads"])


@router.get("")
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
