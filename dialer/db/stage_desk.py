"""Customers moved, handed over, given up and described by people: each step one transaction with its journal."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select, update
from sqlalchemy.exc import IntegrityError

from campaigns.handover import HANDOVER, LOSS, Handover, HandoverOrder, HandoverState, Loss, LossOrder, LossState
from campaigns.lead import CloseReason, DueKind, LeadState
from campaigns.stage import Stage
from campaigns.stage_moves import HANDED_OVER_FROM, NEXT, StageMove
from dialer.db import changes, stages
from dialer.db import tables as t
from dialer.db.leads import NO_LEASE
from dialer.db.mapping import AnyRow
from dialer.domain.events import DomainEvent, HandoverChanged, LeadClosed, LeadDescribed, LeadStageMoved, LossChanged
from dialer.errors import NotFound, WrongState


def held(connection: Connection, lead_id: int) -> AnyRow:
    """Held to the end of the transaction, so that two answers to one question take turns."""
    statement = select(t.leads).where(t.leads.c.lead_id == lead_id).with_for_update()
    row = connection.execute(statement).first()
    if row is None:
        raise NotFound(f"there is no lead {lead_id}", field="lead")
    return row


def _step(lead: AnyRow, move: StageMove, *, at: datetime, by: str, reason: str) -> LeadStageMoved:
    target = NEXT.get((Stage(lead.stage), move))
    if target is None:
        raise WrongState(
            f"lead {lead.lead_id} is at stage {lead.stage}: it cannot be {move.value} there", field="stage"
        )
    return LeadStageMoved(
        occurred_at=at, campaign_id=lead.campaign_id, lead_id=lead.lead_id, previous=lead.stage, stage=target,
        move=move, by=by, reason=reason,
    )  # fmt: skip


def move(
    connection: Connection, lead_id: int, move: StageMove, *, expected: Stage, to: Stage, at: datetime, by: str,
    reason: str, due_at: datetime | None,
) -> None:  # fmt: skip
    lead = held(connection, lead_id)
    step = _step(lead, move, at=at, by=by, reason=reason)
    if (lead.stage, step.stage) != (expected, to):
        raise WrongState(f"lead {lead_id} has gone on to stage {lead.stage} meanwhile; look again", field="stage")
    changes.record(connection, [step])
    if move is StageMove.REOPENED and due_at is not None:
        _open_again(connection, lead, CloseReason.LOST, due_at, f"reopened by {by}")


def offer(connection: Connection, lead_id: int, *, to: str, note: str, at: datetime, by: str) -> Handover:
    lead = held(connection, lead_id)
    if Stage(lead.stage) not in HANDED_OVER_FROM:
        stages_ = " or ".join(HANDED_OVER_FROM)
        raise WrongState(
            f"lead {lead_id} is at stage {lead.stage}; only customers at {stages_} are handed over", field="stage"
        )
    row = {
        "lead_id": lead_id, "campaign_id": lead.campaign_id, "to": to, "state": HandoverState.OFFERED, "made_at": at,
        "made_by": by, "note": note, "settled_by": "", "reason": "",
    }  # fmt: skip
    made = _insert(connection, insert(t.handovers).returning(t.handovers), row, "is with sales already")
    handover = stages.handover_of(made)
    changes.record(connection, [_told(handover, at=at, by=by)])
    return handover


def _insert(connection: Connection, statement: Any, row: Mapping[str, Any], taken: str) -> AnyRow:
    try:
        with connection.begin_nested():
            return connection.execute(statement, row).one()
    except IntegrityError as error:
        raise WrongState(f"lead {row['lead_id']} {taken}; wait for the answer", field="lead") from error


def _told(handover: Handover, *, at: datetime, by: str) -> HandoverChanged:
    return HandoverChanged(
        occurred_at=at, handover_id=handover.handover_id, campaign_id=handover.campaign_id, lead_id=handover.lead_id,
        state=handover.state, by=by, to=handover.to, reason=handover.reason,
    )  # fmt: skip


_MOVED_BY = {HandoverOrder.CONFIRM: StageMove.CONFIRMED, HandoverOrder.RETURN: StageMove.RETURNED}


def settle(
    connection: Connection, handover_id: int, order: HandoverOrder, *, at: datetime, by: str, reason: str,
    due_at: datetime | None,
) -> Handover:  # fmt: skip
    known = stages.handover(connection, handover_id)
    if known is None:
        raise NotFound(f"there is no hand-over {handover_id}", field="handover")
    lead = held(connection, known.lead_id)
    known = stages.handover(connection, handover_id)  # as it is now that nobody else can answer
    state = HANDOVER.get((known.state, order)) if known else None
    if known is None or state is None:
        raise WrongState(f"hand-over {handover_id} is {known and known.state}: it cannot be answered so", field="order")
    row = connection.execute(
        update(t.handovers)
        .where(t.handovers.c.handover_id == handover_id)
        .values(state=state, settled_at=at, settled_by=by, reason=reason)
        .returning(t.handovers)
    ).one()
    handover = stages.handover_of(row)
    events: list[DomainEvent] = [_told(handover, at=at, by=by)]
    if order in _MOVED_BY:
        events.append(_step(lead, _MOVED_BY[order], at=at, by=by, reason=reason))
    changes.record(connection, events)
    if order is HandoverOrder.RETURN and due_at is not None:
        _open_again(connection, lead, CloseReason.DISPOSITION, due_at, f"returned by sales: {reason}")
    return handover


def _open_again(connection: Connection, lead: AnyRow, closed_by: CloseReason, due_at: datetime, reason: str) -> None:
    """Whoever must not be called stays so."""
    connection.execute(
        update(t.leads)
        .where(
            t.leads.c.lead_id == lead.lead_id,
            t.leads.c.state == LeadState.CLOSED,
            t.leads.c.closed_reason == closed_by,
        )
        .values(
            state=LeadState.OPEN, due_at=due_at, closed_reason=None, due_kind=DueKind.RETRY, due_reason=reason,
            **NO_LEASE,
        )
    )  # fmt: skip


def propose(connection: Connection, lead_id: int, *, reason: str, note: str, at: datetime, by: str) -> Loss:
    lead = held(connection, lead_id)
    _step(lead, StageMove.LOST, at=at, by=by, reason=reason)  # whether it could be lost at all
    row = {
        "lead_id": lead_id, "campaign_id": lead.campaign_id, "reason": reason, "state": LossState.PROPOSED,
        "proposed_at": at, "proposed_by": by, "note": note, "decided_by": "", "remark": "",
    }  # fmt: skip
    statement = insert(t.losses).returning(t.losses)
    loss = stages.loss_of(_insert(connection, statement, row, "is proposed as lost already"))
    closed = LeadClosed(occurred_at=at, campaign_id=lead.campaign_id, lead_id=lead_id, reason=CloseReason.LOSS_PROPOSED)
    changes.record(connection, [_lost(loss, at=at, by=by), closed])
    _closed_for(connection, lead_id, CloseReason.LOSS_PROPOSED)
    return loss


def _closed_for(connection: Connection, lead_id: int, reason: CloseReason) -> None:
    """Also where the last conversation had closed the lead before."""
    closed = (t.leads.c.lead_id == lead_id) & (t.leads.c.state == LeadState.CLOSED)
    connection.execute(update(t.leads).where(closed).values(closed_reason=reason))


def _lost(loss: Loss, *, at: datetime, by: str) -> LossChanged:
    return LossChanged(
        occurred_at=at, loss_id=loss.loss_id, campaign_id=loss.campaign_id, lead_id=loss.lead_id, state=loss.state,
        by=by, reason=loss.remark or loss.reason,
    )  # fmt: skip


def decide(
    connection: Connection, loss_id: int, order: LossOrder, *, at: datetime, by: str, remark: str, due_at: datetime
) -> Loss:
    known = stages.loss(connection, loss_id)
    if known is None:
        raise NotFound(f"there is no proposal {loss_id} to give a customer up", field="loss")
    lead = held(connection, known.lead_id)
    known = stages.loss(connection, loss_id)
    state = LOSS.get((known.state, order)) if known else None
    if known is None or state is None:
        raise WrongState(f"proposal {loss_id} was decided already: {known and known.state}", field="loss")
    row = connection.execute(
        update(t.losses)
        .where(t.losses.c.loss_id == loss_id)
        .values(state=state, decided_at=at, decided_by=by, remark=remark)
        .returning(t.losses)
    ).one()
    loss = stages.loss_of(row)
    events: list[DomainEvent] = [_lost(loss, at=at, by=by)]
    if order is LossOrder.APPROVE:
        events.append(_step(lead, StageMove.LOST, at=at, by=by, reason=loss.reason))
    changes.record(connection, events)
    if order is LossOrder.APPROVE:
        _closed_for(connection, lead.lead_id, CloseReason.LOST)
    else:
        _open_again(connection, lead, CloseReason.LOSS_PROPOSED, due_at, f"sent back by {by}: {remark}")
    return loss


def describe(
    connection: Connection, lead_id: int, *, name: str | None, fields: dict[str, str], at: datetime, by: str
) -> None:
    lead = held(connection, lead_id)
    before = {**lead.fields, "name": lead.name}
    after = {**before, **fields, "name": lead.name if name is None else name}
    kept = {key: value for key, value in after.items() if value or key == "name"}
    different = sorted(key for key in before.keys() | kept.keys() if before.get(key) != kept.get(key))
    if not different:
        return
    new_name = kept.pop("name")
    connection.execute(update(t.leads).where(t.leads.c.lead_id == lead_id).values(name=new_name, fields=kept))
    event = LeadDescribed(
        occurred_at=at, campaign_id=lead.campaign_id, lead_id=lead_id, by=by,
        before={key: str(before[key]) for key in different if key in before},
        after={key: after[key] for key in different if key in after},
    )  # fmt: skip
    changes.record(connection, [event])
