"""The do-not-call list, and what it does to leads."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import islice
from typing import Any, Final, TypeVar

from sqlalchemy import ColumnElement, Connection, bindparam, delete, exists, select, update

from campaigns.lead import LeadState
from dialer.db import tables as t
from dialer.db.database import insert_or_ignore
from dialer.db.leads import NO_LEASE

T = TypeVar("T")
_AT_ONCE: Final = 5000  # parameters in one statement; SQLite allows 32,766

_ONLY_SUPPRESSED: Final[ColumnElement[bool]] = ~exists().where(
    t.lead_numbers.c.lead_id == t.leads.c.lead_id,
    t.lead_numbers.c.usable,
    t.lead_numbers.c.e164.not_in(select(t.suppressions.c.e164)),
)
_CLOSE: Final = (
    update(t.leads)
    .where(t.leads.c.state != LeadState.DO_NOT_CALL, _ONLY_SUPPRESSED)
    .values(state=LeadState.DO_NOT_CALL, due_at=None, **NO_LEASE)
)
_HOLDERS: Final = select(t.lead_numbers.c.lead_id).where(
    t.lead_numbers.c.e164.in_(bindparam("numbers", expanding=True))
)


def entry(
    e164: str, *, reason: str, source: str, at: datetime, campaign_id: int | None = None, lead_id: int | None = None
) -> dict[str, Any]:
    """A row of the list; campaign and lead where a call led to it."""
    return {
        "e164": e164,
        "reason": reason,
        "source": source,
        "at": at,
        "campaign_id": campaign_id,
        "lead_id": lead_id,
    }


def suppress(connection: Connection, entries: Sequence[Mapping[str, Any]]) -> None:
    """`entries` are rows of the table. The first entry of a number stays; its leads lose lease and due time."""
    connection.execute(insert_or_ignore(connection, t.suppressions), list(entries))
    for numbers in chunks([entry["e164"] for entry in entries]):
        connection.execute(_CLOSE.where(t.leads.c.lead_id.in_(_HOLDERS)), {"numbers": numbers})


def close_listed(connection: Connection, import_id: int) -> None:
    """A new list may bring people who asked not to be called."""
    listed_before = exists().where(
        t.lead_numbers.c.lead_id == t.leads.c.lead_id, t.lead_numbers.c.e164 == t.suppressions.c.e164
    )
    connection.execute(_CLOSE.where(t.leads.c.import_id == import_id, listed_before))


def unsuppress(connection: Connection, e164: str) -> bool:
    """Leads that were closed by the entry stay closed: only a planner may open them again."""
    return connection.execute(delete(t.suppressions).where(t.suppressions.c.e164 == e164)).rowcount > 0


def among(connection: Connection, numbers: Collection[str]) -> dict[str, str]:
    """Those of `numbers` on the list, with reason and source."""
    found: dict[str, str] = {}
    for chunk in chunks(numbers):
        statement = select(t.suppressions).where(t.suppressions.c.e164.in_(chunk))
        found |= {row.e164: described(row.reason, row.source) for row in connection.execute(statement)}
    return found


def described(reason: str, source: str) -> str:
    return f"{reason} ({source})" if source else reason


def chunks(values: Collection[T], size: int = _AT_ONCE) -> Iterator[list[T]]:
    remaining = iter(values)
    while chunk := list(islice(remaining, size)):
        yield chunk
