"""Lists: what is stored of one under way waits, counts once it is whole, and is taken back as one."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, and_, delete, exists, insert, or_, select, update
from sqlalchemy.sql.dml import ReturningDelete

from campaigns.lead import CloseReason, LeadState
from dialer.db import bulk, import_rows, places, suppression
from dialer.db import tables as t
from dialer.db.callbacks import promised
from dialer.db.leads import NO_LEASE
from dialer.db.mapping import AnyRow, import_of
from dialer.db.suppression import chunks
from dialer.errors import NotFound, WrongState
from dialer.ports import ImportRow, NewLead
from dialer.ports.imports import Phase

NOTHING_YET: Final = {"rows": 0, "accepted": 0, "duplicates": 0, "refused": 0, "refused_file": ""}


def begin(connection: Connection, /, campaign_id: int, *, at: datetime, **properties: Any) -> int:
    """`properties` are columns of the import."""
    row = {"campaign_id": campaign_id, "started_at": at, "phase": Phase.READING, **NOTHING_YET, **properties}
    import_id = connection.execute(insert(t.imports).returning(t.imports.c.import_id), row).scalar_one()
    return int(import_id)


def add(connection: Connection, import_id: int, rows: Sequence[NewLead], *, due_at: datetime) -> list[tuple[int, str]]:
    """A lead keeps those of its numbers that are new to the campaign; one that has none is refused."""
    campaign_id = under_way(connection, import_id).campaign_id
    # Imports into one campaign take turns, so that no number slips in between the question and the answer.
    connection.execute(select(t.campaigns.c.code).where(t.campaigns.c.campaign_id == campaign_id).with_for_update())
    taken = _taken(connection, campaign_id, {e164 for row in rows for _, e164 in row.numbers})
    accepted, refused = _sorted_out(rows, taken)
    if accepted:
        _insert(connection, campaign_id, import_id, accepted, due_at)
    return refused


def _taken(connection: Connection, campaign_id: int, numbers: Collection[str]) -> set[str]:
    taken: set[str] = set()
    for chunk in chunks(numbers):
        known = select(t.lead_numbers.c.e164).where(
            t.lead_numbers.c.campaign_id == campaign_id, t.lead_numbers.c.e164.in_(chunk)
        )
        taken.update(connection.execute(known).scalars())
    return taken


def _sorted_out(
    rows: Iterable[NewLead], taken: set[str]
) -> tuple[list[tuple[NewLead, list[tuple[str, str]]]], list[tuple[int, str]]]:
    accepted: list[tuple[NewLead, list[tuple[str, str]]]] = []
    refused: list[tuple[int, str]] = []
    for row in rows:
        fresh = list({e164: (kind, e164) for kind, e164 in reversed(row.numbers) if e164 not in taken}.values())[::-1]
        if fresh:
            taken.update(e164 for _, e164 in fresh)
            accepted.append((row, fresh))
        else:
            refused.extend((row.row, e164) for _, e164 in row.numbers[:1])
    return accepted, refused


def _insert(
    connection: Connection,
    campaign_id: int,
    import_id: int,
    accepted: Sequence[tuple[NewLead, list[tuple[str, str]]]],
    due_at: datetime,
) -> None:
    lead_ids = bulk.reserve(connection, t.leads, len(accepted))
    places.note(connection, campaign_id, {(lead.country, lead.time_zone) for lead, _ in accepted})
    new = [_row(import_id, lead_id, lead, due_at) for lead_id, (lead, _) in zip(lead_ids, accepted, strict=True)]
    connection.execute(insert(t.import_rows), new)
    numbers = [
        _number_row(campaign_id, lead_id, position, kind, e164)
        for lead_id, (_, fresh) in zip(lead_ids, accepted, strict=True)
        for position, (kind, e164) in enumerate(fresh)
    ]
    connection.execute(insert(t.lead_numbers), numbers)


def _row(import_id: int, lead_id: int, lead: NewLead, due_at: datetime) -> dict[str, Any]:
    return {
        "lead_id": lead_id,
        "import_id": import_id,
        "row": lead.row,
        "name": lead.name,
        "country": lead.country,
        "time_zone": lead.time_zone,
        "suppressed": False,
        "priority": lead.priority,
        "fields": dict(lead.fields),
        "owner": lead.owner,
        "source": lead.source,
        "segment": lead.segment,
        "skill": lead.skill,
        "value": lead.value,
        "created_at": due_at,
        "external_id": lead.external_id,
    }


def _number_row(campaign_id: int, lead_id: int, position: int, kind: str, e164: str) -> dict[str, Any]:
    return {
        "campaign_id": campaign_id,
        "lead_id": lead_id,
        "e164": e164,
        "kind": kind,
        "position": position,
        "usable": True,
    }


def finish(connection: Connection, import_id: int, *, at: datetime, figures: Mapping[str, int | str]) -> None:
    """From here on all its leads count."""
    under_way(connection, import_id)
    suppression.mark_listed(connection, import_id)
    if (last := import_rows.last_of(connection, t.import_rows, import_id, 0, None)) is not None:
        release(connection, import_id, after=0, last=last)
    note(connection, import_id, finished_at=at, phase=Phase.DONE, **figures)


def release(connection: Connection, import_id: int, *, after: int, last: int) -> None:
    """Let rows count as leads: those behind `after`, up to `last`."""
    import_rows.move(connection, import_id, by_id(connection, import_id).campaign_id, after=after, last=last)


def undo(connection: Connection, import_id: int, *, at: datetime) -> tuple[int, int]:
    """A lead that has been dialled, or is leased to be dialled at this moment, is closed; the others are removed."""
    undoable(connection, import_id)
    _, removed, closed = take_back(connection, import_id, after=0, limit=None, at=at)
    note(connection, import_id, undone_at=at, phase=Phase.UNDONE)
    return removed, closed


def undoable(connection: Connection, import_id: int) -> AnyRow:
    row = by_id(connection, import_id)
    if row.undone_at is not None:
        raise WrongState(f"Import {import_id} was undone at {row.undone_at:%Y-%m-%d %H:%M} UTC already.")
    return row


def take_back(
    connection: Connection, import_id: int, *, after: int, limit: int | None, at: datetime
) -> tuple[int | None, int, int]:
    """The next leads of an import: the last of them (None when there are no more), how many were removed and closed."""
    last = _last_of(connection, import_id, after, limit)
    if last is None:
        return None, 0, 0
    waiting = delete(t.import_rows).where(*import_rows.between(import_id, after, last))
    own = (*_between(import_id, after, last), ~promised(t.leads.c.lead_id))  # a promise outlives its list
    untouched = delete(t.leads).where(*own, ~_touched(at))
    removed = _remove(connection, waiting.returning(t.import_rows.c.lead_id))
    removed += _remove(connection, untouched.returning(t.leads.c.lead_id))
    closed = connection.execute(
        update(t.leads)
        .where(*own, t.leads.c.state == LeadState.OPEN)
        .values(state=LeadState.CLOSED, due_at=None, closed_reason=CloseReason.IMPORT_UNDONE, **NO_LEASE)
    ).rowcount
    return last, removed, closed


def _remove(connection: Connection, removing: ReturningDelete[tuple[int]]) -> int:
    """With their numbers."""
    removed = list(connection.execute(removing).scalars())
    for lead_ids in chunks(removed):
        connection.execute(delete(t.lead_numbers).where(t.lead_numbers.c.lead_id.in_(lead_ids)))
    return len(removed)


def _last_of(connection: Connection, import_id: int, after: int, limit: int | None) -> int | None:
    """Of rows that wait and of leads, `limit` of each at most."""
    ends = [import_rows.last_of(connection, table, import_id, after, limit) for table in (t.import_rows, t.leads)]
    return (max if limit is None else min)(filter(None, ends), default=None)


def _between(import_id: int, after: int, last: int) -> tuple[ColumnElement[bool], ...]:
    return t.leads.c.import_id == import_id, t.leads.c.lead_id > after, t.leads.c.lead_id <= last


def _touched(now: datetime) -> ColumnElement[bool]:
    leased = and_(t.leads.c.leased_until.is_not(None), t.leads.c.leased_until > now)
    dialled = exists().where(t.attempts.c.lead_id == t.leads.c.lead_id)
    asked = exists().where(t.web_leads.c.lead_id == t.leads.c.lead_id)
    return or_(leased, dialled, asked, exists().where(t.callbacks.c.lead_id == t.leads.c.lead_id))


def note(connection: Connection, /, import_id: int, **properties: Any) -> None:
    connection.execute(update(t.imports).where(t.imports.c.import_id == import_id).values(**properties))


def every(connection: Connection, campaign_id: int) -> list[ImportRow]:
    statement = select(t.imports).where(t.imports.c.campaign_id == campaign_id).order_by(t.imports.c.import_id)
    return [import_of(row) for row in connection.execute(statement)]


def pending(connection: Connection) -> list[ImportRow]:
    """Of all campaigns, those that are neither done nor undone."""
    over = t.imports.c.phase.in_((Phase.DONE, Phase.UNDONE))
    return [
        import_of(row) for row in connection.execute(select(t.imports).where(~over).order_by(t.imports.c.import_id))
    ]


def under_way(connection: Connection, import_id: int) -> AnyRow:
    row = by_id(connection, import_id)
    if row.finished_at is not None or row.undone_at is not None:
        raise WrongState(f"Import {import_id} is over; start a new one.")
    return row


def by_id(connection: Connection, import_id: int) -> AnyRow:
    row = connection.execute(select(t.imports).where(t.imports.c.import_id == import_id)).one_or_none()
    if row is None:
        raise NotFound(f"There is no import {import_id}.")
    return row
