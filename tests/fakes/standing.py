"""In memory every lead is looked at by itself."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime
from typing import TYPE_CHECKING

from campaigns.lead import Dossier, LeadState
from dialer.ports.standing import Closed, Standing

if TYPE_CHECKING:
    from tests.fakes.store import MemoryStore


class MemoryStandings:
    def __init__(self, store: MemoryStore) -> None:
        self._store = store

    async def standing(self, campaign_id: int, *, now: datetime, by_age: bool) -> Standing:
        leads = await self._store.leads(campaign_id, limit=10**9)
        closed = [lead for lead in leads if lead.state is not LeadState.OPEN]
        return Standing(
            closed=tuple(Closed(state=lead.state, reason=lead.closed_reason, leads=1) for lead in closed), alike=()
        )

    async def singled_out(self, campaign_id: int, *, now: datetime) -> AsyncIterator[Dossier]:
        for lead in await self._store.leads(campaign_id, state=LeadState.OPEN, limit=10**9):
            yield await self._store.dossier(lead.lead_id, now=now)

    async def first_due(self, campaign_id: int, *, now: datetime) -> AsyncIterator[Dossier]:
        return
        yield
