"""In memory every lead is looked at by itself."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from campaigns.lead import Dossier, LeadState
from dialer.ports.standing import Closed, Standing

if TYPE_CHECKING:
    from dialer.twin.store import MemoryStore


class MemoryStandings:
    def __init__(self, store: MemoryStore) -> None:
        self._store = store

    async def standing(self, campaign_id: int, *, now: datetime, by_age: bool) -> Standing:
        leads = await self._store.leads(campaign_id, limit=10**9)
        closed = [lead for lead in leads if lead.state is not LeadState.OPEN]
        return Standing(
            closed=tuple(Closed(state=lead.state, reason=lead.closed_reason, leads=1) for lead in closed),
            alike=(),
            singled_out=tuple(lead.lead_id for lead in leads if lead.state is LeadState.OPEN),
        )

    async def dossiers(self, lead_ids: Sequence[int], *, now: datetime) -> AsyncIterator[Dossier]:
        for lead_id in lead_ids:
            yield await self._store.dossier(lead_id, now=now)

    def histories(self, lead_ids: Sequence[int], *, now: datetime) -> AsyncIterator[Dossier]:
        return self.dossiers(lead_ids, now=now)

    async def first_due(
        self, campaign_id: int, time_zone: str, *, now: datetime, apart_from: Collection[int]
    ) -> AsyncIterator[Dossier]:
        return
        yield
