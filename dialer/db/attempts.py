"""Attempts: the row before the INVITE, and reading them back."""

from __future__ import annotations

from dataclasses import asdict, fields
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Select, bindparam, insert, select
from sqlalchemy.exc import IntegrityError

from dialer.db import person
from dialer.db import tables as t
from dialer.db.inbound import on_the_line
from dialer.db.mapping import attempt_of
from dialer.db.suppression import Operand, on_a_list
from dialer.ports import AttemptConflict, AttemptDraft, AttemptRow, Suppressed

_DRAFT: Final = tuple(field.name for field in fields(AttemptDraft))


def _of_draft(name: str) -> Operand:
    return bindparam(name, type_=t.attempts.c[name].type)


_CALLED: Final = person.called_now()
_CALLS_US: Final = on_the_line(*map(_of_draft, ("lead_id", "number")))
# The do-not-call lists are asked by the very statement that writes the row: nothing can come between.
_OPEN: Final = (
    insert(t.attempts)
    .from_select(
        _DRAFT,
        select(*map(_of_draft, _DRAFT)).where(
            ~on_a_list(*map(_of_draft, ("number", "campaign_id", "placed_at"))), ~_CALLS_US, ~_CALLED
        ),
        include_defaults=False,
    )
    .returning(t.attempts.c.attempt_id)
)


def open_attempt(connection: Connection, draft: AttemptDraft) -> None:
    person.lock(connection, draft.lead_id)
    try:
        written = connection.execute(_OPEN, asdict(draft)).one_or_none()
    except IntegrityError as error:
        if reason := _conflict(error):
            raise AttemptConflict(reason) from error
        raise
    if written is None:
        if connection.execute(select(_CALLED), {"lead_id": draft.lead_id}).scalar_one():
            raise AttemptConflict("the person is being called, on this or another number")
        if connection.execute(select(_CALLS_US), {"lead_id": draft.lead_id, "number": draft.number}).scalar_one():
            raise AttemptConflict("the customer calls us")
        raise Suppressed("the number is on the do-not-call list")


def _conflict(error: IntegrityError) -> str | None:
    """SQLite names the columns of a partial unique index, PostgreSQL the index."""
    words = str(error.orig)
    if "attempts.lead_id" in words or "uq_attempts_active_lead" in words:
        return "the lead has an active attempt"
    if "attempts.number" in words or "uq_attempts_active_number" in words:
        return "the number has an active attempt"
    if "FOREIGN KEY" in words or "fk_attempts_lead_id" in words:
        return "the lead is gone: its import was undone"
    return None


def _rows() -> Select[tuple[Any, ...]]:
    own = [t.attempts.c[name] for name in (field.name for field in fields(AttemptRow)) if name in t.attempts.c]
    return (
        select(
            *own,
            t.campaigns.c.code.label("campaign_code"),
            t.leads.c.name.label("lead_name"),
            t.recordings.c.path.label("recording_path"),
        )
        .join(t.campaigns, t.campaigns.c.campaign_id == t.attempts.c.campaign_id)
        .join(t.leads, t.leads.c.lead_id == t.attempts.c.lead_id)
        .outerjoin(t.recordings, t.recordings.c.recording_id == t.attempts.c.recording_id)
        .order_by(t.attempts.c.attempt_id)
    )


def active(connection: Connection) -> list[AttemptRow]:
    return [attempt_of(row) for row in connection.execute(_rows().where(t.attempts.c.ended_at.is_(None)))]


def by_id(connection: Connection, attempt_id: str) -> AttemptRow | None:
    row = connection.execute(_rows().where(t.attempts.c.attempt_id == attempt_id)).one_or_none()
    return None if row is None else attempt_of(row)


def page(
    connection: Connection,
    *,
    campaign_id: int | None,
    lead_id: int | None,
    agent_id: str | None,
    since: datetime | None,
    after: str,
    limit: int,
) -> list[AttemptRow]:
    statement = _rows().where(t.attempts.c.attempt_id > after).limit(limit)
    for column, value in (
        (t.attempts.c.campaign_id, campaign_id),
        (t.attempts.c.lead_id, lead_id),
        (t.attempts.c.agent_id, agent_id),
    ):
        if value is not None:
            statement = statement.where(column == value)
    if since is not None:
        statement = statement.where(t.attempts.c.placed_at >= since)
    return [attempt_of(row) for row in connection.execute(statement)]
