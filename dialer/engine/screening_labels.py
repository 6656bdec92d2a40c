"""What agents said of the calls that were screened."""

from __future__ import annotations

from collections.abc import Iterable

from campaigns.campaign import Campaign
from campaigns.screening_errors import ScreenedCount, said
from dialer.ports.screening import ScreenedRow


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
