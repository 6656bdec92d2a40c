"""How verdicts on who answered fared: counts of the store, labelled by what the campaigns' dispositions mean."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from campaigns.campaign import Campaign
from campaigns.screening_errors import ScreenedCount, ScreeningFigures, figures, said
from dialer.ports import Store
from dialer.ports.screening import ScreenedRow


async def screening_figures(
    store: Store, *, since: datetime, trunk: str | None = None, campaign: Campaign | None = None
) -> list[ScreeningFigures]:
    """All trunks together first, then each."""
    of = campaign.campaign_id if campaign is not None else None
    rows = await store.screening.counted(since=since, trunk=trunk, campaign_id=of)
    return figures(labelled(rows, await store.campaigns()))


def labelled(rows: Iterable[ScreenedRow], campaigns: Iterable[Campaign]) -> list[ScreenedCount]:
    """A disposition that its campaign has no more says nothing."""
    known = {(c.campaign_id, d.code): d for c in campaigns for d in c.settings.dispositions}
    return [
        ScreenedCount(
            trunk=row.trunk,
            verdict=row.verdict,
            treatment=row.treatment,
            person=said(known.get((row.campaign_id, row.disposition or "")), marked=row.marked),
            calls=row.calls,
            delay_ms=row.delay_ms,
        )
        for row in rows
    ]
