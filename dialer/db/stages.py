"""Customers' way through the funnel: what events say of it, and reading it again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Table, func, insert, select, update

from campaigns.handover import Handover, HandoverState, Loss, LossState
from campaigns.stage import Stage
from campaigns.stage_moves import StageMove
from dialer.db import tables as t
from dialer.db.mapping import AnyRow
from dialer.domain.events import LeadStageMoved
from dialer.ports.stages import StageStep


def apply(connection: Connection, events: Sequence[LeadStageMoved]) -> None:
    """A move from a stage the lead has left meanwhile changes nothing."""
    for event in events:
        moved = update(t.leads).where(t.leads.c.lead_id == event.lead_id, t.leads.c.stage == event.previous)
        if connection.execute(moved.values(stage=event.stage)).rowcount:
            connection.execute(insert(t.stage_moves), _step_row(event))


def _step_row(event: LeadStageMoved) -> dict[str, Any]:
    return {
        "lead_id": event.lead_id,
        "campaign_id": event.campaign_id,
        "at": event.occurred_at,
        "previous": event.previous,
        "stage": event.stage,
        "move": event.move,
        "moved_by": event.by,
        "reason": event.reason,
        "attempt_id": event.attempt_id,
    }


def steps(connection: Connection, lead_id: int) -> list[StageStep]:
    moves = t.stage_moves
    rows = connection.execute(select(moves).where(moves.c.lead_id == lead_id).order_by(moves.c.move_id))
    return [
        StageStep(
            lead_id=row.lead_id,
            at=row.at,
            previous=Stage(row.previous),
            stage=Stage(row.stage),
            move=StageMove(row.move),
            moved_by=row.moved_by,
            reason=row.reason,
            attempt_id=row.attempt_id,
        )
        for row in rows
    ]


def handover_of(row: AnyRow) -> Handover:
    return Handover(**{**row._mapping, "state": HandoverState(row.state)})


def loss_of(row: AnyRow) -> Loss:
    return Loss(**{**row._mapping, "state": LossState(row.state)})


def handover(connection: Connection, handover_id: int) -> Handover | None:
    row = connection.execute(select(t.handovers).where(t.handovers.c.handover_id == handover_id)).first()
    return None if row is None else handover_of(row)


def loss(connection: Connection, loss_id: int) -> Loss | None:
    row = connection.execute(select(t.losses).where(t.losses.c.loss_id == loss_id)).first()
    return None if row is None else loss_of(row)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which questions; None: whichever. In the order in which they were asked, from `after` (exclusive)."""

    campaign_id: int | None
    state: str | None
    after: int
    limit: int


def handovers(connection: Connection, wanted: Wanted) -> list[Handover]:
    return [handover_of(row) for row in _page(connection, t.handovers, "handover_id", wanted)]


def losses(connection: Connection, wanted: Wanted) -> list[Loss]:
    return [loss_of(row) for row in _page(connection, t.losses, "loss_id", wanted)]


def _page(connection: Connection, table: Table, key: str, wanted: Wanted) -> Sequence[AnyRow]:
    statement = select(table).where(table.c[key] > wanted.after).order_by(table.c[key]).limit(wanted.limit)
    if wanted.campaign_id is not None:
        statement = statement.where(table.c.campaign_id == wanted.campaign_id)
    if wanted.state is not None:
        statement = statement.where(table.c.state == wanted.state)
    return connection.execute(statement).all()


def funnel(connection: Connection, campaign_id: int) -> dict[Stage, int]:
    statement = (
        select(t.leads.c.stage, func.count().label("leads"))
        .where(t.leads.c.campaign_id == campaign_id)
        .group_by(t.leads.c.stage)
    )
    found = {row.stage: row.leads for row in connection.execute(statement)}
    return {stage: found.get(stage, 0) for stage in Stage}
