"""Calls from customers: events to rows, rows to values, and who it may be that calls."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Select, Update, case, exists, func, insert, or_, select, update

from campaigns.campaign import CampaignState, dials
from campaigns.inbound import Acquaintance, InboundCounts, InboundOutcome
from campaigns.lead import DueKind, LeadState
from campaigns.stage import Stage
from dialer.db import import_rows, places
from dialer.db import tables as t
from dialer.db.database import insert_or_ignore
from dialer.db.mapping import AnyRow
from dialer.db.types import seconds_between
from dialer.domain import events as e
from dialer.domain.events import DomainEvent
from dialer.ports.inbound import InboundRow, NewCaller

_C: Final = t.inbound_calls.c
_OVER: Final = _C.ended_at.is_not(None)


# from events
def write(connection: Connection, batch: Sequence[DomainEvent]) -> None:
    """Each event counts the first time only, so a replay changes nothing."""
    for event in batch:
        if writer := _WRITERS.get(type(event)):
            writer(connection, event)


def _arrived(connection: Connection, event: e.InboundArrived) -> None:
    new = {
        "inbound_id": event.inbound_id,
        "trunk": event.trunk,
        "worker": event.worker,
        "sip_call_id": event.sip_call_id,
        "caller": event.caller,
        "called": event.called,
        "campaign_id": event.campaign_id,
        "lead_id": event.lead_id,
        "known": int(event.lead_id is not None),
        "arrived_at": event.occurred_at,
        "reason": "",
        "note": "",
    }
    connection.execute(insert_or_ignore(connection, t.inbound_calls), new)


def _answered(connection: Connection, event: e.InboundAnswered) -> None:
    connection.execute(
        _of(event)
        .where(_C.answered_at.is_(None))
        .values(answered_at=event.occurred_at, agent_id=event.agent_id, ring_s=event.ring_s, rings=event.rings)
    )


def _ended(connection: Connection, event: e.InboundEnded) -> None:
    connection.execute(
        _of(event)
        .where(_C.ended_at.is_(None))
        .values(ended_at=event.occurred_at, outcome=event.outcome.value, reason=event.reason, mos=event.mos)
    )


def _disposed(connection: Connection, event: e.InboundDisposed) -> None:
    connection.execute(
        _of(event)
        .where(_C.disposed_at.is_(None))
        .values(
            disposed_at=event.occurred_at,
            disposition=event.code,
            note=event.note,
            callback_at=event.callback_at,
            agent_id=func.coalesce(_C.agent_id, event.agent_id),
        )
    )


def _corrected(connection: Connection, event: e.InboundCorrected) -> None:
    """The last word counts; the earlier ones are in the journal."""
    connection.execute(
        _of(event)
        .where(_C.disposed_at.is_not(None))
        .values(disposition=event.code, note=event.note, callback_at=event.callback_at)
    )


def _adopted(connection: Connection, event: e.InboundAdopted) -> None:
    connection.execute(
        _of(event).where(_C.lead_id.is_(None)).values(lead_id=event.lead_id, campaign_id=event.campaign_id)
    )


def _of(event: e.InboundEvent) -> Update:
    return update(t.inbound_calls).where(_C.inbound_id == event.inbound_id)


_WRITERS: Final[Mapping[type[DomainEvent], Callable[[Connection, Any], None]]] = {
    e.InboundArrived: _arrived,
    e.InboundAnswered: _answered,
    e.InboundEnded: _ended,
    e.InboundDisposed: _disposed,
    e.InboundCorrected: _corrected,
    e.InboundAdopted: _adopted,
}


# reading
def _rows() -> Select[tuple[Any, ...]]:
    own = [_C[field.name] for field in fields(InboundRow) if field.name in _C]
    return (
        select(
            *own,
            t.campaigns.c.code.label("campaign_code"),
            t.leads.c.name.label("lead_name"),
            t.recordings.c.path.label("recording_path"),
        )
        .outerjoin(t.campaigns, t.campaigns.c.campaign_id == _C.campaign_id)
        .outerjoin(t.leads, t.leads.c.lead_id == _C.lead_id)
        .outerjoin(t.recordings, t.recordings.c.recording_id == _C.recording_id)
        .order_by(_C.inbound_id)
    )


def _row(row: AnyRow) -> InboundRow:
    found = dict(row._mapping)
    found["outcome"] = None if row.outcome is None else InboundOutcome(row.outcome)
    found["known"] = bool(row.known)
    return InboundRow(**found)


def active(connection: Connection) -> list[InboundRow]:
    return [_row(row) for row in connection.execute(_rows().where(_C.ended_at.is_(None)))]


def by_id(connection: Connection, inbound_id: str) -> InboundRow | None:
    row = connection.execute(_rows().where(_C.inbound_id == inbound_id)).one_or_none()
    return None if row is None else _row(row)


def page(
    connection: Connection, *, campaign_id: int | None, lead_id: int | None, agent_id: str | None,
    outcome: InboundOutcome | None, to_adopt: bool, since: datetime | None, after: str, limit: int,
) -> list[InboundRow]:  # fmt: skip
    statement = _rows().where(_C.inbound_id > after).limit(limit)
    wanted = ((_C.campaign_id, campaign_id), (_C.lead_id, lead_id), (_C.agent_id, agent_id), (_C.outcome, outcome))
    for column, value in wanted:
        if value is not None:
            statement = statement.where(column == value)
    if to_adopt:
        statement = statement.where(_OVER, _C.lead_id.is_(None), _C.caller != "")
    if since is not None:
        statement = statement.where(_C.arrived_at >= since)
    return [_row(row) for row in connection.execute(statement)]


def counts(
    connection: Connection, *, since: datetime | None, until: datetime | None, campaign_id: int | None,
    within_rings: int,
) -> InboundCounts:  # fmt: skip
    wanted: list[ColumnElement[bool]] = [_OVER]
    if since is not None:
        wanted.append(_C.arrived_at >= since)
    if until is not None:
        wanted.append(_C.arrived_at < until)
    if campaign_id is not None:
        wanted.append(_C.campaign_id == campaign_id)
    answered = _C.outcome == InboundOutcome.ANSWERED.value

    def number(condition: Any) -> Any:
        return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)

    total = connection.execute(
        select(
            number(answered & (_C.rings <= within_rings)).label("within"),
            number(_C.known == 0).label("unknown"),
            number((_C.lead_id.is_(None)) & (_C.caller != "")).label("to_adopt"),
            func.coalesce(func.sum(case((answered, _C.ring_s))), 0.0).label("ring_s"),
            func.coalesce(func.sum(case((answered, seconds_between(_C.ended_at, _C.answered_at)))), 0.0).label("talk"),
        ).where(*wanted)
    ).one()
    outcomes = connection.execute(select(_C.outcome, func.count()).where(*wanted).group_by(_C.outcome)).all()
    agents = connection.execute(select(_C.agent_id, func.count()).where(*wanted, answered).group_by(_C.agent_id)).all()
    return InboundCounts(
        by_outcome={str(outcome): int(count) for outcome, count in outcomes},
        within_rings=int(total.within),
        unknown_callers=int(total.unknown),
        to_adopt=int(total.to_adopt),
        ring_s=float(total.ring_s),
        talk_s=float(total.talk),
        by_agent={str(agent): int(count) for agent, count in agents if agent is not None},
    )


# who calls
def acquaintances(connection: Connection, caller: str) -> list[Acquaintance]:
    leads: Select[Any] = (
        select(
            t.leads.c.lead_id, t.leads.c.campaign_id, t.leads.c.state, t.leads.c.owner, t.campaigns.c.state.label("c")
        )
        .join(t.lead_numbers, t.lead_numbers.c.lead_id == t.leads.c.lead_id)
        .join(t.campaigns, t.campaigns.c.campaign_id == t.leads.c.campaign_id)
        .where(t.lead_numbers.c.e164 == caller)
    )
    return [_acquaintance(connection, row) for row in connection.execute(leads).all()]


def _acquaintance(connection: Connection, row: AnyRow) -> Acquaintance:
    a = t.attempts.c
    tried = connection.execute(select(func.max(a.placed_at)).where(a.lead_id == row.lead_id)).scalar_one()
    talks = [
        *connection.execute(
            select(a.connected_at.label("at"), a.agent_id)
            .where(a.lead_id == row.lead_id, a.connected_at.is_not(None), a.agent_id.is_not(None))
            .order_by(a.connected_at.desc())
            .limit(1)
        ),
        *connection.execute(
            select(_C.answered_at.label("at"), _C.agent_id)
            .where(_C.lead_id == row.lead_id, _C.answered_at.is_not(None), _C.agent_id.is_not(None))
            .order_by(_C.answered_at.desc())
            .limit(1)
        ),
    ]
    last = [talk.agent_id for talk in sorted(talks, key=lambda talk: talk.at, reverse=True)[:1]]
    return Acquaintance(
        lead_id=row.lead_id,
        campaign_id=row.campaign_id,
        running=dials(CampaignState(row.c)),
        open=row.state == LeadState.OPEN,
        last_attempt_at=tried,
        agents=tuple(dict.fromkeys(agent for agent in (row.owner, *last) if agent)),
    )


def enter(connection: Connection, caller: NewCaller, *, due_at: datetime, at: datetime) -> int:
    import_rows.bring_forward(connection, caller.campaign_id, caller.number)
    known = select(t.lead_numbers.c.lead_id).where(
        t.lead_numbers.c.campaign_id == caller.campaign_id, t.lead_numbers.c.e164 == caller.number
    )
    found: int | None = connection.execute(known).scalar_one_or_none()
    return found if found is not None else _add(connection, caller, due_at, at)


def _add(connection: Connection, caller: NewCaller, due_at: datetime, at: datetime) -> int:
    new = insert(t.leads).values(
        campaign_id=caller.campaign_id,
        name=caller.name,
        country=caller.country,
        time_zone=caller.time_zone,
        state=LeadState.OPEN,
        due_at=due_at,
        due_kind=DueKind.CALLBACK,
        priority=0,
        agent_guaranteed=False,
        fields={},
        owner=caller.owner,
        source=caller.source,
        stage=Stage.LEAD,
        created_at=at,
    )
    lead_id: int = connection.execute(new.returning(t.leads.c.lead_id)).scalar_one()
    places.note(connection, caller.campaign_id, [(caller.country, caller.time_zone)])
    connection.execute(
        insert(t.lead_numbers).values(
            lead_id=lead_id,
            campaign_id=caller.campaign_id,
            e164=caller.number,
            kind="main",
            position=0,
            usable=True,
        )
    )
    return lead_id


def on_the_line(lead_id: Any, number: Any) -> Any:
    """A condition: that person, or somebody from that number, talks to us or rings now."""
    return exists().where(_C.ended_at.is_(None), or_(_C.lead_id == lead_id, _C.caller == number))
