"""The book of calls from customers, on the database."""

from __future__ import annotations

from datetime import datetime

from campaigns.inbound import Acquaintance, InboundCounts, InboundOutcome
from dialer.db import inbound
from dialer.db.database import Database
from dialer.ports.inbound import InboundRow, NewCaller


class SqlInbound:
    def __init__(self, database: Database) -> None:
        self._db = database

    async def acquaintances(self, caller: str) -> list[Acquaintance]:
        return await self._db.read(inbound.acquaintances, caller) if caller else []

    async def active(self) -> list[InboundRow]:
        return await self._db.read(inbound.active)

    async def find(self, inbound_id: str) -> InboundRow | None:
        return await self._db.read(inbound.by_id, inbound_id)

    async def page(
        self,
        *,
        campaign_id: int | None = None,
        lead_id: int | None = None,
        agent_id: str | None = None,
        outcome: InboundOutcome | None = None,
        to_adopt: bool = False,
        since: datetime | None = None,
        after: str = "",
        limit: int = 1000,
    ) -> list[InboundRow]:
        return await self._db.read(
            inbound.page,
            campaign_id=campaign_id,
            lead_id=lead_id,
            agent_id=agent_id,
            outcome=outcome,
            to_adopt=to_adopt,
            since=since,
            after=after,
            limit=limit,
        )

    async def counts(
        self, *, since: datetime | None, until: datetime | None, campaign_id: int | None, within_rings: int
    ) -> InboundCounts:
        return await self._db.read(
            inbound.counts, since=since, until=until, campaign_id=campaign_id, within_rings=within_rings
        )

    async def enter(self, caller: NewCaller, *, due_at: datetime, at: datetime) -> int:
        return await self._db.durably(inbound.enter, caller, due_at=due_at, at=at)
