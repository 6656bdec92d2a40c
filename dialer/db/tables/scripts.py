"""Call scripts, their versions, who checked and moved them, and what customers answered."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, ForeignKey, ForeignKeyConstraint, Index, Integer, String, Table, Text

from dialer.db.tables.core import Json, RowId, attempts, campaigns, leads, metadata
from dialer.db.types import UtcDateTime

script_versions = Table(
    "script_versions",
    metadata,
    Column("script_name", String, primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("state", String, nullable=False),
    Column("content", Text, nullable=False),
    Column("requalify", Boolean, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("changed_at", UtcDateTime, nullable=False),
    Column("writers", Json, nullable=False),  # everybody who wrote at it
    Column("approved_by", String, nullable=False),
    Column("approved_at", UtcDateTime),
    Column("released_by", String, nullable=False),
    Column("released_at", UtcDateTime),
)


def _of_version() -> tuple[Column[str], Column[int], ForeignKeyConstraint]:
    return (
        Column("script_name", String, nullable=False),
        Column("version", Integer, nullable=False),
        ForeignKeyConstraint(["script_name", "version"], [script_versions.c.script_name, script_versions.c.version]),
    )


script_ticks = Table(
    "script_ticks",
    metadata,
    Column("script_tick_id", RowId, primary_key=True),
    *_of_version(),
    Column("item", String, nullable=False),
    Column("ticked_by", String, nullable=False),
    Column("ticked_at", UtcDateTime, nullable=False),
    Column("remark", Text, nullable=False),
    Index("uq_script_ticks_item", "script_name", "version", "item", unique=True),
)

script_steps = Table(
    "script_steps",
    metadata,
    Column("script_step_id", RowId, primary_key=True),
    *_of_version(),
    Column("kind", String, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("taken_by", String, nullable=False),
    Column("words", Text, nullable=False),
    Index(None, "script_name", "script_step_id"),
)

# A lead that was dialled is never removed, so nothing here has to go with it.
script_answers = Table(
    "script_answers",
    metadata,
    Column("attempt_id", ForeignKey(attempts.c.attempt_id), primary_key=True),
    Column("question", String, primary_key=True),
    Column("campaign_id", ForeignKey(campaigns.c.campaign_id), nullable=False),
    Column("lead_id", ForeignKey(leads.c.lead_id), nullable=False, index=True),
    Column("value", Json, nullable=False),
    Column("field", String, nullable=False),
    Column("answered_at", UtcDateTime, nullable=False),
    Column("answered_by", String, nullable=False),
    Index(None, "campaign_id", "question"),
)
