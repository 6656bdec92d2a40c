"""Agent groups, skills and passed scripts."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Integer, String, Table

from dialer.db.tables.core import agents, metadata
from dialer.db.types import UtcDateTime

agent_groups = Table(
    "agent_groups",
    metadata,
    Column("group_code", String, primary_key=True),
    Column("name", String, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
)

group_members = Table(
    "group_members",
    metadata,
    Column("group_code", ForeignKey(agent_groups.c.group_code, ondelete="CASCADE"), primary_key=True),
    Column("agent_id", ForeignKey(agents.c.agent_id), primary_key=True),
)

agent_skills = Table(
    "agent_skills",
    metadata,
    Column("agent_id", ForeignKey(agents.c.agent_id), primary_key=True),
    Column("skill", String, primary_key=True),
    Column("level", Integer, nullable=False),
)

# Scripts are not referenced: what somebody has passed stays true after a script is gone.
qualifications = Table(
    "qualifications",
    metadata,
    Column("agent_id", ForeignKey(agents.c.agent_id), primary_key=True),
    Column("script_name", String, primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("passed_at", UtcDateTime, nullable=False),
    Column("passed_by", String, nullable=False),
)
