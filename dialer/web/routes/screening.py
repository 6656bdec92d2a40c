from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Query

from dialer.planning.screenings import screening_figures
from dialer.web.schemas.page import Code, TrunkName
from dialer.web.schemas.screening import ScreeningReport, ScreeningView
from dialer.web.services import ServicesHere

router = APIRouter(prefix="/screening", tags=["screening"])


@router.get("/statistics")
async def screening_statistics(
    services: ServicesHere,
    trunk: Annotated[TrunkName | None, Query(description="only calls over this trunk")] = None,
    campaign: Annotated[Code | None, Query(description="only calls of this campaign")] = None,
    days: Annotated[int, Query(ge=1, le=3650, description="of the last so many days")] = 30,
) -> ScreeningReport:
    """How often the verdict on who answered was wrong, for each trunk, by what agents said."""
    since = services.clock.now() - timedelta(days=days)
    of = await services.campaign(campaign) if campaign else None
    found = await screening_figures(services.store, since=since, trunk=trunk, campaign=of)
    counts = services.policies.of(of.settings).screening_errors_abandon if of is not None else None
    return ScreeningReport(
        since=since,
        campaign=campaign or "",
        counts_as_abandoned=counts,
        rows=[ScreeningView.of(one) for one in found],
    )
