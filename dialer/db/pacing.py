"""What pacing has learned, its decisions, and the persons its abandonment rate is counted from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, and_, case, delete, func, not_, or_, select

from campaigns.attempt import AttemptOutcome
from campaigns.lead import LeadState
from campaigns.screening import MACHINE
from dialer.db import tables as t
from dialer.db.database import Database
from dialer.db.types import five_minutes, seconds_between
from dialer.ports.pacing import USUAL_LIMIT_S, CountedBin, DecisionPage, LearnedState

_A = t.attempts.c
_LONGEST_RING: Final = timedelta(hours=1)  # between dialling and answer, and more than that
_PURGED: Final = 2000  # in one transaction


class SqlPacing:
    """`dialer.ports.pacing.PacingBook`."""

    def __init__(self, database: Database) -> None:
        self._db = database

    async def counted(self, campaign_id: int, *, since: datetime, sayings: Mapping[str, bool]) -> list[CountedBin]:
        return await self._db.read(counted, campaign_id, since, sayings)

    async def guaranteed(self, campaign_id: int) -> dict[int, datetime]:
        return await self._db.read(guaranteed, campaign_id)

    async def learned(self, campaign_id: int) -> LearnedState | None:
        return await self._db.read(learned, campaign_id)

    async def keep_learned(self, states: Mapping[int, Mapping[str, Any]], *, at: datetime) -> None:
        await self._db.write(keep_learned, states, at)

    async def forget(self, campaign_id: int) -> bool:
        return await self._db.durably(forget, campaign_id)

    async def log(self, pages: Sequence[DecisionPage]) -> None:
        await self._db.write(log, pages)

    async def logged(self, campaign_id: int, *, at: datetime) -> list[DecisionPage]:
        return await self._db.read(logged, campaign_id, at)

    async def purge(self, *, before: datetime) -> int:
        gone = 0
        while removed := await self._db.write(purge, before):
            gone += removed
        return gone


def counted(connection: Connection, campaign_id: int, since: datetime, sayings: Mapping[str, bool]) -> list[CountedBin]:
    answered = func.coalesce(_A.answered_at, _A.ended_at)
    limit = func.coalesce(_A.abandon_limit_s, USUAL_LIMIT_S)
    late = seconds_between(_A.connected_at, _A.answered_at) > limit
    abandoned = case((or_(_A.outcome == AttemptOutcome.ABANDONED, late), 1), else_=0)
    number = five_minutes(answered).label("number")
    statement = (
        select(number, func.count().label("persons"), func.sum(abandoned).label("lost"))
        .where(
            _A.campaign_id == campaign_id, _A.placed_at >= since - _LONGEST_RING, _by_person(sayings), answered >= since
        )
        .group_by(number)
        .order_by(number)
    )
    return [
        CountedBin(at_s=row.number * 300, answered=row.persons, abandoned=int(row.lost))
        for row in connection.execute(statement)
    ]


def _by_person(sayings: Mapping[str, bool]) -> ColumnElement[bool]:
    """`campaigns.screening_errors.is_person`."""
    code = func.coalesce(_A.disposition, "")
    machine = code.in_([name for name, person in sayings.items() if not person])
    person = or_(_A.person_marked_at.is_not(None), code.in_([name for name, person in sayings.items() if person]))
    heard = func.coalesce(_A.screening_verdict, "") == MACHINE
    talked = or_(_A.outcome == AttemptOutcome.HUMAN, and_(_A.outcome.is_(None), _A.connected_at.is_not(None)))
    return or_(_A.outcome == AttemptOutcome.ABANDONED, and_(talked, not_(machine), or_(person, not_(heard))))


def guaranteed(connection: Connection, campaign_id: int) -> dict[int, datetime]:
    lead = t.leads.c
    statement = select(lead.lead_id, lead.due_at).where(
        lead.campaign_id == campaign_id, lead.state == LeadState.OPEN, lead.agent_guaranteed, lead.due_at.is_not(None)
    )
    return {row.lead_id: row.due_at for row in connection.execute(statement)}


def learned(connection: Connection, campaign_id: int) -> LearnedState | None:
    table = t.pacing_learned
    row = connection.execute(select(table).where(table.c.campaign_id == campaign_id)).one_or_none()
    return None if row is None else LearnedState(at=row.at, state=row.state)


def keep_learned(connection: Connection, states: Mapping[int, Mapping[str, Any]], at: datetime) -> None:
    if not states:
        return
    connection.execute(delete(t.pacing_learned).where(t.pacing_learned.c.campaign_id.in_(states)))
    rows = [{"campaign_id": number, "at": at, "state": dict(state)} for number, state in states.items()]
    connection.execute(t.pacing_learned.insert(), rows)


def forget(connection: Connection, campaign_id: int) -> bool:
    done = connection.execute(delete(t.pacing_learned).where(t.pacing_learned.c.campaign_id == campaign_id))
    return done.rowcount > 0


def log(connection: Connection, pages: Sequence[DecisionPage]) -> None:
    if pages:
        connection.execute(
            t.pacing_decisions.insert(),
            [
                {
                    "campaign_id": page.campaign_id,
                    "first": page.first,
                    "last": page.last,
                    "decisions": page.decisions,
                    "body": page.body,
                }
                for page in pages
            ],
        )


def logged(connection: Connection, campaign_id: int, at: datetime) -> list[DecisionPage]:
    table = t.pacing_decisions
    own = select(table).where(table.c.campaign_id == campaign_id)
    before = own.where(table.c.first <= at).order_by(table.c.first.desc(), table.c.page_id.desc()).limit(2)
    after = own.where(table.c.first > at).order_by(table.c.first, table.c.page_id).limit(1)
    rows = [*reversed(connection.execute(before).all()), *connection.execute(after)]
    return [
        DecisionPage(
            campaign_id=campaign_id, first=row.first, last=row.last, decisions=row.decisions, body=bytes(row.body)
        )
        for row in rows
    ]


def purge(connection: Connection, before: datetime) -> int:
    table = t.pacing_decisions
    old = select(table.c.page_id).where(table.c.last < before).limit(_PURGED)
    return connection.execute(delete(table).where(table.c.page_id.in_(old))).rowcount
