"""Agents as the planner set them up."""

from __future__ import annotations

from dataclasses import asdict

from sqlalchemy import Connection, select

from dialer.db import tables as t
from dialer.db.database import dialect_insert
from dialer.db.mapping import agent_of
from dialer.ports import Agent


def save(connection: Connection, agent: Agent) -> None:
    statement = dialect_insert(connection, t.agents)
    changed = {name: statement.excluded[name] for name in t.agents.c.keys() if name != "agent_id"}  # noqa: SIM118
    connection.execute(statement.on_conflict_do_update(index_elements=["agent_id"], set_=changed), asdict(agent))


def every(connection: Connection) -> list[Agent]:
    return [agent_of(row) for row in connection.execute(select(t.agents).order_by(t.agents.c.agent_id))]


def by_id(connection: Connection, agent_id: str) -> Agent | None:
    row = connection.execute(select(t.agents).where(t.agents.c.agent_id == agent_id)).one_or_none()
    return None if row is None else agent_of(row)
