"""What is to be followed up: open callbacks from their rows, planned follow-ups, reminders and owned retries from the
leads'. Found by index, however long the lists are."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Select, Subquery, case, func, literal, null, select, text, union_all

from campaigns.callback import CallbackState
from campaigns.lead import DueKind, LeadState
from campaigns.tickler import Item
from dialer.db import tables as t
from dialer.db.mapping import AnyRow
from dialer.db.tables.callbacks import FOLLOW_UP

_CODE: Final = t.campaigns.c.code.label("campaign_code")


def follow_ups(
    connection: Connection, *, agents: Collection[str] | None, until: datetime, days: Sequence[datetime], limit: int
) -> tuple[list[Item], list[int]]:
    due = union_all(*_callbacks(agents, until), _others(agents, until)).subquery("due")
    first = select(due).order_by(due.c.due_at, due.c.lead_id).limit(limit)
    return [_item(row) for row in connection.execute(first)], _counts(connection, due, days)


def _counts(connection: Connection, due: Subquery, days: Sequence[datetime]) -> list[int]:
    """Of each day by itself, in one pass."""
    at = due.c.due_at
    bounds = [at < days[0], *((at >= begin) & (at < end) for begin, end in itertools.pairwise(days))]
    row = connection.execute(select(*(func.sum(case((bound, 1), else_=0)) for bound in bounds)).select_from(due)).one()
    return [int(count or 0) for count in row]


def _callbacks(agents: Collection[str] | None, until: datetime) -> list[Select[tuple[Any, ...]]]:
    """Whatever state their campaigns and leads are in: a promise shows until it is settled. What anyone may keep is a
    matter of who knows the customer; asked for apart, so that either is found by an index of its own."""
    statement = (
        select(
            literal(DueKind.CALLBACK.value).label("kind"),
            t.callbacks.c.due_at.label("due_at"),
            _CODE,
            t.leads.c.lead_id,
            t.leads.c.name.label("lead_name"),
            t.leads.c.time_zone,
            func.coalesce(t.callbacks.c.agent_id, t.leads.c.owner).label("agent_id"),
            t.callbacks.c.callback_id,
            t.callbacks.c.note,
            t.leads.c.due_at.label("next_at"),
        )
        .join(t.leads, t.leads.c.lead_id == t.callbacks.c.lead_id)
        .join(t.campaigns, t.campaigns.c.campaign_id == t.callbacks.c.campaign_id)
        .where(t.callbacks.c.state == CallbackState.OPEN, t.callbacks.c.due_at < until)
    )
    if agents is None:
        return [statement]
    wanted = list(agents)
    return [
        statement.where(t.callbacks.c.agent_id.in_(wanted)),
        statement.where(t.callbacks.c.agent_id.is_(None), t.leads.c.owner.in_(wanted)),
    ]


def _others(agents: Collection[str] | None, until: datetime) -> Select[tuple[Any, ...]]:
    statement = (
        select(
            t.leads.c.due_kind.label("kind"),
            t.leads.c.due_at.label("due_at"),
            _CODE,
            t.leads.c.lead_id,
            t.leads.c.name.label("lead_name"),
            t.leads.c.time_zone,
            t.leads.c.owner.label("agent_id"),
            null().label("callback_id"),
            literal("").label("note"),
            t.leads.c.due_at.label("next_at"),
        )
        .join(t.campaigns, t.campaigns.c.campaign_id == t.leads.c.campaign_id)
        .where(t.leads.c.state == LeadState.OPEN, t.leads.c.due_at < until, text(FOLLOW_UP_OF_LEADS))
    )
    return statement if agents is None else statement.where(t.leads.c.owner.in_(list(agents)))


def _item(row: AnyRow) -> Item:
    values = dict(row._mapping)
    return Item(**values | {"kind": DueKind(row.kind), "agent_id": row.agent_id or ""})


# The words of the index's own condition: only then SQLite knows that the index has all of them.
FOLLOW_UP_OF_LEADS: Final = (
    FOLLOW_UP.replace("due_at", "leads.due_at").replace("due_kind", "leads.due_kind").replace("owner", "leads.owner")
)
