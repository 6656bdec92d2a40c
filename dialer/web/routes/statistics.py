from __future__ import annotations

from fastapi import APIRouter

from campaigns.statistics import CampaignStatistics, summarise
from dialer.web.schemas.page import Code
from dialer.web.services import ServicesHere

router = APIRouter(prefix="/campaigns/{code}/statistics", tags=["statistics"])


@router.get("")
async def campaign_statistics(code: Code, services: ServicesHere) -> CampaignStatistics:
    """Counts and rates, each rate with its 95 % interval."""
    campaign = await services.campaign(code)
    imports = [row for row in await services.store.imports(campaign.campaign_id) if row.undone_at is None]
    return summarise(
        await services.store.counts(campaign.campaign_id),
        dispositions=campaign.settings.dispositions,
        imported=sum(row.rows for row in imports),
        usable=sum(row.accepted for row in imports),
    )
