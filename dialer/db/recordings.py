"""Recordings, read with their call's campaign and agent."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Select, func, select

from dialer.db import tables as t
from dialer.db.mapping import recording_of
from dialer.ports import RecordingRow

# When nothing was heard yet, the time at which the place was reserved stands for the start.
_BEGINS: Final = func.coalesce(t.recordings.c.started_at, t.recordings.c.reserved_at)

_CAMPAIGN: Final = func.coalesce(t.attempts.c.campaign_id, t.inbound_calls.c.campaign_id)
_AGENT: Final = func.coalesce(t.attempts.c.agent_id, t.inbound_calls.c.agent_id)
_CALL: Final = (
    func.coalesce(t.recordings.c.attempt_id, t.recordings.c.inbound_id).label("attempt_id"),
    t.recordings.c.inbound_id.is_not(None).label("inbound"),
)


def by_id(connection: Connection, recording_id: str) -> RecordingRow | None:
    row = connection.execute(_rows().where(t.recordings.c.recording_id == recording_id)).one_or_none()
    return None if row is None else recording_of(row)


def page(
    connection: Connection,
    *,
    campaign_id: int | None,
    agent_id: str | None,
    states: Collection[str] | None,
    since: datetime | None,
    until: datetime | None,
    after: str,
    limit: int,
) -> list[RecordingRow]:
    """`until` is exclusive."""
    statement = _rows().where(t.recordings.c.recording_id > after).limit(limit)
    if campaign_id is not None:
        statement = statement.where(_CAMPAIGN == campaign_id)  # noqa: SIM300 - a column
    if agent_id is not None:
        statement = statement.where(_AGENT == agent_id)  # noqa: SIM300 - a column
    if states is not None:
        statement = statement.where(t.recordings.c.state.in_(list(states)))
    if since is not None:
        statement = statement.where(since <= _BEGINS)
    if until is not None:
        statement = statement.where(until > _BEGINS)
    return [recording_of(row) for row in connection.execute(statement)]


def _rows() -> Select[tuple[Any, ...]]:
    own = [column for column in t.recordings.c if column.name not in ("reserved_at", "attempt_id", "inbound_id")]
    return (
        select(*own, *_CALL, _CAMPAIGN.label("campaign_id"), _AGENT.label("agent_id"))
        .outerjoin(t.attempts, t.attempts.c.attempt_id == t.recordings.c.attempt_id)
        .outerjoin(t.inbound_calls, t.inbound_calls.c.inbound_id == t.recordings.c.inbound_id)
        .order_by(t.recordings.c.recording_id)
    )
