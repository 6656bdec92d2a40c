"""Promised calls: what events make of them, and finding them again."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Select, bindparam, exists, func, insert, select, update

from campaigns.callback import Callback, CallbackState
from campaigns.lead import CloseReason, LeadState
from dialer.db import tables as t
from dialer.db.leads import NO_LEASE
from dialer.db.mapping import AnyRow
from dialer.domain import events as e
from dialer.ports.callbacks import CallbackRow

_S = CallbackState
_FIELDS: Final = tuple(field.name for field in fields(Callback))
IS_OPEN: Final = t.callbacks.c.state == _S.OPEN


def promised(lead_id: ColumnElement[int]) -> ColumnElement[bool]:
    """Whether a promise to that lead is open: it outlives whatever is done to lists."""
    return exists().where(t.callbacks.c.lead_id == lead_id, IS_OPEN)


# what events do
def apply(connection: Connection, events: Sequence[e.CallbackEvent | e.LeadClosed]) -> None:
    """One after another, in their order: a callback may be made and moved in one batch. After the leads' own rows."""
    for event in events:
        _APPLY[type(event)](connection, event)
    for lead_id in sorted({event.lead_id for event in events if isinstance(event, e.CallbackSettled)}):
        _end_undone(connection, lead_id)


def _promised(connection: Connection, event: e.CallbackPromised) -> None:
    """The new promise counts: what was agreed with the customer last."""
    if connection.execute(select(t.callbacks.c.state).where(_id(event))).first() is not None:
        return
    replaced = {"state": _S.CANCELLED, "settled_at": event.occurred_at, "settled_by": event.by}
    older = update(t.callbacks).where(t.callbacks.c.lead_id == event.lead_id, IS_OPEN)
    connection.execute(older.values(**replaced, reason="another time was promised"))
    connection.execute(
        insert(t.callbacks).values(
            callback_id=event.callback_id,
            campaign_id=event.campaign_id,
            lead_id=event.lead_id,
            due_at=event.due_at,
            made_at=event.occurred_at,
            made_by=event.by,
            attempt_id=event.attempt_id,
            agent_id=event.agent_id,
            note=event.note,
            state=_S.OPEN,
            settled_by="",
            reason="",
        )
    )


def _moved(connection: Connection, event: e.CallbackMoved) -> None:
    moved = update(t.callbacks).where(_id(event), IS_OPEN)
    connection.execute(moved.values(due_at=event.due_at, agent_id=event.agent_id, reason=event.reason))


def _settled(connection: Connection, event: e.CallbackSettled) -> None:
    connection.execute(
        update(t.callbacks)
        .where(_id(event), IS_OPEN)
        .values(
            state=event.state,
            settled_at=event.occurred_at,
            settled_by=event.by,
            settled_attempt=event.attempt_id,
            reason=event.reason,
        )
    )


def _reopened(connection: Connection, event: e.CallbackReopened) -> None:
    """Unless something newer has been promised meanwhile."""
    newer = t.callbacks.alias("newer")
    connection.execute(
        update(t.callbacks)
        .where(
            _id(event),
            t.callbacks.c.state == _S.KEPT,
            ~exists().where(newer.c.lead_id == event.lead_id, newer.c.state == _S.OPEN),
        )
        .values(state=_S.OPEN, settled_at=None, settled_by="", settled_attempt=None, reason="")
    )


def _escalated(connection: Connection, event: e.CallbackEscalated) -> None:
    own = (t.leads.c.lead_id == event.lead_id) & (t.leads.c.for_agent == event.agent_id)
    connection.execute(update(t.leads).where(own).values(escalates_at=event.occurred_at))


def _closed(connection: Connection, event: e.LeadClosed) -> None:
    """Whoever closes a lead ends what was promised to it, and it shows."""
    closed = exists().where(t.leads.c.lead_id == event.lead_id, t.leads.c.state == LeadState.CLOSED)
    missed = update(t.callbacks).where(t.callbacks.c.lead_id == event.lead_id, IS_OPEN, closed)
    why = f"the lead was closed: {event.reason}"
    connection.execute(missed.values(state=_S.MISSED, settled_at=event.occurred_at, reason=why))


_APPLY: Final[Mapping[type[e.DomainEvent], Callable[[Connection, Any], None]]] = {
    e.CallbackPromised: _promised,
    e.CallbackMoved: _moved,
    e.CallbackSettled: _settled,
    e.CallbackReopened: _reopened,
    e.CallbackEscalated: _escalated,
    e.LeadClosed: _closed,
}


def _end_undone(connection: Connection, lead_id: int) -> None:
    """Only the promise kept a lead of an undone import alive."""
    undone = select(t.imports.c.import_id).where(t.imports.c.undone_at.is_not(None))
    connection.execute(
        update(t.leads)
        .where(
            t.leads.c.lead_id == lead_id,
            t.leads.c.state == LeadState.OPEN,
            t.leads.c.import_id.in_(undone),
            ~promised(t.leads.c.lead_id),
        )
        .values(state=LeadState.CLOSED, due_at=None, closed_reason=CloseReason.IMPORT_UNDONE, **NO_LEASE)
    )


