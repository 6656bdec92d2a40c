"""Pilots: their plan, what was decided, and what the decision was made upon."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, Integer, String, Table, Text, text

from dialer.db.tables.core import Json, campaigns, metadata
from dialer.db.types import UtcDateTime

pilots = Table(
    "pilots",
    metadata,
    Column("pilot_id", String, primary_key=True),
    Column("campaign_id", ForeignKey(campaigns.c.campaign_id), nullable=False),
    Column("version", Integer, nullable=False),
    Column("calls", Integer, nullable=False),
    Column("calls_per_agent", Integer, nullable=False),
    Column("agents", Json, nullable=False),
    Column("started_at", UtcDateTime, nullable=False),
    Column("started_by", String, nullable=False),
    Column("ended_at", UtcDateTime),
    Column("decision", String),
    Column("decided_at", UtcDateTime),
    Column("decided_by", String, nullable=False),
    Column("decided_version", Integer),
    Column("remark", Text, nullable=False),
    Column("changed", Json),
    Column("report", Json),
    Index(None, "campaign_id", "started_at"),
    # One at a time: the next one begins after the decision.
    Index(
        "uq_pilots_undecided_campaign", "campaign_id", unique=True, sqlite_where=text("decision IS NULL"),
        postgresql_where=text("decision IS NULL"),
    ),
)  # fmt: skip
