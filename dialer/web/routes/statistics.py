from __future__ import annotations

from fastapi import APIRouter

from campaigns.statistics import CampaignStatistics, summarise
from dialer.planning.import_values import rows_of
from dialer.web.schemas.page import Code
from dialer.web.services import ServicesHere

router = APIRouter(prefix="/campaigns/{code}/statistics", tags=["statistics"])


@router.get("")
async def campaign_statistics(code: Code, services: ServicesHere) -> CampaignStatistics:
    """Counts and rates, each rate with its 95 % interval."""
    campaign = await services.campaign(code)
    imported, usable = rows_of(await services.store.imports(campaign.campaign_id))
    return summarise(
        await services.store.counts(campaign.campaign_id),
        dispositions=campaign.settings.dispositions,
        imported=imported,
        usable=usable,
    )
