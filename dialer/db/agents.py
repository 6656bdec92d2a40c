"""Agents as the planner set them up, with their groups, skills and passed scripts."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, select

from dialer.db import tables as t
from dialer.db.database import dialect_insert
from dialer.db.mapping import agent_of
from dialer.ports import Agent


def save(connection: Connection, agent: Agent) -> None:
    """His own properties; groups, skills and passed scripts are changed by themselves."""
    row: dict[str, Any] = {name: getattr(agent, name) for name in t.agents.c.keys()}  # noqa: SIM118
    statement = dialect_insert(connection, t.agents)
    changed = {name: statement.excluded[name] for name in row if name != "agent_id"}
    connection.execute(statement.on_conflict_do_update(index_elements=["agent_id"], set_=changed), row)


def every(connection: Connection) -> list[Agent]:
    return _whole(connection, [agent_of(row) for row in connection.execute(select(t.agents).order_by("agent_id"))])


def by_id(connection: Connection, agent_id: str) -> Agent | None:
    row = connection.execute(select(t.agents).where(t.agents.c.agent_id == agent_id)).one_or_none()
    return None if row is None else _whole(connection, [agent_of(row)])[0]


def _whole(connection: Connection, found: list[Agent]) -> list[Agent]:
    """One of them alone, or all: never some, so the other tables are read by one agent or whole."""
    only = [agent.agent_id for agent in found] if len(found) == 1 else None
    groups: dict[str, set[str]] = defaultdict(set)
    skills: dict[str, dict[str, int]] = defaultdict(dict)
    passed: dict[str, set[tuple[str, int]]] = defaultdict(set)
    for row in _rows(connection, t.group_members, only):
        groups[row.agent_id].add(row.group_code)
    for row in _rows(connection, t.agent_skills, only):
        skills[row.agent_id][row.skill] = row.level
    for row in _rows(connection, t.qualifications, only):
        passed[row.agent_id].add((row.script_name, row.version))
    return [
        replace(
            agent,
            groups=frozenset(groups[agent.agent_id]),
            skills=skills[agent.agent_id],
            passed=frozenset(passed[agent.agent_id]),
        )
        for agent in found
    ]


def _rows(connection: Connection, table: Any, only: list[str] | None) -> Any:
    statement = select(table)
    return connection.execute(statement if only is None else statement.where(table.c.agent_id.in_(only)))
