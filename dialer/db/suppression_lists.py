"""The do-not-call lists of a site, as planners keep them."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime
from typing import Final

from campaigns.hold import Hold
from dialer.db import registers, suppression
from dialer.db.database import Database
from dialer.ports.suppression import RegisterRow, SuppressionEntry

_BATCH: Final = 10_000  # numbers in one transaction


class SqlSuppressionLists:
    def __init__(self, database: Database) -> None:
        self._db = database

    async def add(
        self, e164: str, *, reason: str, source: str, by: str, at: datetime, prefix: bool = False,
        campaign_id: int | None = None, expires_at: datetime | None = None,
    ) -> None:  # fmt: skip
        new = suppression.entry(
            e164, reason=reason, source=source, by=by, at=at, prefix=prefix, campaign_id=campaign_id,
            expires_at=expires_at,
        )  # fmt: skip
        await self._db.durably(suppression.suppress, [new])

    async def remove(
        self, e164: str, *, at: datetime, by: str, prefix: bool = False, campaign_id: int | None = None
    ) -> bool:
        return await self._db.durably(
            suppression.unsuppress, e164, at=at, by=by, prefix=prefix, campaign_id=campaign_id
        )

    async def holds(
        self, numbers: Collection[str], *, now: datetime, campaign_id: int | None = None
    ) -> dict[str, Hold]:
        return await self._db.read(suppression.holds, numbers, now=now, campaign_id=campaign_id)

    async def history(self, e164: str) -> list[SuppressionEntry]:
        return await self._db.read(suppression.of_number, e164)

    async def entries(
        self, *, campaign_id: int | None = None, in_force_at: datetime | None = None, after: int = 0, limit: int = 1000
    ) -> list[SuppressionEntry]:
        return await self._db.read(
            suppression.page, campaign_id=campaign_id, in_force_at=in_force_at, after=after, limit=limit
        )

    async def begin_register(
        self, name: str, *, dated: date, at: datetime, by: str, file_name: str = "", campaign_id: int | None = None,
        expires_at: datetime | None = None,
    ) -> int:  # fmt: skip
        register_id = await self._db.durably(
            registers.begin, name, dated=dated, at=at, by=by, file_name=file_name, campaign_id=campaign_id,
            expires_at=expires_at,
        )  # fmt: skip
        await self._sweep()
        return register_id

    async def add_to_register(self, register_id: int, numbers: Collection[str]) -> None:
        for batch in suppression.chunks(numbers, _BATCH):
            await self._db.write(registers.add, register_id, batch)

    async def finish_register(self, register_id: int, *, at: datetime, refused: int = 0) -> RegisterRow:
        done = await self._db.durably(registers.finish, register_id, at=at, refused=refused)
        await self._sweep()
        return done

    async def drop_register(self, register_id: int) -> None:
        await self._db.durably(registers.drop, register_id)
        await self._sweep()

    async def registers(self) -> list[RegisterRow]:
        return await self._db.read(registers.every)

    async def _sweep(self) -> None:
        while await self._db.write(registers.sweep):
            continue
