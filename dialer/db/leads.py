"""Leads: leased, given back, listed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    Connection,
    Update,
    and_,
    bindparam,
    case,
    exists,
    func,
    or_,
    select,
    update,
)

from campaigns.lead import Lead, LeadNumber, LeadState
from dialer.db import tables as t
from dialer.db.mapping import AnyRow, lead_of, number_of
from dialer.db.types import UtcDateTime, beyond_index

_NOW: Final = bindparam("now", type_=UtcDateTime())
_FREE: Final = or_(t.leads.c.leased_until.is_(None), t.leads.c.leased_until <= _NOW)
NO_LEASE: Final = {"leased_by": None, "leased_until": None}


def listed() -> ColumnElement[bool]:
    """Leads count from the moment their import is complete: a crash in the middle leaves no half list."""
    finished = select(t.imports.c.import_id).where(t.imports.c.finished_at.is_not(None))
    return or_(t.leads.c.import_id.is_(None), t.leads.c.import_id.in_(finished))


@lru_cache(maxsize=8)
def _lease(by_zone: bool, by_guarantee: bool) -> Update:
    """One statement. On PostgreSQL concurrent leases step over each other's rows; SQLite has one writer."""
    due = [
        t.leads.c.campaign_id == bindparam("campaign"),
        t.leads.c.state == LeadState.OPEN,
        beyond_index(t.leads.c.due_at) <= _NOW,  # SQLite would find all due leads and sort them for the first few
        _any_due(),
        _FREE,
        listed(),
        # A lease may run out during a long call; the call still keeps the lead.
        ~exists().where(t.attempts.c.lead_id == t.leads.c.lead_id, t.attempts.c.ended_at.is_(None)),
    ]
    if by_zone:
        due.append(t.leads.c.time_zone.in_(bindparam("time_zones", expanding=True)))
    if by_guarantee:
        due.append(t.leads.c.agent_guaranteed == bindparam("guaranteed"))
    candidates = (
        select(t.leads.c.lead_id)
        .where(*due)
        .order_by(t.leads.c.priority.desc(), t.leads.c.due_at, t.leads.c.lead_id)
        .limit(bindparam("most"))
        .with_for_update(skip_locked=True, of=t.leads)
        .cte("candidates")  # evaluated once; as a plain subquery PostgreSQL may run it again and lease too many
    )
    return (
        update(t.leads)
        .where(t.leads.c.lead_id.in_(select(candidates.c.lead_id)))
        .values(leased_by=bindparam("lease_owner"), leased_until=bindparam("until", type_=UtcDateTime()))
        .returning(*t.leads.c)
    )


def _any_due() -> ColumnElement[bool]:
    """Answered once from the index on due times: with nothing due, the list is not walked through."""
    other = t.leads.alias("other")
    return exists().where(
        other.c.campaign_id == bindparam("campaign"),
        other.c.state == LeadState.OPEN,
        other.c.due_at <= _NOW,
        or_(other.c.leased_until.is_(None), other.c.leased_until <= _NOW),
    )


def lease(
    connection: Connection,
    campaign_id: int,
    limit: int,
    *,
    owner: str,
    now: datetime,
    until: datetime,
    time_zones: Collection[str] | None,
    agent_guaranteed: bool | None,
) -> list[Lead]:
    wanted: dict[str, Any] = {"campaign": campaign_id, "most": limit, "lease_owner": owner, "now": now, "until": until}
    if time_zones is not None:
        wanted["time_zones"] = list(time_zones)
    if agent_guaranteed is not None:
        wanted["guaranteed"] = agent_guaranteed
    rows = connection.execute(_lease(time_zones is not None, agent_guaranteed is not None), wanted).all()
    rows = sorted(rows, key=lambda row: (-row.priority, row.due_at, row.lead_id))
    return with_numbers(connection, rows)


def give_back(connection: Connection, lead_id: int, *, owner: str, due_at: datetime | None) -> None:
    """Only the owner's own lease; `due_at` None leaves the lead due as it was."""
    statement = (
        update(t.leads)
        .where(t.leads.c.lead_id == lead_id, t.leads.c.leased_by == owner)
        .values(**NO_LEASE, due_at=_due_or(due_at))
    )
    connection.execute(statement)


def _due_or(due_at: datetime | None) -> Any:
    if due_at is None:
        return t.leads.c.due_at
    return case((t.leads.c.state == LeadState.OPEN, bindparam("due", due_at, UtcDateTime())))


def next_due(
    connection: Connection, campaign_id: int, *, now: datetime, time_zones: Collection[str] | None = None
) -> datetime | None:
    """Where every OPEN lead is leased, the end of the first lease: the list is not used up while one may come back."""
    open_leads = (t.leads.c.campaign_id == campaign_id) & (t.leads.c.state == LeadState.OPEN) & listed()
    if time_zones is not None:
        open_leads &= t.leads.c.time_zone.in_(list(time_zones))
    first = select(func.min(t.leads.c.due_at)).where(open_leads, _FREE)
    due: datetime | None = connection.execute(first, {"now": now}).scalar_one()
    if due is None:
        due = connection.execute(select(func.min(t.leads.c.leased_until)).where(open_leads)).scalar_one()
    return due


def time_zones(connection: Connection, campaign_id: int) -> set[str]:
    """Of the OPEN leads."""
    statement = (
        select(t.leads.c.time_zone)
        .where(t.leads.c.campaign_id == campaign_id, t.leads.c.state == LeadState.OPEN, listed())
        .distinct()
    )
    return set(connection.execute(statement).scalars())


def page(connection: Connection, campaign_id: int, *, state: LeadState | None, after: int, limit: int) -> list[Lead]:
    wanted = and_(t.leads.c.campaign_id == campaign_id, t.leads.c.lead_id > after, listed())
    if state is not None:
        wanted = and_(wanted, t.leads.c.state == state)
    rows = connection.execute(select(t.leads).where(wanted).order_by(t.leads.c.lead_id).limit(limit)).all()
    return with_numbers(connection, rows)


def by_id(connection: Connection, lead_id: int) -> Lead | None:
    found = with_numbers(connection, connection.execute(select(t.leads).where(t.leads.c.lead_id == lead_id)).all())
    return found[0] if found else None


_NUMBERS: Final = (
    select(t.lead_numbers)
    .where(t.lead_numbers.c.lead_id.in_(bindparam("lead_ids", expanding=True)))
    .order_by(t.lead_numbers.c.lead_id, t.lead_numbers.c.position, t.lead_numbers.c.number_id)
)


def with_numbers(connection: Connection, rows: Sequence[AnyRow]) -> list[Lead]:
    numbers = _numbers(connection, [row.lead_id for row in rows])
    return [lead_of(row, numbers[row.lead_id]) for row in rows]


def _numbers(connection: Connection, lead_ids: Iterable[int]) -> dict[int, list[LeadNumber]]:
    numbers: dict[int, list[LeadNumber]] = defaultdict(list)
    if wanted := list(lead_ids):
        for row in connection.execute(_NUMBERS, {"lead_ids": wanted}):
            numbers[row.lead_id].append(number_of(row))
    return numbers
