"""Rows of lists that are not whole: they wait beside the leads under the numbers they will have, then move over.

So nobody who asks about leads sees anything of half a list, whatever he asks, and storing a lead for good is done once.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from functools import lru_cache
from operator import attrgetter
from typing import Any, Final

import msgspec
from sqlalchemy import (
    ColumnElement,
    Connection,
    Delete,
    FromClause,
    Insert,
    and_,
    bindparam,
    case,
    delete,
    exists,
    func,
    insert,
    literal,
    select,
    union_all,
    update,
)

from campaigns.importing import AcceptedRow
from campaigns.lead import DueKind, LeadState
from dialer.db import bulk, suppression
from dialer.db import tables as t
from dialer.db.due import of_anybody, rank

_R: Final = t.import_rows.c
_TOLD: Final = {
    name: attrgetter(name)
    for name in (
        "name", "country", "time_zone", "priority", "owner", "source", "segment", "skill", "value", "external_id",
    )
}  # fmt: skip
_KEPT: Final = [column.name for column in t.import_rows.c if column.name != "suppressed"]  # as it is, once it is a lead
_DECIDED: Final = ("campaign_id", "agent_guaranteed", "state", "due_at", "rank", "lane")
_BETWEEN: Final = and_(
    _R.import_id == bindparam("of_import"), _R.lead_id > bindparam("after"), _R.lead_id <= bindparam("last")
)
_json: Final = msgspec.json.Encoder().encode
_NUMBERLESS: Final = ~exists().where(t.lead_numbers.c.lead_id == _R.lead_id)


def put(
    connection: Connection,
    import_id: int,
    lead_ids: Sequence[int],
    rows: Sequence[AcceptedRow],
    *,
    suppressed: Collection[int],
    at: datetime,
) -> None:
    """`suppressed` are the lines of rows that must not be called at all."""
    columns: dict[str, Sequence[Any]] = {name: list(map(told, rows)) for name, told in _TOLD.items()}
    columns |= {
        "lead_id": lead_ids,
        "row": [row.line for row in rows],
        "suppressed": [row.line in suppressed for row in rows] if suppressed else [False] * len(rows),
        "fields": [_json(row.fields).decode() for row in rows],
    }
    bulk.put(connection, t.import_rows, columns, import_id=import_id, created_at=bulk.instant(connection, at))


def page(connection: Connection, import_id: int, *, after: int, limit: int) -> list[tuple[int, int]]:
    """(row, lead) of what an import has stored, of what became a lead already too."""
    stored = union_all(
        *(
            select(
                select(table.c.row, table.c.lead_id)
                .where(table.c.import_id == import_id, table.c.lead_id > after)
                .order_by(table.c.lead_id)
                .limit(limit)
                .subquery()
            )
            for table in (t.import_rows, t.leads)
        )
    ).subquery()
    found = connection.execute(select(stored.c.row, stored.c.lead_id).order_by(stored.c.lead_id).limit(limit))
    return [(row.row, row.lead_id) for row in found]


def last_of(connection: Connection, table: FromClause, import_id: int, after: int, limit: int | None) -> int | None:
    """The last of the next ones, in `import_rows` or among the leads; None when there are no more."""
    following = select(table.c.lead_id).where(table.c.import_id == import_id, table.c.lead_id > after)
    some = following.order_by(table.c.lead_id).limit(limit).subquery()
    last: int | None = connection.execute(select(func.max(some.c.lead_id))).scalar_one()
    return last


def slices(connection: Connection, import_id: int, *, after: int, size: int, most: int) -> list[tuple[int, int]]:
    """The next rows that wait, as (after, last) of pieces of at most `size`. Reserved together, their numbers have few
    gaps; counting rows off would mean to read all of them once more."""
    own = select(_R.lead_id).where(_R.import_id == import_id, _R.lead_id > after)
    found: list[tuple[int, int]] = []
    while len(found) < most:
        first = connection.execute(own.where(_R.lead_id > after).order_by(_R.lead_id).limit(1)).scalar_one_or_none()
        if first is None:
            break
        after = first - 1 + size
        found.append((first - 1, after))
    return found


def drop_numberless(connection: Connection, import_id: int) -> int:
    return connection.execute(delete(t.import_rows).where(_R.import_id == import_id, _NUMBERLESS)).rowcount


def judge_again(connection: Connection, import_id: int, *, after: int, last: int) -> None:
    """Marked while some of its numbers were not stored yet, a row may have others."""
    marked = (*between(import_id, after, last), _R.suppressed)
    connection.execute(
        update(t.import_rows).where(*marked, ~suppression.only_suppressed(_R.lead_id)).values(suppressed=False)
    )


def move(connection: Connection, import_id: int, campaign_id: int, *, after: int, last: int) -> None:
    """Rows behind `after`, up to `last`, become leads."""
    some = {"of_import": import_id, "of_campaign": campaign_id, "after": after, "last": last}
    if bulk.on_postgresql(connection):
        connection.execute(_moving(), some)
    else:
        connection.execute(_copying(), some)
        connection.execute(_removing(), some)


def bring_forward(connection: Connection, campaign_id: int, e164: str) -> None:
    """Whoever has the number in a list under way becomes a lead now: he has come by himself."""
    numbers = t.lead_numbers.c
    waiting = (
        select(_R.import_id, _R.lead_id)
        .join(t.lead_numbers, numbers.lead_id == _R.lead_id)
        .where(numbers.e164 == e164, numbers.campaign_id == campaign_id)
    )
    for row in connection.execute(waiting).all():
        move(connection, row.import_id, campaign_id, after=row.lead_id - 1, last=row.lead_id)


def between(import_id: int, after: int, last: int) -> tuple[ColumnElement[bool], ...]:
    return _R.import_id == import_id, _R.lead_id > after, _R.lead_id <= last


@lru_cache
def _removing() -> Delete:
    return delete(t.import_rows).where(_BETWEEN)


@lru_cache
def _moving() -> Insert:
    """In one statement: of two who want the same row, one gets it."""
    return _as_leads(_removing().returning(*t.import_rows.c).cte("moved"))


@lru_cache
def _copying() -> Insert:
    """On SQLite nobody else writes at the same time."""
    return _as_leads(t.import_rows, _BETWEEN)


def _as_leads(rows: FromClause, *which: ColumnElement[bool]) -> Insert:
    decided: dict[str, ColumnElement[Any]] = {
        "campaign_id": bindparam("of_campaign", type_=t.leads.c.campaign_id.type),
        "agent_guaranteed": literal(False),
        "state": case((rows.c.suppressed, LeadState.DO_NOT_CALL.value), else_=LeadState.OPEN.value),
        "due_at": case((~rows.c.suppressed, rows.c.created_at)),
        "rank": case((~rows.c.suppressed, rank(literal(DueKind.FRESH.value), rows.c.priority))),
        "lane": of_anybody(rows.c.skill),
    }
    values = [*(rows.c[name] for name in _KEPT), *(decided[name].label(name) for name in _DECIDED)]
    return insert(t.leads).from_select([*_KEPT, *_DECIDED], select(*values).where(*which), include_defaults=False)
