"""Requirements, their versions and the steps taken with them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, insert, select, update
from sqlalchemy.exc import IntegrityError

from campaigns.requirement import (
    Party,
    Requirement,
    RequirementOrder,
    RequirementState,
    Step,
    StepKind,
    after,
    agreed,
)
from dialer.db import tables as t
from dialer.db.database import Database
from dialer.errors import AlreadyExists, NotFound, WrongState
from dialer.ports.requirements import RequirementRow, RequirementVersion

_ORDERS = {
    StepKind.AGREED: RequirementOrder.AGREE,
    StepKind.CAMPAIGN_MADE: RequirementOrder.MAKE_CAMPAIGN,
    StepKind.EVALUATED: RequirementOrder.EVALUATE,
}


class SqlRequirements:
    """`dialer.ports.requirements.Requirements`."""

    def __init__(self, database: Database) -> None:
        self._db = database

    async def add(self, content: Requirement, *, at: datetime, by: str) -> RequirementRow:
        return await self._db.durably(add, content, at=at, by=by)

    async def change(
        self, code: str, content: Requirement, *, expected: int, state: RequirementState, at: datetime, by: str
    ) -> RequirementRow:
        return await self._db.durably(change, code, content, expected=expected, state=state, at=at, by=by)

    async def take(self, code: str, step: Step, *, expected: RequirementState) -> RequirementRow:
        return await self._db.durably(take, code, step, expected=expected)

    async def every(self) -> list[RequirementRow]:
        return await self._db.read(every)

    async def by_code(self, code: str) -> RequirementRow | None:
        return await self._db.read(by_code, code)

    async def versions(self, requirement_id: int) -> list[RequirementVersion]:
        return await self._db.read(versions, requirement_id)

    async def steps(self, requirement_id: int) -> list[Step]:
        return await self._db.read(steps, requirement_id)


def add(connection: Connection, content: Requirement, *, at: datetime, by: str) -> RequirementRow:
    row = {"code": content.code, "state": RequirementState.DRAFT, "version": 1, "created_at": at}
    table = t.requirements
    try:
        requirement_id = connection.execute(insert(table).returning(table.c.requirement_id), row).scalar_one()
    except IntegrityError as error:
        raise AlreadyExists(
            f"there is a requirement {content.code!r} already; choose another code", field="code"
        ) from error
    _keep_version(connection, requirement_id, 1, content, at=at, by=by)
    _keep_step(connection, requirement_id, Step(kind=StepKind.CREATED, at=at, by=by, version=1))
    return _present(connection, content.code)


def change(
    connection: Connection,
    code: str,
    content: Requirement,
    *,
    expected: int,
    state: RequirementState,
    at: datetime,
    by: str,
) -> RequirementRow:
    known = _present(connection, code)
    table = t.requirements
    done = connection.execute(
        update(table)
        .where(table.c.requirement_id == known.requirement_id, table.c.version == expected)
        .values(version=expected + 1, state=state)
    )
    if not done.rowcount:
        raise _changed_meanwhile(known)
    _keep_version(connection, known.requirement_id, expected + 1, content, at=at, by=by)
    _keep_step(connection, known.requirement_id, Step(kind=StepKind.CHANGED, at=at, by=by, version=expected + 1))
    return _present(connection, code)


def take(connection: Connection, code: str, step: Step, *, expected: RequirementState) -> RequirementRow:
    """An agreement moves the state once both parties have agreed to the version."""
    known = _present(connection, code)
    if known.state is not expected or known.version != step.version:
        raise _changed_meanwhile(known)
    _keep_step(connection, known.requirement_id, step)
    following = after(known.state, _ORDERS[step.kind])
    if step.kind is StepKind.AGREED and not agreed(steps(connection, known.requirement_id), known.version):
        following = known.state
    if following is None:
        raise WrongState(f"requirement {code} is {known.state}: {_ORDERS[step.kind]} is not possible", field="code")
    table = t.requirements
    connection.execute(update(table).where(table.c.requirement_id == known.requirement_id).values(state=following))
    return _present(connection, code)


def every(connection: Connection) -> list[RequirementRow]:
    return [_row(row) for row in connection.execute(_current().order_by(t.requirements.c.requirement_id))]


def by_code(connection: Connection, code: str) -> RequirementRow | None:
    row = connection.execute(_current().where(t.requirements.c.code == code)).one_or_none()
    return None if row is None else _row(row)


def versions(connection: Connection, requirement_id: int) -> list[RequirementVersion]:
    table = t.requirement_versions
    statement = select(table).where(table.c.requirement_id == requirement_id).order_by(table.c.version)
    return [
        RequirementVersion(
            version=row.version,
            content=Requirement.model_validate_json(row.content),
            changed_at=row.changed_at,
            changed_by=row.changed_by,
        )
        for row in connection.execute(statement)
    ]


def steps(connection: Connection, requirement_id: int) -> list[Step]:
    table = t.requirement_steps
    statement = select(table).where(table.c.requirement_id == requirement_id).order_by(table.c.requirement_step_id)
    return [
        Step(
            kind=StepKind(row.kind),
            at=row.at,
            by=row.taken_by,
            version=row.version,
            party=None if row.party is None else Party(row.party),
            words=row.words,
            figures=row.figures,
        )
        for row in connection.execute(statement)
    ]


def _present(connection: Connection, code: str) -> RequirementRow:
    """Locked against another change until the end of the transaction."""
    row = connection.execute(_current().where(t.requirements.c.code == code).with_for_update()).one_or_none()
    if row is None:
        raise NotFound(f"there is no requirement {code!r}", field="requirement")
    return _row(row)


def _current() -> Select[Any]:
    table, kept = t.requirements, t.requirement_versions
    same = (kept.c.requirement_id == table.c.requirement_id) & (kept.c.version == table.c.version)
    return select(table, kept.c.content).join(kept, same)


def _row(row: Row[Any]) -> RequirementRow:
    return RequirementRow(
        requirement_id=row.requirement_id,
        content=Requirement.model_validate_json(row.content),
        state=RequirementState(row.state),
        version=row.version,
        created_at=row.created_at,
    )


def _keep_version(
    connection: Connection, requirement_id: int, version: int, content: Requirement, *, at: datetime, by: str
) -> None:
    row = {
        "requirement_id": requirement_id,
        "version": version,
        "content": content.model_dump_json(by_alias=True),
        "changed_at": at,
        "changed_by": by,
    }
    connection.execute(insert(t.requirement_versions), row)


def _keep_step(connection: Connection, requirement_id: int, step: Step) -> None:
    row = {
        "requirement_id": requirement_id,
        "version": step.version,
        "kind": step.kind,
        "at": step.at,
        "taken_by": step.by,
        "party": step.party,
        "words": step.words,
        "figures": None if step.figures is None else dict(step.figures),
    }
    connection.execute(insert(t.requirement_steps), row)


def _changed_meanwhile(known: RequirementRow) -> WrongState:
    return WrongState(
        f"requirement {known.content.code} was changed meanwhile (it is {known.state}, version {known.version}); "
        "look at it again",
        field="version",
    )
