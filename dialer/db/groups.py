"""Agent groups, skills and passed scripts."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, insert, select
from sqlalchemy.exc import IntegrityError

from dialer.db import tables as t
from dialer.db.database import Database, dialect_insert, insert_or_ignore
from dialer.errors import AlreadyExists
from dialer.ports.groups import Group, Qualification


class SqlGroups:
    """`dialer.ports.groups.Groups`."""

    def __init__(self, database: Database) -> None:
        self._db = database

    async def every(self) -> list[Group]:
        return await self._db.read(every)

    async def by_code(self, code: str) -> Group | None:
        return next((group for group in await self.every() if group.code == code), None)

    async def add(self, code: str, name: str, *, at: datetime) -> Group:
        await self._db.durably(add, code, name, at=at)
        return Group(code=code, name=name)

    async def remove(self, code: str) -> bool:
        return await self._db.durably(_delete, t.agent_groups, group_code=code)

    async def join(self, code: str, agent_id: str) -> None:
        await self._db.durably(_once, t.group_members, group_code=code, agent_id=agent_id)

    async def leave(self, code: str, agent_id: str) -> bool:
        return await self._db.durably(_delete, t.group_members, group_code=code, agent_id=agent_id)

    async def set_skill(self, agent_id: str, skill: str, level: int) -> None:
        await self._db.durably(set_skill, agent_id, skill, level)

    async def drop_skill(self, agent_id: str, skill: str) -> bool:
        return await self._db.durably(_delete, t.agent_skills, agent_id=agent_id, skill=skill)

    async def qualify(self, qualification: Qualification) -> None:
        await self._db.durably(
            _once, t.qualifications, agent_id=qualification.agent_id, script_name=qualification.script_name,
            version=qualification.version, passed_at=qualification.passed_at, passed_by=qualification.by,
        )  # fmt: skip

    async def disqualify(self, agent_id: str, script_name: str, version: int) -> bool:
        return await self._db.durably(
            _delete, t.qualifications, agent_id=agent_id, script_name=script_name, version=version
        )

    async def qualifications(self, agent_id: str) -> list[Qualification]:
        return await self._db.read(qualifications, agent_id)


def every(connection: Connection) -> list[Group]:
    members: dict[str, list[str]] = defaultdict(list)
    for row in connection.execute(select(t.group_members).order_by("agent_id")):
        members[row.group_code].append(row.agent_id)
    return [
        Group(code=row.group_code, name=row.name, members=tuple(members[row.group_code]))
        for row in connection.execute(select(t.agent_groups).order_by("group_code"))
    ]


def add(connection: Connection, code: str, name: str, *, at: datetime) -> None:
    try:
        connection.execute(insert(t.agent_groups), {"group_code": code, "name": name, "created_at": at})
    except IntegrityError as error:
        raise AlreadyExists(f"there is a group '{code}' already; choose another code", field="code") from error


def set_skill(connection: Connection, agent_id: str, skill: str, level: int) -> None:
    statement = dialect_insert(connection, t.agent_skills)
    update = statement.on_conflict_do_update(index_elements=["agent_id", "skill"], set_={"level": level})
    connection.execute(update, {"agent_id": agent_id, "skill": skill, "level": level})


def qualifications(connection: Connection, agent_id: str) -> list[Qualification]:
    table = t.qualifications
    statement = select(table).where(table.c.agent_id == agent_id).order_by(table.c.script_name, table.c.version)
    return [
        Qualification(
            agent_id=row.agent_id,
            script_name=row.script_name,
            version=row.version,
            passed_at=row.passed_at,
            by=row.passed_by,
        )
        for row in connection.execute(statement)
    ]


def _once(connection: Connection, table: Any, /, **row: Any) -> None:
    connection.execute(insert_or_ignore(connection, table), row)


def _delete(connection: Connection, table: Any, /, **key: Any) -> bool:
    done = connection.execute(delete(table).where(*(table.c[name] == value for name, value in key.items())))
    return bool(done.rowcount)
