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
from typing import Any, Final, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Connection,
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
from dialer.db.types import UtcDateTime

AT_ONCE: Final = 500  # leads that fall due in one statement
MOST: Final = 2000  # ... and in one lease; of more than that due in one instant the rest follows with the next leases

_L: Final = t.leads.c
_NOW: Final = bindparam("now", type_=UtcDateTime())
_CAMPAIGN: Final = _L.campaign_id == bindparam("campaign")
_PRIORITY: Final = case((_L.priority > HIGHEST, HIGHEST), (_L.priority < LOWEST, LOWEST), else_=_L.priority)
RANK: Final[ColumnElement[int]] = (
    case(*((_L.due_kind == kind.value, tier + more) for kind, (tier, more) in TIERS.items()), else_=0)
    + STEP * (HIGHEST - _PRIORITY)
)  # fmt: skip
OF_ANYBODY: Final = case((_L.skill != "", "s:" + _L.skill), else_="")
LANE: Final = case(
    (and_(_L.for_agent.is_not(None), or_(_L.escalates_at.is_(None), _L.escalates_at > _NOW)), "a:" + _L.for_agent),
    else_=OF_ANYBODY,
)
# The words of the indexes' own conditions.
WAITING: Final = "campaign_id = :campaign AND state = 'OPEN' AND rank IS NULL AND leased_until IS NULL"
READY: Final = "campaign_id = :campaign AND rank IS NOT NULL"


class Waiting(NamedTuple):
    time_zone: str
    kind: str
    first_at: datetime


def zones_of(condition: str) -> str:
    """A table `zones(name)` of the time zones, with one look at the index for each."""
    return f"""
        WITH RECURSIVE zones(name) AS (
            SELECT MIN(time_zone) FROM leads WHERE {condition}
            UNION ALL
            SELECT (SELECT MIN(time_zone) FROM leads WHERE {condition} AND time_zone > zones.name)
            FROM zones WHERE zones.name IS NOT NULL
        )"""  # noqa: S608 - constants


_KINDS: Final = tuple(kind.value for kind in sorted(DueKind, key=TIERS.__getitem__))
_FIRST: Final = text(
    f"""{zones_of(WAITING)}
    SELECT zones.name, kinds.kind, (
        SELECT MIN(due_at) FROM leads WHERE {WAITING} AND time_zone = zones.name AND due_kind = kinds.kind
    ) AS first_at
    FROM zones CROSS JOIN ({" UNION ALL ".join(f"SELECT '{kind}' AS kind" for kind in _KINDS)}) AS kinds
    WHERE zones.name IS NOT NULL
    """  # noqa: S608 - constants
).columns(name=_L.time_zone.type, kind=_L.due_kind.type, first_at=UtcDateTime())


def waiting(connection: Connection, campaign_id: int) -> list[Waiting]:
    """The first due time of each time zone and kind: one look at the index for each, however many leads there are."""
    rows = connection.execute(_FIRST, {"campaign": campaign_id})
    return [Waiting(*row) for row in rows if row.first_at is not None]


def _ripen() -> Update:
    falling = (
        select(_L.lead_id)
        .where(
            text(WAITING),
            _L.time_zone == bindparam("zone"),
            _L.due_kind == bindparam("kind"),
            _L.due_at <= _NOW,
        )
        .order_by(_L.due_at)
        .limit(bindparam("most"))
        .with_for_update(skip_locked=True)
        .cte("falling")
    )
    return update(t.leads).where(_L.lead_id.in_(select(falling.c.lead_id))).values(rank=RANK, lane=LANE)


_RIPEN: Final = _ripen()


