"""Verdicts on who answered, counted beside what agents said of them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, func, select

from dialer.db import tables as t
from dialer.db.database import Database
from dialer.ports.screening import ScreenedRow

_A = t.attempts.c


class SqlScreening:
    """`dialer.ports.screening.ScreeningBook`."""

    def __init__(self, database: Database) -> None:
        self._db = database

    async def counted(
        self, *, since: datetime, trunk: str | None = None, campaign_id: int | None = None
    ) -> list[ScreenedRow]:
        return await self._db.read(counted, since, trunk, campaign_id)


def counted(connection: Connection, since: datetime, trunk: str | None, campaign_id: int | None) -> list[ScreenedRow]:
    marked = _A.person_marked_at.is_not(None)
    alike = (_A.campaign_id, _A.trunk, _A.screening_verdict, _A.screening_treatment, _A.disposition, marked)
    statement = (
        select(*alike, func.count(), func.coalesce(func.sum(_A.screening_ms), 0))
        .where(_A.placed_at >= since, _A.ended_at.is_not(None), _A.screening_verdict.is_not(None))
        .group_by(*alike)
    )
    for column, wanted in ((_A.trunk, trunk), (_A.campaign_id, campaign_id)):
        if wanted is not None:
            statement = statement.where(column == wanted)
    rows = [
        ScreenedRow(
            campaign_id=of, trunk=over, verdict=verdict, treatment=treatment, disposition=code, marked=bool(person),
            calls=calls, delay_ms=int(delay),
        )
        for of, over, verdict, treatment, code, person, calls, delay in connection.execute(statement)
    ]  # fmt: skip
    return sorted(rows, key=in_order)


def in_order(row: ScreenedRow) -> tuple[int, str, str, str, str, bool]:
    return row.campaign_id, row.trunk, row.verdict, row.treatment, row.disposition or "", row.marked
