"""How a campaign's leads stand: set-based counts for most of them, dossiers for those that need a closer look."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Callable, Collection, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any, Final

from sqlalchemy import (
    Connection,
    Integer,
    Select,
    TextualSelect,
    bindparam,
    case,
    func,
    null,
    select,
    text,
)

from campaigns.lead import CloseReason, Dossier, LeadState
from dialer.db import dossiers, due, histories, leads, places
from dialer.db import tables as t
from dialer.db.database import Database
from dialer.db.mapping import AnyRow
from dialer.db.several import given, several
from dialer.db.singled_out import AGE, DIALLED, DUE, MINE, NOW, OPEN, SPECIAL
from dialer.db.tables.places import CLOSED
from dialer.db.types import UtcDateTime
from dialer.ports.standing import Alike, Closed, Standing

_BATCH: Final = 1000
_LAST_ID: Final = 2**62
_LEADS: Final = func.count().label("leads")
_NO_AGE: Final = null().label("created_at")
Facts = tuple[str, str, bool, datetime | None]  # country, time zone, whether due, since when where asked for

# What no rule of its own decides is counted, and what is looked at by itself is taken off again: `NOT IN` over the list
# would cost more than both.
_BY_AGE: Final = (
    select(t.leads.c.country, t.leads.c.time_zone, DUE, AGE, _LEADS)
    .where(OPEN)
    .group_by(t.leads.c.country, t.leads.c.time_zone, DUE, AGE)
)
# Counted by the indexes of waiting, ready and leased leads alone, which know zone and due time; together all open ones.
_READY: Final = (
    select(t.leads.c.time_zone, func.sum(case((t.leads.c.due_at <= NOW, 1), else_=0)).label("due"), _LEADS)
    .where(MINE, t.leads.c.rank.is_not(None))
    .group_by(t.leads.c.time_zone)
)
_LEASED: Final = (
    select(t.leads.c.time_zone, func.sum(case((t.leads.c.due_at <= NOW, 1), else_=0)).label("due"), _LEADS)
    .where(OPEN, t.leads.c.rank.is_(None), t.leads.c.leased_until.is_not(None))
    .group_by(t.leads.c.time_zone)
)
_CLOSED: Final = (
    select(t.leads.c.state, t.leads.c.closed_reason, _LEADS)
    .where(MINE, text(CLOSED))  # as its index says it
    .group_by(t.leads.c.state, t.leads.c.closed_reason)
)


@lru_cache
def _waiting(postgresql: bool) -> TextualSelect:
    """Each zone and kind is one stretch of the index, and so are those of it that are due."""
    counted = f"SELECT COUNT(*) FROM leads WHERE {due.OF_PAIR}"  # noqa: S608 - constants
    return (
        text(
            f"""
            SELECT zones.value AS time_zone, SUM(({counted} AND due_at <= :now)) AS due, SUM(({counted})) AS leads
            FROM {given("zones", postgresql)} CROSS JOIN {due.KINDS} GROUP BY zones.value
            """  # noqa: S608 - constants
        )
        .bindparams(NOW)
        .columns(due=Integer(), leads=Integer())
    )


@lru_cache
def _by_country(postgresql: bool) -> Select[Any]:
    zones = text(f"time_zone IN (SELECT value FROM {given('zones', postgresql)})")  # noqa: S608 - constants
    return (
        select(t.leads.c.country, t.leads.c.time_zone, DUE, _NO_AGE, _LEADS)
        .where(OPEN, zones)
        .group_by(t.leads.c.country, t.leads.c.time_zone, DUE)
    )


def _open(connection: Connection, wanted: dict[str, Any], *, by_age: bool) -> Counter[Facts]:
    if by_age:
        return Counter({_facts(row): row.leads for row in connection.execute(_BY_AGE, wanted)})
    postgresql = connection.dialect.name == "postgresql"
    zones = due.time_zones(connection, wanted["campaign"])
    countries = _countries(connection, wanted["campaign"])
    mixed = {zone for zone in zones if len(countries[zone]) != 1}
    found: Counter[Facts] = Counter()
    own = {**wanted, "zones": several(zones - mixed, postgresql)}
    for part in (_waiting(postgresql), _READY, _LEASED):
        for row in connection.execute(part, own):
            if row.time_zone not in mixed:
                [country] = countries[row.time_zone]
                found[country, row.time_zone, True, None] += row.due
                found[country, row.time_zone, False, None] += row.leads - row.due
    if mixed:
        rows = connection.execute(_by_country(postgresql), {**wanted, "zones": several(mixed, postgresql)})
        found.update({_facts(row): row.leads for row in rows})
    return found


def _countries(connection: Connection, campaign_id: int) -> dict[str, set[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for country, time_zone in places.of(connection, campaign_id):
        found[time_zone].add(country)
    return found


def _facts(row: AnyRow) -> Facts:
    return row.country, row.time_zone, bool(row.due), row.created_at


def _standing(connection: Connection, campaign_id: int, *, now: datetime, by_age: bool) -> Standing:
    wanted = _wanted(campaign_id, now)
    special = connection.execute(SPECIAL, wanted).all()
    singled_out = {row.lead_id for row in special}
    dialled = [row for row in connection.execute(DIALLED, wanted) if row.lead_id not in singled_out]
    alike = _open(connection, wanted, by_age=by_age)
    alike.subtract(
        _facts(row) if by_age else (row.country, row.time_zone, bool(row.due), None) for row in (*special, *dialled)
    )
    return Standing(
        closed=tuple(map(_closed, connection.execute(_CLOSED, wanted))),
        alike=tuple(_alike(facts, leads) for facts, leads in alike.items() if leads),
        singled_out=tuple(row.lead_id for row in special),
        dialled=tuple(row.lead_id for row in dialled),
    )


def _closed(row: AnyRow) -> Closed:
    reason = CloseReason(row.closed_reason) if row.closed_reason else None
    return Closed(state=LeadState(row.state), reason=reason, leads=row.leads)


def _alike(facts: Facts, leads: int) -> Alike:
    country, time_zone, due, created_at = facts
    return Alike(country=country, time_zone=time_zone, due=due, created_at=created_at, leads=leads)


def _by_ids(connection: Connection, lead_ids: Sequence[int], *, now: datetime) -> list[Dossier]:
    rows = connection.execute(select(t.leads).where(t.leads.c.lead_id.in_(lead_ids)).order_by(t.leads.c.lead_id)).all()
    return dossiers.of_leads(connection, leads.with_numbers(connection, rows), now)


@lru_cache
def _first_due(postgresql: bool) -> TextualSelect:
    """The next ones of a zone after the lead `after_id`, which is due `after`."""
    later, order = "(due_at, lead_id) > (:after, :after_id)", "ORDER BY due_at, lead_id LIMIT :most"
    first = f"SELECT lead_id FROM leads WHERE {due.OF_PAIR} AND {later} {order}"  # noqa: S608
    waiting = (
        f"CROSS JOIN LATERAL ({first}) AS first CROSS JOIN leads WHERE leads.lead_id = first.lead_id"
        if postgresql
        else f"CROSS JOIN leads WHERE leads.lead_id IN ({first})"
    )
    here = f"SELECT lead_id, due_at FROM leads WHERE campaign_id = :campaign AND time_zone = :time_zone AND {later}"  # noqa: S608
    return (
        text(
            f"""
            SELECT lead_id, due_at FROM (
                SELECT leads.lead_id, leads.due_at
                FROM (SELECT :time_zone AS value) AS zones CROSS JOIN {due.KINDS} {waiting}
                UNION ALL {here} AND rank IS NOT NULL
                UNION ALL {here} AND state = 'OPEN' AND rank IS NULL AND leased_until IS NOT NULL
            ) AS following {order}
            """  # noqa: S608 - constants
        )
        .bindparams(bindparam("after", type_=UtcDateTime()))
        .columns(due_at=UtcDateTime())
    )


def _following(connection: Connection, wanted: dict[str, Any]) -> list[AnyRow]:
    return list(connection.execute(_first_due(connection.dialect.name == "postgresql"), wanted))


def _wanted(campaign_id: int, now: datetime) -> dict[str, Any]:
    return {"campaign": campaign_id, "now": now, "since": now - dossiers.PERIOD}


class SqlStandings:
    def __init__(self, database: Database) -> None:
        self._db = database

    async def standing(self, campaign_id: int, *, now: datetime, by_age: bool) -> Standing:
        return await self._db.read(_standing, campaign_id, now=now, by_age=by_age)

    def dossiers(self, lead_ids: Sequence[int], *, now: datetime) -> AsyncIterator[Dossier]:
        return self._read(_by_ids, lead_ids, now)

    def histories(self, lead_ids: Sequence[int], *, now: datetime) -> AsyncIterator[Dossier]:
        return self._read(histories.of_leads, lead_ids, now)

    async def _read(
        self, of_leads: Callable[..., list[Dossier]], lead_ids: Sequence[int], now: datetime
    ) -> AsyncIterator[Dossier]:
        for start in range(0, len(lead_ids), _BATCH):
            for dossier in await self._db.read(of_leads, lead_ids[start : start + _BATCH], now=now):
                yield dossier

    async def first_due(
        self, campaign_id: int, time_zone: str, *, now: datetime, apart_from: Collection[int]
    ) -> AsyncIterator[Dossier]:
        wanted = {"campaign": campaign_id, "time_zone": time_zone, "after": now, "after_id": _LAST_ID, "most": 20}
        while rows := await self._db.read(_following, wanted):
            left = [row.lead_id for row in rows if row.lead_id not in apart_from]
            found = {d.lead.lead_id: d for d in await self._db.read(_by_ids, left, now=now)}
            for lead_id in left:
                if lead_id in found:
                    yield found[lead_id]
            wanted |= {"after": rows[-1].due_at, "after_id": rows[-1].lead_id, "most": _BATCH}
