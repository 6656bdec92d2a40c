"""The callbacks' port on a database."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from campaigns.callback import Callback, CallbackState
from campaigns.tickler import Item
from dialer.db import callbacks, follow_ups
from dialer.db.database import Database
from dialer.ports.callbacks import CallbackRow


class SqlCallbacks:
    def __init__(self, database: Database) -> None:
        self._db = database

    async def find(self, callback_id: str) -> CallbackRow | None:
        return await self._db.read(callbacks.find, callback_id)

    async def settled_by(self, attempt_id: str) -> Callback | None:
        return await self._db.read(callbacks.settled_by, attempt_id)

    async def page(
        self,
        *,
        states: Collection[CallbackState] | None = None,
        campaign_id: int | None = None,
        lead_id: int | None = None,
        agents: Collection[str] | None = None,
        due_from: datetime | None = None,
        due_until: datetime | None = None,
        after: str = "",
        limit: int = 1000,
    ) -> list[CallbackRow]:
        return await self._db.read(
            callbacks.page,
            states=states,
            campaign_id=campaign_id,
            lead_id=lead_id,
            agents=agents,
            due_from=due_from,
            due_until=due_until,
            after=after,
            limit=limit,
        )

    async def waiting(self, *, now: datetime, limit: int) -> list[CallbackRow]:
        return await self._db.read(callbacks.waiting, now=now, limit=limit)

    async def counts(
        self,
        *,
        due_from: datetime,
        due_until: datetime,
        campaign_id: int | None = None,
        agents: Collection[str] | None = None,
    ) -> Mapping[CallbackState, int]:
        return await self._db.read(
            callbacks.counts, due_from=due_from, due_until=due_until, campaign_id=campaign_id, agents=agents
        )

    async def follow_ups(
        self, *, agents: Collection[str] | None, until: datetime, days: Sequence[datetime], limit: int
    ) -> tuple[list[Item], list[int]]:
        return await self._db.read(follow_ups.follow_ups, agents=agents, until=until, days=days, limit=limit)
