"""Leads: given back, listed. How they are leased is told in `dialer.db.lease`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, bindparam, case, select, update

from campaigns.lead import DueKind, Lead, LeadNumber, LeadState
from dialer.db import tables as t
from dialer.db.mapping import AnyRow, lead_of, number_of
from dialer.db.types import UtcDateTime

# Back among those that wait for their due time, or for none. Belongs to every change of state, due time or kind.
NO_LEASE: Final = {"leased_by": None, "leased_until": None, "rank": None}


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Sieve:
    """Which leads are wanted; None: whichever."""

    state: LeadState | None = None
    kind: DueKind | None = None
    source: str | None = None
    owner: str | None = None

    def conditions(self) -> list[ColumnElement[bool]]:
        columns = ((t.leads.c.due_kind, self.kind), (t.leads.c.source, self.source), (t.leads.c.owner, self.owner))
        return [column == value for column, value in columns if value is not None]


def page(
    connection: Connection,
    campaign_id: int,
    *,
    after: int,
    limit: int,
    sieve: Sieve = Sieve(),
) -> list[Lead]:
    """By number. Each state by itself: so an index has every page in order."""
    rows: list[AnyRow] = []
    for state in LeadState if sieve.state is None else (sieve.state,):
        wanted = select(t.leads).where(
            t.leads.c.campaign_id == campaign_id, t.leads.c.state == state, t.leads.c.lead_id > after,
            *sieve.conditions(),
        )  # fmt: skip
        rows += connection.execute(wanted.order_by(t.leads.c.lead_id).limit(limit)).all()
    return with_numbers(connection, sorted(rows, key=lambda row: row.lead_id)[:limit])


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
