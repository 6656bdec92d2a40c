"""Call scripts and what customers answered."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from campaigns.script import Script, Value
from campaigns.script_answers import as_field
from campaigns.script_version import CheckItem, Released, ScriptOrder, ScriptState, Tick, after
from dialer.db import changes, stage_desk
from dialer.db import tables as t
from dialer.db.database import Database, dialect_insert
from dialer.db.mapping import AnyRow
from dialer.domain.events import ScriptMoved
from dialer.errors import NotFound, WrongState
from dialer.ports.scripts import NewAnswer, ScriptAnswer, ScriptStep, ScriptVersion

_V = t.script_versions


class SqlScripts:
    """`dialer.ports.scripts.Scripts`."""

    def __init__(self, database: Database) -> None:
        self._db = database

    async def write(self, content: Script, *, at: datetime, by: str, note: str = "") -> ScriptVersion:
        return await self._db.durably(write, content, at=at, by=by, note=note)

    async def move(
        self, name: str, version: int, order: ScriptOrder, *, at: datetime, by: str, words: str = "",
        requalify: bool = True,
    ) -> ScriptVersion:  # fmt: skip
        return await self._db.durably(move, name, version, order, at=at, by=by, words=words, requalify=requalify)

    async def tick(
        self, name: str, version: int, item: CheckItem, *, at: datetime, by: str, remark: str = ""
    ) -> ScriptVersion:
        return await self._db.durably(tick, name, version, item, at=at, by=by, remark=remark)

    async def every(self) -> list[ScriptVersion]:
        return await self._db.read(every)

    async def versions(self, name: str) -> list[ScriptVersion]:
        return await self._db.read(versions, name)

    async def find(self, name: str, version: int) -> ScriptVersion | None:
        return await self._db.read(find, name, version)

    async def steps(self, name: str) -> list[ScriptStep]:
        return await self._db.read(steps, name)

    async def answer(self, attempt_id: str, given: Sequence[NewAnswer], *, at: datetime, by: str) -> bool:
        return await self._db.durably(answer, attempt_id, given, at=at, by=by)

    async def answers(self, attempt_id: str) -> list[ScriptAnswer]:
        return await self._db.read(answers, attempt_id)


def write(connection: Connection, content: Script, *, at: datetime, by: str, note: str) -> ScriptVersion:
    latest = connection.execute(
        select(_V).where(_V.c.script_name == content.name).order_by(_V.c.version.desc()).limit(1).with_for_update()
    ).one_or_none()
    if latest is not None and latest.state == ScriptState.IN_REVIEW:
        raise WrongState(
            f"version {latest.version} of script {content.name} is in review; send it back before it is changed",
            field="name",
        )
    if latest is not None and latest.state == ScriptState.DRAFT:
        version = latest.version
        _rewrite(connection, latest, content, at=at, by=by)
    else:
        version = 1 if latest is None else latest.version + 1
        _begin(connection, content, version, at=at, by=by)
    _keep_step(connection, content.name, version, "written", at=at, by=by, words=note)
    return _present(connection, content.name, version)


def _rewrite(connection: Connection, draft: AnyRow, content: Script, *, at: datetime, by: str) -> None:
    writers = list(dict.fromkeys([*draft.writers, by]))
    text = content.model_dump_json(exclude_defaults=True)
    statement = update(_V).where(*_is(draft.script_name, draft.version))
    connection.execute(statement.values(content=text, changed_at=at, writers=writers))
    _untick(connection, draft.script_name, draft.version)


def _begin(connection: Connection, content: Script, version: int, *, at: datetime, by: str) -> None:
    row = {
        "script_name": content.name, "version": version, "state": ScriptState.DRAFT,
        "content": content.model_dump_json(exclude_defaults=True), "requalify": True, "created_at": at,
        "changed_at": at, "writers": [by], "approved_by": "", "released_by": "",
    }  # fmt: skip
    try:
        connection.execute(insert(_V), row)
    except IntegrityError as error:
        raise WrongState(f"script {content.name} was written by somebody else just now; look again") from error


def move(
    connection: Connection, name: str, version: int, order: ScriptOrder, *, at: datetime, by: str, words: str,
    requalify: bool,
) -> ScriptVersion:  # fmt: skip
    known = _present(connection, name, version)
    state = after(known.state, order)
    if state is None:
        raise WrongState(f"version {version} of script {name} is {known.state}: {order} is not possible", field="order")
    values: dict[str, Any] = {"state": state}
    if order is ScriptOrder.APPROVE:
        values |= {"approved_by": by, "approved_at": at}
    elif order is ScriptOrder.RELEASE:
        values |= {"released_by": by, "released_at": at, "requalify": requalify}
    elif order is ScriptOrder.SEND_BACK:
        values |= {"approved_by": "", "approved_at": None}
        _untick(connection, name, version)
    connection.execute(update(_V).where(*_is(name, version)).values(values))
    _keep_step(connection, name, version, order.value, at=at, by=by, words=words)
    changes.record(connection, [ScriptMoved(occurred_at=at, script=name, version=version, state=state.value, by=by)])
    return _present(connection, name, version)


def tick(
    connection: Connection, name: str, version: int, item: CheckItem, *, at: datetime, by: str, remark: str
) -> ScriptVersion:
    known = _present(connection, name, version)
    if known.state is not ScriptState.IN_REVIEW:
        raise WrongState(
            f"version {version} of script {name} is {known.state}; the checklist belongs to the review", field="item"
        )
    table = t.script_ticks
    row = {"script_name": name, "version": version, "item": item, "ticked_by": by, "ticked_at": at, "remark": remark}
    statement = dialect_insert(connection, table).values(row)
    again = {column: statement.excluded[column] for column in ("ticked_by", "ticked_at", "remark")}
    keys = [table.c.script_name, table.c.version, table.c.item]
    connection.execute(statement.on_conflict_do_update(index_elements=keys, set_=again))
    _keep_step(connection, name, version, f"ticked {item}", at=at, by=by, words=remark)
    return _present(connection, name, version)


def every(connection: Connection) -> list[ScriptVersion]:
    latest = select(_V.c.script_name, func.max(_V.c.version).label("version")).group_by(_V.c.script_name).subquery()
    same = (latest.c.script_name == _V.c.script_name) & (latest.c.version == _V.c.version)
    return _read(connection, select(_V).join(latest, same))


def versions(connection: Connection, name: str) -> list[ScriptVersion]:
    return _read(connection, select(_V).where(_V.c.script_name == name))


def find(connection: Connection, name: str, version: int) -> ScriptVersion | None:
    return next(iter(_read(connection, select(_V).where(*_is(name, version)))), None)


def released(connection: Connection) -> list[Released]:
    states = (ScriptState.RELEASED, ScriptState.RETIRED)
    columns = (_V.c.script_name, _V.c.version, _V.c.requalify, _V.c.state)
    statement = select(*columns).where(_V.c.state.in_(states)).order_by(_V.c.script_name, _V.c.version)
    return [
        Released(
            name=row.script_name, version=row.version, requalify=row.requalify, retired=row.state == ScriptState.RETIRED
        )
        for row in connection.execute(statement)
    ]


def steps(connection: Connection, name: str) -> list[ScriptStep]:
    table = t.script_steps
    statement = select(table).where(table.c.script_name == name).order_by(table.c.script_step_id)
    return [
        ScriptStep(version=row.version, kind=row.kind, at=row.at, by=row.taken_by, words=row.words)
        for row in connection.execute(statement)
    ]


def answer(connection: Connection, attempt_id: str, given: Sequence[NewAnswer], *, at: datetime, by: str) -> bool:
    call = connection.execute(
        select(t.attempts.c.lead_id, t.attempts.c.campaign_id).where(t.attempts.c.attempt_id == attempt_id)
    ).one_or_none()
    if call is None:
        raise NotFound(f"there is no call '{attempt_id}'", field="call")
    stage_desk.held(connection, call.lead_id)  # so that two answers to one question take turns
    before = {kept.question: kept.value for kept in answers(connection, attempt_id)}
    fresh = [one for one in given if before.get(one.question) != one.value]
    for one in fresh:
        row = {
            "attempt_id": attempt_id, "question": one.question, "campaign_id": call.campaign_id,
            "lead_id": call.lead_id, "value": one.value, "field": one.field, "answered_at": at, "answered_by": by,
        }  # fmt: skip
        statement = dialect_insert(connection, t.script_answers).values(row)
        again = {column: statement.excluded[column] for column in ("value", "field", "answered_at", "answered_by")}
        keys = [t.script_answers.c.attempt_id, t.script_answers.c.question]
        connection.execute(statement.on_conflict_do_update(index_elements=keys, set_=again))
    _describe(connection, call.lead_id, fresh, at=at, by=by)
    return bool(fresh)


def _describe(connection: Connection, lead_id: int, fresh: Iterable[NewAnswer], *, at: datetime, by: str) -> None:
    fields = {one.field: as_field(one.value) for one in fresh if one.field}
    if fields:
        name = fields.pop("name", None)
        stage_desk.describe(connection, lead_id, name=name, fields=fields, at=at, by=by)


def answers(connection: Connection, attempt_id: str) -> list[ScriptAnswer]:
    table = t.script_answers
    statement = select(table).where(table.c.attempt_id == attempt_id).order_by(table.c.answered_at, table.c.question)
    return [
        ScriptAnswer(
            question=row.question,
            value=_value(row.value),
            field=row.field,
            answered_at=row.answered_at,
            answered_by=row.answered_by,
        )
        for row in connection.execute(statement)
    ]


def _value(kept: Any) -> Value:
    value: Value = tuple(kept) if isinstance(kept, list) else kept
    return value


def _is(name: str, version: int) -> tuple[Any, Any]:
    return _V.c.script_name == name, _V.c.version == version


def _present(connection: Connection, name: str, version: int) -> ScriptVersion:
    """Locked against another change until the end of the transaction."""
    found = _read(connection, select(_V).where(*_is(name, version)).with_for_update())
    if not found:
        raise NotFound(f"there is no version {version} of script '{name}'", field="version")
    return found[0]


def _read(connection: Connection, statement: Select[Any]) -> list[ScriptVersion]:
    rows = connection.execute(statement.order_by(_V.c.script_name, _V.c.version)).all()
    return [_version(row, _ticks(connection, row.script_name, row.version)) for row in rows]


def _ticks(connection: Connection, name: str, version: int) -> tuple[Tick, ...]:
    table = t.script_ticks
    wanted = select(table).where(table.c.script_name == name, table.c.version == version)
    return tuple(
        Tick(item=CheckItem(row.item), by=row.ticked_by, at=row.ticked_at, remark=row.remark)
        for row in connection.execute(wanted.order_by(table.c.ticked_at, table.c.script_tick_id))
    )


def _version(row: AnyRow, ticks: tuple[Tick, ...]) -> ScriptVersion:
    return ScriptVersion(
        content=Script.model_validate_json(row.content),
        version=row.version,
        state=ScriptState(row.state),
        created_at=row.created_at,
        changed_at=row.changed_at,
        writers=tuple(row.writers),
        requalify=row.requalify,
        approved_by=row.approved_by,
        approved_at=row.approved_at,
        released_by=row.released_by,
        released_at=row.released_at,
        ticks=ticks,
    )


def _untick(connection: Connection, name: str, version: int) -> None:
    table = t.script_ticks
    connection.execute(delete(table).where(table.c.script_name == name, table.c.version == version))


def _keep_step(
    connection: Connection, name: str, version: int, kind: str, *, at: datetime, by: str, words: str
) -> None:
    row = {"script_name": name, "version": version, "kind": kind, "at": at, "taken_by": by, "words": words}
    connection.execute(insert(t.script_steps), row)
