"""Pilots: what events say of them, and what their attempts came to."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, func, literal, select, update

from campaigns.lead import LeadState
from campaigns.pilot import PilotDecision, PilotPlan
from dialer.db import campaigns
from dialer.db import tables as t
from dialer.db.database import Database, insert_or_ignore
from dialer.db.mapping import AnyRow
from dialer.db.types import UtcDateTime, seconds_between
from dialer.domain.events import PilotCompleted, PilotDecided, PilotEvent, PilotStarted
from dialer.ports.pilots import Ended, PilotRow, PilotUnderWay

_A = t.attempts.c


class SqlPilots:
    """`dialer.ports.pilots.Pilots`."""

    def __init__(self, database: Database) -> None:
        self._db = database

    async def of_campaign(self, campaign_id: int) -> list[PilotRow]:
        return await self._db.read(of_campaign, campaign_id)

    async def ended(self, campaign_id: int, *, since: datetime, until: datetime | None = None) -> Ended:
        return await self._db.read(ended, campaign_id, since, until)


def apply(connection: Connection, events: Sequence[PilotEvent]) -> None:
    """Again or late: a pilot begins once, and what was decided stays."""
    for event in events:
        match event:
            case PilotStarted():
                connection.execute(insert_or_ignore(connection, t.pilots), _started(event))
            case PilotCompleted():
                _change(connection, event, ended_at=_first_end(event))
            case PilotDecided():
                _change(connection, event, **_decided(event))


def _change(connection: Connection, event: PilotEvent, **columns: Any) -> None:
    undecided = and_(t.pilots.c.pilot_id == event.pilot_id, t.pilots.c.decision.is_(None))
    connection.execute(update(t.pilots).where(undecided).values(**columns))


def _first_end(event: PilotEvent) -> ColumnElement[datetime]:
    return func.coalesce(t.pilots.c.ended_at, literal(event.occurred_at, UtcDateTime()))


def _started(event: PilotStarted) -> dict[str, Any]:
    return {
        "pilot_id": event.pilot_id,
        "campaign_id": event.campaign_id,
        "version": event.version,
        "calls": event.calls,
        "calls_per_agent": event.calls_per_agent,
        "agents": list(event.agents),
        "started_at": event.occurred_at,
        "started_by": event.by,
        "decided_by": "",
        "remark": "",
    }


def _decided(event: PilotDecided) -> dict[str, Any]:
    return {
        "ended_at": _first_end(event),
        "decision": event.decision,
        "decided_at": event.occurred_at,
        "decided_by": event.by,
        "decided_version": event.version,
        "remark": event.remark,
        "changed": list(event.changed),
        "report": event.report,
    }


def under_way(connection: Connection) -> list[PilotUnderWay]:
    rows = connection.execute(select(t.pilots).where(t.pilots.c.decision.is_(None)).order_by(t.pilots.c.pilot_id)).all()
    talked = _conversations(connection)
    return [
        PilotUnderWay(
            pilot_id=row.pilot_id,
            campaign_id=row.campaign_id,
            plan=_plan(row),
            started_at=row.started_at,
            conversations=talked[row.pilot_id],
            completed=row.ended_at is not None,
        )
        for row in rows
    ]


def _conversations(connection: Connection) -> dict[str, dict[str, str]]:
    statement = (
        select(t.pilots.c.pilot_id, _A.attempt_id, _A.agent_id)
        .join(t.attempts, and_(_A.campaign_id == t.pilots.c.campaign_id, _A.connected_at >= t.pilots.c.started_at))
        .where(t.pilots.c.decision.is_(None), _A.agent_id.is_not(None))
    )
    found: dict[str, dict[str, str]] = defaultdict(dict)
    for row in connection.execute(statement):
        found[row.pilot_id][row.attempt_id] = row.agent_id
    return found


def of_campaign(connection: Connection, campaign_id: int) -> list[PilotRow]:
    statement = select(t.pilots).where(t.pilots.c.campaign_id == campaign_id)
    return [_row(row) for row in connection.execute(statement.order_by(t.pilots.c.started_at, t.pilots.c.pilot_id))]


def _row(row: AnyRow) -> PilotRow:
    return PilotRow(
        pilot_id=row.pilot_id,
        campaign_id=row.campaign_id,
        version=row.version,
        plan=_plan(row),
        started_at=row.started_at,
        started_by=row.started_by,
        ended_at=row.ended_at,
        decision=None if row.decision is None else PilotDecision(row.decision),
        decided_at=row.decided_at,
        decided_by=row.decided_by,
        decided_version=row.decided_version,
        remark=row.remark,
        changed=tuple(row.changed or ()),
        report=row.report,
    )


def _plan(row: AnyRow) -> PilotPlan:
    return PilotPlan(calls=row.calls, agents=tuple(row.agents), calls_per_agent=row.calls_per_agent)


def ended(connection: Connection, campaign_id: int, since: datetime, until: datetime | None) -> Ended:
    mine = and_(_A.campaign_id == campaign_id, _A.ended_at.is_not(None), *placed_in(since, until))
    without = seconds_between(_A.ended_at, _A.placed_at)
    attempts, line_s = connection.execute(
        select(func.count(), func.avg(without).filter(_A.connected_at.is_(None))).where(mine)
    ).one()
    settled = connection.execute(
        select(func.count(_A.lead_id.distinct()))
        .join(t.leads, t.leads.c.lead_id == _A.lead_id)
        .where(mine, t.leads.c.state != LeadState.OPEN)
    ).scalar_one()
    return Ended(
        attempts=attempts,
        settled=settled,
        appointments=_appointments(connection, campaign_id, mine),
        line_s=None if line_s is None else float(line_s),
    )


def placed_in(since: datetime | None, until: datetime | None) -> list[ColumnElement[bool]]:
    """[since, until); None leaves an end open."""
    bounds = [] if since is None else [_A.placed_at >= since]
    return bounds if until is None else [*bounds, _A.placed_at < until]


def _appointments(connection: Connection, campaign_id: int, mine: ColumnElement[bool]) -> int:
    """By the flags of the version under which each was made."""
    booked = {
        (version, disposition.code)
        for version, settings in campaigns.versions(connection, campaign_id).items()
        for disposition in settings.dispositions
        if disposition.appointment
    }
    statement = (
        select(_A.campaign_version, _A.disposition, func.count().label("calls"))
        .where(mine, _A.disposition.is_not(None))
        .group_by(_A.campaign_version, _A.disposition)
    )
    rows = connection.execute(statement)
    return sum(row.calls for row in rows if (row.campaign_version, row.disposition) in booked)