def _id(event: e.CallbackEvent) -> ColumnElement[bool]:
    return t.callbacks.c.callback_id == event.callback_id


# finding them
_OF_LEADS: Final = select(t.callbacks).where(t.callbacks.c.lead_id.in_(bindparam("lead_ids", expanding=True)), IS_OPEN)


def of_leads(connection: Connection, lead_ids: Collection[int]) -> dict[int, Callback]:
    """The open ones, by lead."""
    rows = connection.execute(_OF_LEADS, {"lead_ids": list(lead_ids)})
    return {row.lead_id: callback_of(row) for row in rows}


def callback_of(row: AnyRow) -> Callback:
    values = {name: getattr(row, name) for name in _FIELDS}
    return Callback(**values | {"state": CallbackState(row.state)})


def _rows() -> Select[tuple[Any, ...]]:
    return (
        select(
            t.callbacks,
            t.campaigns.c.code.label("campaign_code"),
            t.leads.c.name.label("lead_name"),
            t.leads.c.state.label("lead_state"),
            t.leads.c.time_zone,
            t.leads.c.owner,
            t.leads.c.due_at.label("next_at"),
            t.leads.c.for_agent,
            t.leads.c.escalates_at,
        )
        .join(t.leads, t.leads.c.lead_id == t.callbacks.c.lead_id)
        .join(t.campaigns, t.campaigns.c.campaign_id == t.callbacks.c.campaign_id)
    )


def _row(row: AnyRow) -> CallbackRow:
    return CallbackRow(
        callback=callback_of(row),
        campaign_code=row.campaign_code,
        lead_name=row.lead_name,
        lead_state=LeadState(row.lead_state),
        time_zone=row.time_zone,
        owner=row.owner,
        next_at=row.next_at,
        for_agent=row.for_agent,
        escalates_at=row.escalates_at,
    )


def find(connection: Connection, callback_id: str) -> CallbackRow | None:
    row = connection.execute(_rows().where(t.callbacks.c.callback_id == callback_id)).one_or_none()
    return None if row is None else _row(row)


def settled_by(connection: Connection, attempt_id: str) -> Callback | None:
    kept = select(t.callbacks).where(t.callbacks.c.settled_attempt == attempt_id, t.callbacks.c.state == _S.KEPT)
    row = connection.execute(kept.order_by(t.callbacks.c.settled_at.desc()).limit(1)).one_or_none()
    return None if row is None else callback_of(row)


def page(
    connection: Connection,
    *,
    states: Collection[CallbackState] | None,
    campaign_id: int | None,
    lead_id: int | None,
    agents: Collection[str] | None,
    due_from: datetime | None,
    due_until: datetime | None,
    after: str,
    limit: int,
) -> list[CallbackRow]:
    own = t.callbacks.c
    wanted = _due_between(due_from, due_until)
    for column, value in ((own.campaign_id, campaign_id), (own.lead_id, lead_id)):
        if value is not None:
            wanted.append(column == value)
    if states is not None:
        wanted.append(own.state.in_([str(state) for state in states]))
    if agents is not None:
        wanted.append(_of_agents(agents))
    if after:
        wanted.append(own.callback_id > after)
    rows = connection.execute(_rows().where(*wanted).order_by(own.callback_id).limit(limit))
    return [_row(row) for row in rows]


def waiting(connection: Connection, *, now: datetime, limit: int) -> list[CallbackRow]:
    statement = (
        _rows()
        .where(
            IS_OPEN,
            t.callbacks.c.agent_id.is_not(None),
            t.leads.c.state == LeadState.OPEN,
            t.leads.c.for_agent.is_not(None),
            t.leads.c.escalates_at > now,
        )
        .order_by(t.callbacks.c.due_at, t.callbacks.c.callback_id)  # the index stops at the limit
        .limit(limit)
    )
    return [_row(row) for row in connection.execute(statement)]


def counts(
    connection: Connection,
    *,
    due_from: datetime,
    due_until: datetime,
    campaign_id: int | None,
    agents: Collection[str] | None,
) -> dict[CallbackState, int]:
    wanted = _due_between(due_from, due_until)
    if campaign_id is not None:
        wanted.append(t.callbacks.c.campaign_id == campaign_id)
    if agents is not None:
        wanted.append(_of_agents(agents))
    statement = (
        select(t.callbacks.c.state, func.count())
        .join(t.leads, t.leads.c.lead_id == t.callbacks.c.lead_id)
        .where(*wanted)
        .group_by(t.callbacks.c.state)
    )
    return {CallbackState(state): count for state, count in connection.execute(statement)}


def _of_agents(agents: Collection[str]) -> ColumnElement[bool]:
    """Whom it is for; where it is for anyone, who knows the customer."""
    return func.coalesce(t.callbacks.c.agent_id, t.leads.c.owner).in_(list(agents))


def _due_between(due_from: datetime | None, due_until: datetime | None) -> list[ColumnElement[bool]]:
    wanted: list[ColumnElement[bool]] = []
    if due_from is not None:
        wanted.append(t.callbacks.c.due_at >= due_from)
    if due_until is not None:
        wanted.append(t.callbacks.c.due_at < due_until)
    return wanted
