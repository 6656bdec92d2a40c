"""How a campaign's leads stand: set-based counts for most of them, dossiers for those that need a closer look."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Select, and_, bindparam, func, null, select, union

from campaigns.lead import CloseReason, Dossier, DueKind, LeadState
from dialer.db import dossiers, leads
from dialer.db import tables as t
from dialer.db.database import Database
from dialer.db.mapping import AnyRow
from dialer.db.suppression import CURRENT, begins_with
from dialer.db.types import UtcDateTime
from dialer.ports.standing import Alike, Closed, Standing

_BATCH: Final = 500
_CAMPAIGN: Final = bindparam("campaign", type_=t.leads.c.campaign_id.type)
_NOW: Final = bindparam("now", type_=UtcDateTime())
_SINCE: Final = bindparam("since", type_=UtcDateTime())
_MINE: Final = t.leads.c.campaign_id == _CAMPAIGN
_OPEN: Final = and_(_MINE, t.leads.c.state == LeadState.OPEN)
_NUMBERS: Final = t.lead_numbers.c.campaign_id == _CAMPAIGN


def _looked_at() -> Select[tuple[int]]:
    """Leads that the few facts do not decide. Begins with the small sets, never with the list.

    Expired and other campaigns' entries are in as well: a closer look does no harm.
    """
    numbers, entries, attempts = t.lead_numbers, t.suppressions, t.attempts
    lead_of = select(numbers.c.lead_id)
    same_number = and_(numbers.c.e164 == attempts.c.number, _NUMBERS)
    of_due = and_(t.leads.c.lead_id == attempts.c.lead_id, _OPEN, t.leads.c.due_at <= _NOW)
    registered = and_(t.registers.c.register_id == t.register_numbers.c.register_id, t.registers.c.state == CURRENT)
    return select(
        union(
            lead_of.join(entries, and_(entries.c.e164 == numbers.c.e164, ~entries.c.prefix)).where(
                _NUMBERS, entries.c.removed_at.is_(None)
            ),
            lead_of.join(entries, begins_with(numbers.c.e164)).where(
                _NUMBERS, entries.c.prefix, entries.c.removed_at.is_(None)
            ),
            lead_of.join(t.register_numbers, t.register_numbers.c.e164 == numbers.c.e164)
            .join(t.registers, registered)
            .where(_NUMBERS),
            lead_of.where(_NUMBERS, ~numbers.c.usable),
            lead_of.where(_NUMBERS, numbers.c.e164.in_(select(attempts.c.number).where(attempts.c.ended_at.is_(None)))),
            select(attempts.c.lead_id).where(attempts.c.ended_at.is_(None)),
            select(attempts.c.lead_id).join(t.leads, of_due).where(attempts.c.campaign_id == _CAMPAIGN),
            lead_of.join(attempts, same_number)
            .join(t.leads, and_(t.leads.c.lead_id == numbers.c.lead_id, _OPEN, t.leads.c.due_at <= _NOW))
            .where(attempts.c.placed_at >= _SINCE),
            select(t.leads.c.lead_id).where(_OPEN, t.leads.c.due_kind == DueKind.REMINDER),
        )
        .subquery()
        .c.lead_id
    )


_LOOKED_AT: Final = _looked_at()


def _counted(by_age: bool) -> Select[Any]:
    due = (t.leads.c.due_at <= _NOW).label("due")
    age = t.leads.c.created_at if by_age else null().label("created_at")
    facts = (t.leads.c.country, t.leads.c.time_zone, due, *((t.leads.c.created_at,) if by_age else ()))
    return (
        select(t.leads.c.country, t.leads.c.time_zone, due, age, func.count().label("leads"))
        .where(_OPEN, t.leads.c.lead_id.not_in(_LOOKED_AT))
        .group_by(*facts)
    )


def _standing(connection: Connection, campaign_id: int, *, now: datetime, by_age: bool) -> Standing:
    wanted = _wanted(campaign_id, now)
    closed = (
        select(t.leads.c.state, t.leads.c.closed_reason, func.count().label("leads"))
        .where(_MINE, t.leads.c.state.in_([LeadState.CLOSED, LeadState.DO_NOT_CALL]))
        .group_by(t.leads.c.state, t.leads.c.closed_reason)
    )
    return Standing(
        closed=tuple(
            Closed(
                state=LeadState(row.state),
                reason=CloseReason(row.closed_reason) if row.closed_reason else None,
                leads=row.leads,
            )
            for row in connection.execute(closed, wanted)
        ),
        alike=tuple(_alike(row) for row in connection.execute(_counted(by_age), wanted)),
    )


def _alike(row: AnyRow) -> Alike:
    return Alike(
        country=row.country,
        time_zone=row.time_zone,
        due=bool(row.due),
        created_at=row.created_at,
        leads=row.leads,
    )


def _singled_out_ids(connection: Connection, wanted: dict[str, Any]) -> list[int]:
    statement = select(t.leads.c.lead_id).where(_OPEN, t.leads.c.lead_id.in_(_LOOKED_AT))
    return list(connection.execute(statement.order_by(t.leads.c.lead_id), wanted).scalars())


def _by_ids(connection: Connection, lead_ids: Sequence[int], *, now: datetime) -> list[Dossier]:
    rows = connection.execute(select(t.leads).where(t.leads.c.lead_id.in_(lead_ids)).order_by(t.leads.c.lead_id)).all()
    return dossiers.of_leads(connection, leads.with_numbers(connection, rows), now)


_FIRST_DUE: Final = (
    select(t.leads.c.lead_id)
    .where(_OPEN, t.leads.c.due_at > _NOW, t.leads.c.lead_id.not_in(_LOOKED_AT))
    .order_by(t.leads.c.due_at, t.leads.c.lead_id)
)


def _first_due_ids(connection: Connection, wanted: dict[str, Any], limit: int, skip: int) -> list[int]:
    return list(connection.execute(_FIRST_DUE.limit(limit).offset(skip), wanted).scalars())


def _wanted(campaign_id: int, now: datetime) -> dict[str, Any]:
    return {"campaign": campaign_id, "now": now, "since": now - dossiers.PERIOD}


class SqlStandings:
    def __init__(self, database: Database) -> None:
        self._db = database

    async def standing(self, campaign_id: int, *, now: datetime, by_age: bool) -> Standing:
        return await self._db.read(_standing, campaign_id, now=now, by_age=by_age)

    async def singled_out(self, campaign_id: int, *, now: datetime) -> AsyncIterator[Dossier]:
        ids = await self._db.read(_singled_out_ids, _wanted(campaign_id, now))
        for start in range(0, len(ids), _BATCH):
            for dossier in await self._db.read(_by_ids, ids[start : start + _BATCH], now=now):
                yield dossier

    async def first_due(self, campaign_id: int, *, now: datetime) -> AsyncIterator[Dossier]:
        size, skip = 20, 0
        while ids := await self._db.read(_first_due_ids, _wanted(campaign_id, now), size, skip):
            found = {d.lead.lead_id: d for d in await self._db.read(_by_ids, ids, now=now)}
            for lead_id in ids:
                yield found[lead_id]
            size, skip = _BATCH, skip + len(ids)
