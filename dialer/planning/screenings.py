"""How verdicts on who answered fared: counts of the store, labelled by what the campaigns' dispositions mean."""

from __future__ import annotations

from datetime import datetime

from campaigns.campaign import Campaign
from campaigns.screening_errors import ScreeningFigures, figures
from dialer.engine.screening_labels import labelled
from dialer.ports import Store


async def screening_figures(
    store: Store, *, since: datetime, trunk: str | None = None, campaign: Campaign | None = None
) -> list[ScreeningFigures]:
    """All trunks together first, then each."""
    of = campaign.campaign_id if campaign is not None else None
    rows = await store.screening.counted(since=since, trunk=trunk, campaign_id=of)
    return figures(labelled(rows, await store.campaigns()))
