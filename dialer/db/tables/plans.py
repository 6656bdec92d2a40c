"""Requirements, and the history of campaigns."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, Integer, String, Table, Text

from dialer.db.tables.core import Json, RowId, campaigns, metadata
from dialer.db.types import UtcDateTime

campaign_states = Table(
    "campaign_states",
    metadata,
    Column("campaign_state_id", RowId, primary_key=True),
    Column("campaign_id", ForeignKey(campaigns.c.campaign_id), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("previous", String, nullable=False),
    Column("state", String, nullable=False),
    Column("changed_by", String, nullable=False),
    Index(None, "campaign_id", "campaign_state_id"),
)

# From `at` on, until the next row; "" is dialling.
campaign_idle = Table(
    "campaign_idle",
    metadata,
    Column("idle_id", RowId, primary_key=True),
    Column("campaign_id", ForeignKey(campaigns.c.campaign_id), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("reason", String, nullable=False),
    Index(None, "campaign_id", "at"),
)

requirements = Table(
    "requirements",
    metadata,
    Column("requirement_id", RowId, primary_key=True),
    Column("code", String, nullable=False, unique=True),
    Column("state", String, nullable=False),
    Column("version", Integer, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
)

requirement_versions = Table(
    "requirement_versions",
    metadata,
    Column("requirement_id", ForeignKey(requirements.c.requirement_id), primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("content", Text, nullable=False),
    Column("changed_at", UtcDateTime, nullable=False),
    Column("changed_by", String, nullable=False),
)

requirement_steps = Table(
    "requirement_steps",
    metadata,
    Column("requirement_step_id", RowId, primary_key=True),
    Column("requirement_id", ForeignKey(requirements.c.requirement_id), nullable=False),
    Column("version", Integer, nullable=False),
    Column("kind", String, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("taken_by", String, nullable=False),
    Column("party", String),
    Column("words", Text, nullable=False),
    Column("figures", Json),
    Index(None, "requirement_id", "requirement_step_id"),
)
