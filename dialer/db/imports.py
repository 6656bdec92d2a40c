"""Lists: stored in batches, dialled only when whole, taken back as one."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, and_, delete, exists, insert, or_, select, update

from campaigns.lead import CloseReason, LeadState
from dialer.db import suppression
from dialer.db import tables as t
from dialer.db.leads import NO_LEASE
from dialer.db.mapping import AnyRow, import_of
from dialer.db.suppression import chunks
from dialer.errors import NotFound, WrongState
from dialer.ports import ImportRow, NewLead

_NOTHING_YET: Final = {"rows": 0, "accepted": 0, "duplicates": 0, "refused": 0, "refused_file": ""}


def begin(
    connection: Connection, campaign_id: int, *, file_name: str, sha256: str, at: datetime, alive: Collection[int]
) -> int:
    """Takes back what an earlier process left half done: its numbers would make the whole list duplicates.

    `alive` are the imports under way in this process, which is the only one that imports.
    """
    abandoned = select(t.imports.c.import_id).where(
        t.imports.c.campaign_id == campaign_id,
        t.imports.c.finished_at.is_(None),
        t.imports.c.undone_at.is_(None),
        t.imports.c.import_id.not_in(list(alive)),
    )
    for import_id in connection.execute(abandoned).scalars().all():
        undo(connection, import_id, at=at)
    row = {"campaign_id": campaign_id, "file_name": file_name, "sha256": sha256, "started_at": at, **_NOTHING_YET}
    import_id = connection.execute(insert(t.imports).returning(t.imports.c.import_id), row).scalar_one()
    return int(import_id)


def add(connection: Connection, import_id: int, rows: Sequence[NewLead], *, due_at: datetime) -> list[tuple[int, str]]:
    """A lead keeps those of its numbers that are new to the campaign; one that has none is refused."""
    campaign_id = _under_way(connection, import_id).campaign_id
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
    new = [_lead_row(campaign_id, import_id, lead, due_at) for lead, _ in accepted]
    inserted = connection.execute(insert(t.leads).returning(t.leads.c.lead_id, sort_by_parameter_order=True), new)
    numbers = [
        _number_row(campaign_id, lead_id, position, kind, e164)
        for lead_id, (_, fresh) in zip(inserted.scalars(), accepted, strict=True)
        for position, (kind, e164) in enumerate(fresh)
    ]
    connection.execute(insert(t.lead_numbers), numbers)


def _lead_row(campaign_id: int, import_id: int, lead: NewLead, due_at: datetime) -> dict[str, Any]:
    return {
        "campaign_id": campaign_id,
        "import_id": import_id,
        "row": lead.row,
        "name": lead.name,
        "country": lead.country,
        "time_zone": lead.time_zone,
        "state": LeadState.OPEN,
        "due_at": due_at,
        "priority": lead.priority,
        "agent_guaranteed": False,
        "fields": dict(lead.fields),
        "owner": lead.owner,
        "source": lead.source,
        "segment": lead.segment,
        "skill": lead.skill,
        "value": lead.value,
        "created_at": due_at,
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
    """From here on all its leads count, in one statement."""
    _under_way(connection, import_id)
    suppression.close_listed(connection, import_id)
    connection.execute(update(t.imports).where(t.imports.c.import_id == import_id).values(finished_at=at, **figures))


def undo(connection: Connection, import_id: int, *, at: datetime) -> tuple[int, int]:
    """A lead that has been dialled, or is leased to be dialled at this moment, is closed; the others are removed."""
    row = _row(connection, import_id)
    if row.undone_at is not None:
        raise WrongState(f"Import {import_id} was undone at {row.undone_at:%Y-%m-%d %H:%M} UTC already.")
    own = t.leads.c.import_id == import_id
    removed = connection.execute(delete(t.leads).where(own, ~_dialled(at))).rowcount
    closed = connection.execute(
        update(t.leads)
        .where(own, t.leads.c.state == LeadState.OPEN)
        .values(state=LeadState.CLOSED, due_at=None, closed_reason=CloseReason.IMPORT_UNDONE, **NO_LEASE)
    ).rowcount
    connection.execute(update(t.imports).where(t.imports.c.import_id == import_id).values(undone_at=at))
    return removed, closed


def _dialled(now: datetime) -> ColumnElement[bool]:
    leased = and_(t.leads.c.leased_until.is_not(None), t.leads.c.leased_until > now)
    return or_(leased, exists().where(t.attempts.c.lead_id == t.leads.c.lead_id))


def every(connection: Connection, campaign_id: int) -> list[ImportRow]:
    statement = select(t.imports).where(t.imports.c.campaign_id == campaign_id).order_by(t.imports.c.import_id)
    return [import_of(row) for row in connection.execute(statement)]


def _under_way(connection: Connection, import_id: int) -> AnyRow:
    row = _row(connection, import_id)
    if row.finished_at is not None or row.undone_at is not None:
        raise WrongState(f"Import {import_id} is over; start a new one.")
    return row


def _row(connection: Connection, import_id: int) -> AnyRow:
    row = connection.execute(select(t.imports).where(t.imports.c.import_id == import_id)).one_or_none()
    if row is None:
        raise NotFound(f"There is no import {import_id}.")
    return row
