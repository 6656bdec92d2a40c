"""How a campaign's leads stand: set-based counts for most of them, dossiers for those that need a closer look."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Collection, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Select, and_, bindparam, case, func, literal_column, null, select, union

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


_AGE: Final = t.leads.c.created_at
_DUE: Final = (t.leads.c.due_at <= _NOW).label("due")
_LEADS: Final = func.count().label("leads")
_NO_AGE: Final = null().label("created_at")
Facts = tuple[str, str, bool, datetime | None]  # country, time zone, whether due, since when where asked for

# What no rule of its own decides is counted, and what is looked at by itself is taken off again: `NOT IN` over the list
# would cost more than both.
_LOOKED_AT_ROWS: Final = (
    select(t.leads.c.lead_id, t.leads.c.country, t.leads.c.time_zone, _DUE, _AGE)
    .where(_OPEN, t.leads.c.lead_id.in_(_LOOKED_AT))
    .order_by(t.leads.c.lead_id)
)
_BY_AGE: Final = (
    select(t.leads.c.country, t.leads.c.time_zone, _DUE, _AGE, _LEADS)
    .where(_OPEN)
    .group_by(t.leads.c.country, t.leads.c.time_zone, _DUE, _AGE)
)
# Counted by the indexes of waiting, ready and leased leads alone, which know zone and due time; together all open ones.
# SQLite uses a part of an index only where its condition is written out.
_OPEN_WRITTEN_OUT: Final = and_(_MINE, t.leads.c.state == literal_column("'OPEN'"))
_WAITING: Final = and_(t.leads.c.rank.is_(None), t.leads.c.leased_until.is_(None))
_BY_ZONE: Final = tuple(
    select(
        t.leads.c.time_zone, func.sum(case((t.leads.c.due_at <= _NOW, 1), else_=0)).label("due"), _LEADS
    ).where(_OPEN_WRITTEN_OUT, part).group_by(t.leads.c.time_zone)
    for part in (
        _WAITING,
        t.leads.c.rank.is_not(None),
        and_(t.leads.c.rank.is_(None), t.leads.c.leased_until.is_not(None)),
    )
)  # fmt: skip
_USUAL: Final = select(t.leads.c.country).where(_OPEN).limit(1)
_ABROAD: Final = (
    select(t.leads.c.country, t.leads.c.time_zone, _DUE, _NO_AGE, _LEADS)
    .where(_OPEN, t.leads.c.country != bindparam("usual"))
    .group_by(t.leads.c.country, t.leads.c.time_zone, _DUE)
)


def _open(connection: Connection, wanted: dict[str, Any], *, by_age: bool) -> Counter[Facts]:
    if by_age:
        return Counter({_facts(row): row.leads for row in connection.execute(_BY_AGE, wanted)})
    usual = connection.execute(_USUAL, wanted).scalar()
    if usual is None:
        return Counter()
    found: Counter[Facts] = Counter()
    for part in _BY_ZONE:
        for row in connection.execute(part, wanted):
            found[usual, row.time_zone, True, None] += row.due
            found[usual, row.time_zone, False, None] += row.leads - row.due
    for row in connection.execute(_ABROAD, {**wanted, "usual": usual}):
        found[_facts(row)] += row.leads
        found[usual, row.time_zone, bool(row.due), None] -= row.leads
    return found


def _facts(row: AnyRow) -> Facts:
    return row.country, row.time_zone, bool(row.due), row.created_at


def _standing(connection: Connection, campaign_id: int, *, now: datetime, by_age: bool) -> Standing:
    wanted = _wanted(campaign_id, now)
    closed = (
        select(t.leads.c.state, t.leads.c.closed_reason, func.count().label("leads"))
        .where(_MINE, t.leads.c.state.in_([LeadState.CLOSED, LeadState.DO_NOT_CALL]))
        .group_by(t.leads.c.state, t.leads.c.closed_reason)
    )
    looked_at = connection.execute(_LOOKED_AT_ROWS, wanted).all()
    alike = _open(connection, wanted, by_age=by_age)
    alike.subtract(_facts(row) if by_age else (row.country, row.time_zone, bool(row.due), None) for row in looked_at)
    return Standing(
        closed=tuple(
            Closed(
                state=LeadState(row.state),
                reason=CloseReason(row.closed_reason) if row.closed_reason else None,
                leads=row.leads,
            )
            for row in connection.execute(closed, wanted)
        ),
        alike=tuple(_alike(facts, leads) for facts, leads in alike.items() if leads),
        singled_out=tuple(row.lead_id for row in looked_at),
    )


def _alike(facts: Facts, leads: int) -> Alike:
    country, time_zone, due, created_at = facts
    return Alike(country=country, time_zone=time_zone, due=due, created_at=created_at, leads=leads)


def _by_ids(connection: Connection, lead_ids: Sequence[int], *, now: datetime) -> list[Dossier]:
    rows = connection.execute(select(t.leads).where(t.leads.c.lead_id.in_(lead_ids)).order_by(t.leads.c.lead_id)).all()
    return dossiers.of_leads(connection, leads.with_numbers(connection, rows), now)


_FIRST_DUE: Final = (
    select(t.leads.c.lead_id).where(_OPEN, t.leads.c.due_at > _NOW).order_by(t.leads.c.due_at, t.leads.c.lead_id)
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

    async def dossiers(self, lead_ids: Sequence[int], *, now: datetime) -> AsyncIterator[Dossier]:
        for start in range(0, len(lead_ids), _BATCH):
            for dossier in await self._db.read(_by_ids, lead_ids[start : start + _BATCH], now=now):
                yield dossier

    async def first_due(
        self, campaign_id: int, *, now: datetime, apart_from: Collection[int]
    ) -> AsyncIterator[Dossier]:
        size, skip = 20, 0
        while ids := await self._db.read(_first_due_ids, _wanted(campaign_id, now), size, skip):
            left = [lead_id for lead_id in ids if lead_id not in apart_from]
            found = {d.lead.lead_id: d for d in await self._db.read(_by_ids, left, now=now)}
            for lead_id in left:
                yield found[lead_id]
            size, skip = _BATCH, skip + len(ids)
