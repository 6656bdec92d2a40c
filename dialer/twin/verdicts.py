"""Verdicts on who answered, counted in memory."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

from dialer.ports import AttemptRow
from dialer.ports.screening import ScreenedRow

if TYPE_CHECKING:
    from dialer.twin.ledger import Ledger

_Alike = tuple[int, str, str, str, str | None, bool]


class MemoryScreening:
    def __init__(self, rows: Callable[[], Ledger], reach: Callable[[], None] = lambda: None) -> None:
        self._rows, self._reach = rows, reach

    async def counted(
        self, *, since: datetime, trunk: str | None = None, campaign_id: int | None = None
    ) -> list[ScreenedRow]:
        self._reach()
        found: dict[_Alike, list[int]] = defaultdict(list)
        for row in self._rows().attempts.values():
            if _wanted(row, since) and trunk in (None, row.trunk) and campaign_id in (None, row.campaign_id):
                found[_alike(row)].append(row.screening_ms or 0)
        ordered = sorted(found.items(), key=lambda one: (*one[0][:4], one[0][4] or "", one[0][5]))
        return [_counted(alike, delays) for alike, delays in ordered]


def _wanted(row: AttemptRow, since: datetime) -> bool:
    return row.placed_at >= since and row.ended_at is not None and row.screening_verdict is not None


def _alike(row: AttemptRow) -> _Alike:
    return (
        row.campaign_id, row.trunk, row.screening_verdict or "", row.screening_treatment or "", row.disposition,
        row.person_marked_at is not None,
    )  # fmt: skip


def _counted(alike: _Alike, delays: list[int]) -> ScreenedRow:
    campaign_id, trunk, verdict, treatment, code, marked = alike
    return ScreenedRow(
        campaign_id=campaign_id, trunk=trunk, verdict=verdict, treatment=treatment, disposition=code, marked=marked,
        calls=len(delays), delay_ms=sum(delays),
    )  # fmt: skip
