"""Do-not-call entries, and what they do to leads.

A number is suppressed by an entry for it, by one for how it begins, or by a register. Entries and registers hold for
all campaigns or for one, and until they expire or are taken back. Only what is meant for ever and for every campaign,
the entry of a single number, ends its leads; everything else is asked again before every attempt.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from itertools import islice
from typing import Any, Final, TypeVar

from sqlalchemy import (
    ColumnElement,
    Connection,
    FromClause,
    and_,
    bindparam,
    exists,
    func,
    insert,
    or_,
    select,
    update,
)

from campaigns.hold import Hold
from campaigns.lead import LeadState
from dialer.db import tables as t
from dialer.db.leads import NO_LEASE
from dialer.db.mapping import AnyRow
from dialer.db.types import UtcDateTime
from dialer.ports.suppression import SuppressionEntry

T = TypeVar("T")
_AT_ONCE: Final = 5000  # parameters in one statement; SQLite allows 32,766
CURRENT: Final = "CURRENT"
Operand = ColumnElement[Any]

_FINAL: Final = and_(
    ~t.suppressions.c.prefix,
    t.suppressions.c.campaign_id.is_(None),
    t.suppressions.c.expires_at.is_(None),
    t.suppressions.c.removed_at.is_(None),
)


def only_suppressed(lead_id: Operand) -> ColumnElement[bool]:
    """Whether a lead, or who will be one, has no number left that may be called."""
    return ~exists().where(
        t.lead_numbers.c.lead_id == lead_id,
        t.lead_numbers.c.usable,
        ~exists().where(t.suppressions.c.e164 == t.lead_numbers.c.e164, _FINAL),
    )


_CLOSE: Final = (
    update(t.leads)
    .where(t.leads.c.state != LeadState.DO_NOT_CALL, only_suppressed(t.leads.c.lead_id))
    .values(state=LeadState.DO_NOT_CALL, due_at=None, **NO_LEASE)
)
_MARK: Final = (
    update(t.import_rows)
    .where(~t.import_rows.c.suppressed, only_suppressed(t.import_rows.c.lead_id))
    .values(suppressed=True)
)
_HOLDERS: Final = select(t.lead_numbers.c.lead_id).where(
    t.lead_numbers.c.e164.in_(bindparam("numbers", expanding=True))
)


def in_force(table: FromClause, campaign: Operand, now: Operand) -> ColumnElement[bool]:
    """Entries or registers that hold for the campaign at that instant."""
    columns = table.c
    living = columns.removed_at.is_(None) if "removed_at" in columns else columns.state == CURRENT
    return and_(
        living,
        or_(columns.campaign_id.is_(None), columns.campaign_id == campaign),
        or_(columns.expires_at.is_(None), columns.expires_at > now),
    )


def begins_with(number: Operand) -> ColumnElement[bool]:
    return func.substr(number, 1, func.length(t.suppressions.c.e164)) == t.suppressions.c.e164


def on_a_list(number: Operand, campaign: Operand, now: Operand) -> ColumnElement[bool]:
    """Whether the number may not be dialled; for any statement, also for the one that writes an attempt."""
    own = in_force(t.suppressions, campaign, now)
    register = in_force(t.registers, campaign, now)
    return or_(
        exists().where(t.suppressions.c.e164 == number, ~t.suppressions.c.prefix, own),
        exists().where(t.suppressions.c.prefix, begins_with(number), own),
        exists().where(
            t.register_numbers.c.register_id == t.registers.c.register_id,
            t.register_numbers.c.e164 == number,
            register,
        ),
    )


def entry(
    e164: str, *, reason: str, source: str, at: datetime, by: str = "", prefix: bool = False,
    campaign_id: int | None = None, expires_at: datetime | None = None,
    from_campaign_id: int | None = None, from_lead_id: int | None = None,
) -> dict[str, Any]:  # fmt: skip
    """A row of the list. `campaign_id` is where it holds, `from_*` the call that led to it."""
    return {
        "e164": e164,
        "prefix": prefix,
        "campaign_id": campaign_id,
        "reason": reason,
        "source": source,
        "by": by,
        "at": at,
        "expires_at": expires_at,
        "from_campaign_id": from_campaign_id,
        "from_lead_id": from_lead_id,
    }


_ENTRY: Final = tuple(entry("", reason="", source="", at=datetime.max.replace(tzinfo=UTC)))


def _param(name: str) -> Operand:
    return bindparam(name, type_=t.suppressions.c[name].type)


_COVERED: Final = exists().where(
    t.suppressions.c.e164 == _param("e164"),
    t.suppressions.c.prefix == _param("prefix"),
    t.suppressions.c.removed_at.is_(None),
    or_(t.suppressions.c.campaign_id.is_(None), t.suppressions.c.campaign_id == _param("campaign_id")),
    or_(t.suppressions.c.expires_at.is_(None), t.suppressions.c.expires_at >= _param("expires_at")),
)
_ADD: Final = insert(t.suppressions).from_select(
    _ENTRY, select(*(_param(name) for name in _ENTRY)).where(~_COVERED), include_defaults=False
)


def suppress(connection: Connection, entries: Sequence[Mapping[str, Any]]) -> None:
    """`entries` as `entry` makes them. One that says no more than an entry in force is left out, so that repeating
    changes nothing; leads whose numbers are all suppressed for good lose lease and due time."""
    for row in entries:
        connection.execute(_ADD, row)
    final = [row["e164"] for row in entries if not row["prefix"] and row["campaign_id"] is row["expires_at"] is None]
    for numbers in chunks(final):
        # What waits for the end of its list first: it may become a lead while we wait for it.
        connection.execute(_MARK.where(t.import_rows.c.lead_id.in_(_HOLDERS)), {"numbers": numbers})
        connection.execute(_CLOSE.where(t.leads.c.lead_id.in_(_HOLDERS)), {"numbers": numbers})


def mark_listed(connection: Connection, import_id: int) -> None:
    """A new list may bring people who asked not to be called."""
    listed_before = exists().where(
        t.lead_numbers.c.lead_id == t.import_rows.c.lead_id, t.lead_numbers.c.e164 == t.suppressions.c.e164, _FINAL
    )
    connection.execute(_MARK.where(t.import_rows.c.import_id == import_id, listed_before))


def close_if_listed(connection: Connection, lead_id: int) -> None:
    """Who comes in by himself may have asked not to be called."""
    connection.execute(_CLOSE.where(t.leads.c.lead_id == lead_id))


def unsuppress(
    connection: Connection, e164: str, *, at: datetime, by: str, prefix: bool, campaign_id: int | None
) -> bool:
    """Leads that were closed by the entry stay closed: only a planner may open them again."""
    statement = (
        update(t.suppressions)
        .where(
            t.suppressions.c.e164 == e164,
            t.suppressions.c.prefix == prefix,
            t.suppressions.c.removed_at.is_(None),
            t.suppressions.c.campaign_id.is_not_distinct_from(campaign_id),
            or_(
                t.suppressions.c.expires_at.is_(None), t.suppressions.c.expires_at > bindparam("at", at, UtcDateTime())
            ),
        )
        .values(removed_at=at, removed_by=by)
    )
    return connection.execute(statement).rowcount > 0


def among(
    connection: Connection, numbers: Collection[str], *, now: datetime | None = None, campaign_id: int | None = None
) -> dict[str, str]:
    """Those of `numbers` on a list, with reason and source."""
    return {e164: found.reason for e164, found in holds(connection, numbers, now=now, campaign_id=campaign_id).items()}


def holds(
    connection: Connection, numbers: Collection[str], *, now: datetime | None, campaign_id: int | None
) -> dict[str, Hold]:
    """Without `now` what has expired still counts; without a campaign only what holds for all of them."""
    found: dict[str, list[Hold]] = {}
    instant = bindparam("now", now or datetime.fromisoformat("1970-01-01T00:00Z"), UtcDateTime())
    campaign = bindparam("campaign", campaign_id, t.suppressions.c.campaign_id.type)
    own, register = in_force(t.suppressions, campaign, instant), in_force(t.registers, campaign, instant)
    prefixes = connection.execute(select(t.suppressions).where(t.suppressions.c.prefix, own)).all()
    for e164 in numbers if prefixes else ():
        found |= {e164: met} if (met := [hold(row) for row in prefixes if e164.startswith(row.e164)]) else {}
    for chunk in chunks(numbers):
        single = select(t.suppressions).where(t.suppressions.c.e164.in_(chunk), ~t.suppressions.c.prefix, own)
        for row in connection.execute(single):
            found.setdefault(row.e164, []).append(hold(row))
        listed = select(t.register_numbers.c.e164, t.registers.c.name, t.registers.c.dated, t.registers.c.expires_at)
        listed = listed.join(t.registers, t.registers.c.register_id == t.register_numbers.c.register_id)
        for row in connection.execute(listed.where(t.register_numbers.c.e164.in_(chunk), register)):
            found.setdefault(row.e164, []).append(hold_by_register(row))
    return {e164: Hold.both(met) for e164, met in found.items()}


def hold(row: AnyRow) -> Hold:
    words = described(row.reason, row.source)
    return Hold(f"{words}, as everything from {row.e164}" if row.prefix else words, row.expires_at)


def hold_by_register(row: AnyRow) -> Hold:
    return Hold(f"register {row.name} of {row.dated}", row.expires_at)


def described(reason: str, source: str) -> str:
    return f"{reason} ({source})" if source else reason


def of_number(connection: Connection, e164: str) -> list[SuppressionEntry]:
    """Every entry there ever was for it, the newest first; prefixes it begins with included."""
    own = or_(
        and_(t.suppressions.c.e164 == e164, ~t.suppressions.c.prefix),
        and_(t.suppressions.c.prefix, begins_with(bindparam("number", e164))),
    )
    statement = select(t.suppressions).where(own).order_by(t.suppressions.c.suppression_id.desc())
    return [_entry(row) for row in connection.execute(statement)]


def page(
    connection: Connection, *, campaign_id: int | None, in_force_at: datetime | None, after: int, limit: int
) -> list[SuppressionEntry]:
    """In the order in which they were made; those of one campaign, or of all and none."""
    statement = select(t.suppressions).where(t.suppressions.c.suppression_id > after)
    if campaign_id is not None:
        statement = statement.where(t.suppressions.c.campaign_id == campaign_id)
    if in_force_at is not None:
        at = bindparam("at", in_force_at, UtcDateTime())
        statement = statement.where(
            t.suppressions.c.removed_at.is_(None),
            or_(t.suppressions.c.expires_at.is_(None), t.suppressions.c.expires_at > at),
        )
    return [_entry(row) for row in connection.execute(statement.order_by(t.suppressions.c.suppression_id).limit(limit))]


def _entry(row: AnyRow) -> SuppressionEntry:
    return SuppressionEntry(
        suppression_id=row.suppression_id,
        e164=row.e164,
        prefix=row.prefix,
        campaign_id=row.campaign_id,
        reason=row.reason,
        source=row.source,
        by=row.by,
        at=row.at,
        expires_at=row.expires_at,
        removed_at=row.removed_at,
        removed_by=row.removed_by,
    )


def chunks(values: Collection[T], size: int = _AT_ONCE) -> Iterator[list[T]]:
    remaining = iter(values)
    while chunk := list(islice(remaining, size)):
        yield chunk
