"""The journal, which is also the outbox of the feed: what happened, once, in the order of its commits."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

import msgspec
from sqlalchemy import Connection, delete, func, select, text, update

from dialer.db import tables as t
from dialer.db.database import insert_or_ignore
from dialer.db.mapping import AnyRow
from dialer.domain.events import (
    NAMES,
    CallEvent,
    DomainEvent,
    InboundEvent,
    PilotEvent,
    RecordingBegun,
    RecordingFinalized,
    RecordingLost,
    RecordingReserved,
)
from dialer.domain.ids import new_id
from dialer.domain.topics import subject
from dialer.ports import OutboxEntry

SCHEMA: Final = 1  # of the payload; a field added keeps it, a field changed or taken away does not
_APPENDING: Final = 7_105_600_002  # any number; the lock is held until commit, so `seq` is the order of commits
_ENCODER: Final = msgspec.json.Encoder()
_ONCE_PER_RECORDING: Final = RecordingReserved | RecordingBegun | RecordingFinalized | RecordingLost


def lock(connection: Connection) -> None:
    """A reader that has seen entry n must never find a smaller one later. SQLite has only one writer anyway."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _APPENDING})


def append(connection: Connection, events: Sequence[DomainEvent]) -> None:
    """What is in the journal already (same call or recording, same kind) is left out."""
    connection.execute(insert_or_ignore(connection, t.journal), [_row(event) for event in events])


def _row(event: DomainEvent) -> dict[str, Any]:
    topic, retained = subject(event)
    return {
        "event_id": _event_id(event),
        "name": NAMES[type(event)],
        "subject": topic,
        "retained": retained,
        "occurred_at": event.occurred_at,
        "body": _ENCODER.encode(event).decode(),
    }


def _event_id(event: DomainEvent) -> str:
    """The same for a replay where a thing can happen only once; so subscribers, too, can tell a repetition."""
    if isinstance(event, CallEvent):
        return f"{event.attempt_id}-{NAMES[type(event)]}"
    if isinstance(event, InboundEvent):
        return f"{event.inbound_id}-{NAMES[type(event)]}"
    if isinstance(event, PilotEvent):
        return f"{event.pilot_id}-{NAMES[type(event)]}"
    if isinstance(event, _ONCE_PER_RECORDING):
        return f"{event.recording_id}-{NAMES[type(event)]}"
    return new_id(event.occurred_at)


def outbox(connection: Connection, limit: int) -> list[OutboxEntry]:
    taken = select(t.feed.c.position).scalar_subquery()
    statement = select(t.journal).where(t.journal.c.seq > taken).order_by(t.journal.c.seq).limit(limit)
    return [_entry(row) for row in connection.execute(statement)]


def _entry(row: AnyRow) -> OutboxEntry:
    return OutboxEntry(
        seq=row.seq,
        event_id=row.event_id,
        name=row.name,
        topic_subject=row.subject,
        occurred_at=row.occurred_at,
        payload=_payload(row),
        retained=row.retained,
    )


def _payload(row: AnyRow) -> bytes:
    head = {"event_id": row.event_id, "seq": row.seq, "schema": SCHEMA, "name": row.name}
    return _ENCODER.encode(head | msgspec.json.decode(row.body))


def last_heard(connection: Connection) -> datetime | None:
    last = select(t.journal.c.occurred_at).order_by(t.journal.c.seq.desc()).limit(1)
    at: datetime | None = connection.execute(last).scalar_one_or_none()
    return at


def published(connection: Connection, up_to_seq: int) -> None:
    """Never beyond the last entry: what is yet to happen has not been published."""
    last = connection.execute(select(func.max(t.journal.c.seq))).scalar_one() or 0
    reached = min(up_to_seq, last)
    connection.execute(update(t.feed).where(t.feed.c.position < reached).values(position=reached))


def purge(connection: Connection, *, before: datetime, limit: int) -> int:
    """At most `limit` rows, oldest first, so that the calls in progress do not wait for the housekeeping."""
    taken = select(t.feed.c.position).scalar_subquery()
    old = (
        select(t.journal.c.seq)
        .where(t.journal.c.seq <= taken, t.journal.c.occurred_at < before)
        .order_by(t.journal.c.seq)
        .limit(limit)
    )
    return connection.execute(delete(t.journal).where(t.journal.c.seq.in_(old))).rowcount
