"""Leads fall due: from those that wait to those that are ready, in the order of `campaigns.order`.

An OPEN lead is in exactly one of three indexes. It waits (`rank` is empty) by time zone, kind and due time, however
many there are; once due it is given its rank and lane and is ready, in exactly the order in which leads are dialled;
leased it is in neither. Whoever changes a due time or takes a lease away empties the rank, which puts the lead back
among those that wait (`dialer.db.leads.NO_LEASE`). So the millions that are not due are never looked at, and the next
to be dialled is the first entry of an index.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from functools import lru_cache
from typing import Any, Final

from sqlalchemy import (
    Boolean,
    ColumnElement,
    Connection,
    TextClause,
    TextualSelect,
    Update,
    and_,
    bindparam,
    case,
    exists,
    or_,
    select,
    text,
    update,
)

from campaigns.lead import DueKind
from campaigns.order import HIGHEST, LOWEST, STEP, TIERS
from dialer.db import tables as t
from dialer.db.leads import NO_LEASE
from dialer.db.several import given, several
from dialer.db.types import UtcDateTime

AT_ONCE: Final = 500  # leases that end in one statement

_L: Final = t.leads.c
_NOW: Final = bindparam("now", type_=UtcDateTime())
_CAMPAIGN: Final = _L.campaign_id == bindparam("campaign")


def rank(kind: ColumnElement[str], priority: ColumnElement[int]) -> ColumnElement[int]:
    """A lead's place in the order."""
    tier = case(*((kind == each.value, tier + more) for each, (tier, more) in TIERS.items()), else_=0)
    return tier + STEP * (HIGHEST - case((priority > HIGHEST, HIGHEST), (priority < LOWEST, LOWEST), else_=priority))


def of_anybody(skill: ColumnElement[str]) -> ColumnElement[str]:
    """The lane of a lead that anybody may take who has the skill."""
    return case((skill != "", "s:" + skill), else_="")


RANK: Final[ColumnElement[int]] = rank(_L.due_kind, _L.priority)
OF_ANYBODY: Final = of_anybody(_L.skill)
LANE: Final = case(
    (and_(_L.for_agent.is_not(None), or_(_L.escalates_at.is_(None), _L.escalates_at > _NOW)), "a:" + _L.for_agent),
    else_=OF_ANYBODY,
)
# The words of the indexes' own conditions.
WAITING: Final = "campaign_id = :campaign AND state = 'OPEN' AND rank IS NULL AND leased_until IS NULL"
READY: Final = "campaign_id = :campaign AND rank IS NOT NULL"
KINDS: Final = f"({' UNION ALL '.join(f'''SELECT '{kind.value}' AS kind''' for kind in DueKind)}) AS kinds"
OF_PAIR: Final = f"{WAITING} AND time_zone = zones.value AND due_kind = kinds.kind"


# Where nothing has to be done before the lease, the rest of its transaction uses its prepared plans as they are: by
# itself PostgreSQL takes the unknown length of an array for a reason to plan each time, which costs as much as running.
_PREPARED: Final = "CASE WHEN due OR ended IS NOT NULL THEN '' ELSE set_config({}, true) END AS plans".format(
    "'plan_cache_mode', 'force_generic_plan'"
)


@lru_cache
def _looking(postgresql: bool) -> TextualSelect:
    looking = text(
        f"""
        SELECT ended, escalated, due, {_PREPARED if postgresql else "''"} FROM (SELECT
            (SELECT MIN(leased_until) FROM leads WHERE campaign_id = :campaign AND leased_until <= :now) AS ended,
            (SELECT MIN(escalates_at) FROM leads WHERE {READY} AND escalates_at <= :now) AS escalated,
            EXISTS (
                SELECT 1 FROM {given("zones", postgresql)} CROSS JOIN {KINDS}
                WHERE (SELECT MIN(due_at) FROM leads WHERE {OF_PAIR}) <= :now
            ) AS due
        ) AS found
        """  # noqa: S608 - constants
    )
    return looking.bindparams(_NOW).columns(ended=UtcDateTime(), escalated=UtcDateTime(), due=Boolean())


@lru_cache
def _ripening(postgresql: bool) -> Update:
    """At most `:most` of each time zone and kind, the earliest first."""
    first = f"SELECT lead_id FROM leads WHERE {OF_PAIR} AND due_at <= :now ORDER BY due_at LIMIT :most"  # noqa: S608
    pairs = f"{given('zones', postgresql)} CROSS JOIN {KINDS}"
    falling = (
        f"SELECT first.lead_id FROM {pairs} CROSS JOIN LATERAL ({first} FOR UPDATE SKIP LOCKED) AS first"  # noqa: S608
        if postgresql
        else f"SELECT first.lead_id FROM {pairs} CROSS JOIN leads AS first WHERE first.lead_id IN ({first})"  # noqa: S608
    )
    chosen = text(f"leads.lead_id IN ({falling})").bindparams(_NOW)
    return update(t.leads).where(chosen).values(rank=RANK, lane=LANE)


_IN_CALL: Final = exists().where(t.attempts.c.lead_id == _L.lead_id, t.attempts.c.ended_at.is_(None))
_ENDED: Final = (
    select(_L.lead_id)
    .where(_CAMPAIGN, _L.leased_until <= _NOW, ~_IN_CALL)
    .limit(AT_ONCE)
    .with_for_update(skip_locked=True, of=t.leads)
    .cte("ended")
)
# A lease may run out during a long call; the call still keeps the lead.
_RECLAIM: Final = update(t.leads).where(_L.lead_id.in_(select(_ENDED.c.lead_id))).values(NO_LEASE)
_ESCALATE: Final = (
    update(t.leads)
    .where(_CAMPAIGN, _L.rank.is_not(None), _L.escalates_at <= _NOW, _L.lane == "a:" + _L.for_agent)
    .values(lane=OF_ANYBODY)
)


