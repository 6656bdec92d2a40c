"""What every part of the store in memory stands on: the rows, the ids, and whether it can be reached at all."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from campaigns.lead import Lead
from dialer.errors import NotReachable
from dialer.ports import ImportRow
from dialer.twin.ledger import Ledger


class MemoryBase:
    """`away` makes every write fail as an unreachable database does."""

    def __init__(self) -> None:
        self.rows = Ledger()
        self.away = False
        self._imports: dict[int, ImportRow] = {}
        self._ids = iter(range(1, 10**9))

    def _reach(self) -> None:
        if self.away:
            raise NotReachable("the store is away")

    def _complete(self, import_id: int | None) -> bool:
        """Leads of an import under way are not there yet."""
        return import_id is None or self._imports[import_id].finished_at is not None

    def _listed(self, campaign_id: int) -> list[Lead]:
        leads = (self.rows.leads[lead_id] for lead_id in sorted(self.rows.listed[campaign_id]))
        return [lead for lead in leads if self._complete(lead.import_id)]


def fits(row: Any, wanted: Mapping[str, Any]) -> bool:
    return all(value is None or getattr(row, name) == value for name, value in wanted.items())