def ripen(connection: Connection, campaign_id: int, now: datetime, zones: Collection[str] | None) -> None:
    """Those in `zones` that are due become ready; promises before all others."""
    room = MOST
    due = [pair for pair in waiting(connection, campaign_id) if pair.first_at <= now]
    for pair in sorted(due, key=lambda pair: (_KINDS.index(pair.kind), pair.first_at)):
        if zones is not None and pair.time_zone not in zones:
            continue
        while room > 0:
            wanted = {
                "campaign": campaign_id, "zone": pair.time_zone, "kind": pair.kind, "now": now,
                "most": min(room, AT_ONCE),
            }  # fmt: skip
            done = connection.execute(_RIPEN, wanted).rowcount
            room -= done
            if done < AT_ONCE:
                break


_CHORES: Final = text(
    f"""
    SELECT (SELECT MIN(leased_until) FROM leads WHERE campaign_id = :campaign AND leased_until IS NOT NULL) AS ends_at,
           (SELECT MIN(escalates_at) FROM leads WHERE {READY} AND escalates_at IS NOT NULL) AS escalates_at
    """  # noqa: S608 - constants
).columns(ends_at=UtcDateTime(), escalates_at=UtcDateTime())
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


def chores(connection: Connection, campaign_id: int, now: datetime) -> None:
    """Leases that are over end; what waited long enough for one agent is for anybody."""
    ends_at, escalates_at = connection.execute(_CHORES, {"campaign": campaign_id}).one()
    if ends_at is not None and ends_at <= now:
        connection.execute(_RECLAIM, {"campaign": campaign_id, "now": now})
    if escalates_at is not None and escalates_at <= now:
        connection.execute(_ESCALATE, {"campaign": campaign_id, "now": now})


_LATER: Final = text(
    f"""
    SELECT MIN(due_at) AS at FROM leads WHERE {WAITING} AND time_zone = :zone AND due_kind = :kind AND due_at > :now
    """  # noqa: S608 - constants
).bindparams(bindparam("now", type_=UtcDateTime())).columns(at=UtcDateTime())  # fmt: skip
_LATER_CHORES: Final = (
    text(
        f"""
    SELECT (SELECT MIN(leased_until) FROM leads WHERE campaign_id = :campaign AND leased_until > :now) AS ends_at,
           (SELECT MIN(escalates_at) FROM leads WHERE {READY} AND escalates_at > :now) AS escalates_at
    """  # noqa: S608 - constants
    )
    .bindparams(bindparam("now", type_=UtcDateTime()))
    .columns(ends_at=UtcDateTime(), escalates_at=UtcDateTime())
)


def falls_due(
    connection: Connection, campaign_id: int, *, now: datetime, time_zones: Collection[str] | None
) -> datetime | None:
    """The first instant after `now` at which time alone makes another lead leasable."""
    instants: list[datetime | None] = list(
        connection.execute(_LATER_CHORES, {"campaign": campaign_id, "now": now}).one()
    )
    for pair in waiting(connection, campaign_id):
        if time_zones is None or pair.time_zone in time_zones:
            instants.append(pair.first_at if pair.first_at > now else _later(connection, campaign_id, pair, now))
    return min((at for at in instants if at is not None), default=None)


def _later(connection: Connection, campaign_id: int, pair: Waiting, now: datetime) -> datetime | None:
    wanted = {"campaign": campaign_id, "zone": pair.time_zone, "kind": pair.kind, "now": now}
    at: datetime | None = connection.execute(_LATER, wanted).scalar_one()
    return at


_ZONES: Final = (
    text(zones_of(WAITING) + " SELECT name FROM zones WHERE name IS NOT NULL"),
    text(zones_of(READY) + " SELECT name FROM zones WHERE name IS NOT NULL"),
    text("SELECT DISTINCT time_zone FROM leads WHERE campaign_id = :campaign AND leased_until IS NOT NULL"),
)


def time_zones(connection: Connection, campaign_id: int) -> set[str]:
    """Of the OPEN leads."""
    wanted: dict[str, Any] = {"campaign": campaign_id}
    return {zone for statement in _ZONES for zone in connection.execute(statement, wanted).scalars()}