def ripen(connection: Connection, campaign_id: int, now: datetime, zones: Collection[str], most: int) -> int:
    """What time alone changes: leases that are over end; what waited long enough for one agent is for anybody; at most
    `most` leads of each of the `zones` and kinds become ready. How many became ready."""
    postgresql = connection.dialect.name == "postgresql"
    campaign: dict[str, Any] = {"campaign": campaign_id, "now": now}
    wanted = {**campaign, "zones": several(zones, postgresql)}
    found = connection.execute(_looking(postgresql), wanted).one()
    if found.ended is not None:
        connection.execute(_RECLAIM, campaign)
    if found.escalated is not None:
        connection.execute(_ESCALATE, campaign)
    if found.ended is None and not found.due:
        return 0
    return connection.execute(_ripening(postgresql), {**wanted, "most": most}).rowcount


@lru_cache
def _falling(postgresql: bool) -> TextualSelect:
    falling = text(
        f"""
        SELECT MIN(leased_until) AS at FROM leads WHERE campaign_id = :campaign AND leased_until > :now
        UNION ALL SELECT MIN(escalates_at) FROM leads WHERE {READY} AND escalates_at > :now
        UNION ALL SELECT (SELECT MIN(due_at) FROM leads WHERE {OF_PAIR} AND due_at > :now)
            FROM {given("zones", postgresql)} CROSS JOIN {KINDS}
        """  # noqa: S608 - constants
    )
    return falling.bindparams(_NOW).columns(at=UtcDateTime())


def falls_due(
    connection: Connection, campaign_id: int, *, now: datetime, time_zones: Collection[str] | None
) -> datetime | None:
    """The first instant after `now` at which time alone makes another lead leasable."""
    postgresql = connection.dialect.name == "postgresql"
    zones = several(those(connection, campaign_id, time_zones), postgresql)
    wanted = {"campaign": campaign_id, "now": now, "zones": zones}
    return min(filter(None, connection.execute(_falling(postgresql), wanted).scalars()), default=None)


@lru_cache
def _next(postgresql: bool) -> TextualSelect:
    leased = "FROM leads WHERE campaign_id = :campaign AND leased_until"
    open_here = f"state = 'OPEN' AND time_zone IN (SELECT value FROM {given('zones', postgresql)})"  # noqa: S608
    at = "AND time_zone = zones.value"
    return (
        text(
            f"""
            SELECT MIN(due_at) AS due_at, CAST(NULL AS {"timestamptz" if postgresql else "integer"}) AS ends_at
            FROM leads WHERE campaign_id = :campaign AND leased_until <= :now AND {open_here}
            UNION ALL SELECT NULL, MIN(leased_until) {leased} IS NOT NULL AND {open_here}
            UNION ALL SELECT (SELECT due_at FROM leads WHERE {READY} {at} LIMIT 1), NULL
                FROM {given("zones", postgresql)}
            UNION ALL SELECT (SELECT MIN(due_at) FROM leads WHERE {WAITING} {at} AND due_kind = kinds.kind), NULL
                FROM {given("zones", postgresql)} CROSS JOIN {KINDS}
            """  # noqa: S608 - constants
        )
        .bindparams(_NOW)
        .columns(due_at=UtcDateTime(), ends_at=UtcDateTime())
    )


def next_due(
    connection: Connection, campaign_id: int, *, now: datetime, time_zones: Collection[str] | None
) -> datetime | None:
    """Where leads are ready already, the due time of one of them; where all are leased, the end of the first lease."""
    postgresql = connection.dialect.name == "postgresql"
    zones = several(those(connection, campaign_id, time_zones), postgresql)
    found = connection.execute(_next(postgresql), {"campaign": campaign_id, "now": now, "zones": zones}).all()
    due = min((row.due_at for row in found if row.due_at is not None), default=None)
    return due or min((row.ends_at for row in found if row.ends_at is not None), default=None)


def _zones_of(name: str, condition: str) -> str:
    """A table of the time zones, with one look at the index for each."""
    return f"""
        {name}(value) AS (
            SELECT MIN(time_zone) FROM leads WHERE {condition}
            UNION ALL
            SELECT (SELECT MIN(time_zone) FROM leads WHERE {condition} AND time_zone > {name}.value)
            FROM {name} WHERE {name}.value IS NOT NULL
        )"""  # noqa: S608 - constants


_ZONES: Final[TextClause] = text(
    f"""
    WITH RECURSIVE {_zones_of("waiting", WAITING)}, {_zones_of("ready", READY)}
    SELECT value FROM waiting WHERE value IS NOT NULL
    UNION SELECT value FROM ready WHERE value IS NOT NULL
    UNION SELECT time_zone FROM leads WHERE campaign_id = :campaign AND leased_until IS NOT NULL
    """  # noqa: S608 - constants
)


def time_zones(connection: Connection, campaign_id: int) -> set[str]:
    """Of the OPEN leads."""
    return set(connection.execute(_ZONES, {"campaign": campaign_id}).scalars())


def those(connection: Connection, campaign_id: int, zones: Collection[str] | None) -> Collection[str]:
    """The zones that are asked for. None: all there are."""
    return time_zones(connection, campaign_id) if zones is None else zones
