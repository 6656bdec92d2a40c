"""Promised calls."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, String, Table, Text, text

from dialer.db.tables.core import campaigns, leads, metadata
from dialer.db.types import UtcDateTime

callbacks = Table(
    "callbacks",
    metadata,
    Column("callback_id", String, primary_key=True),
    Column("campaign_id", ForeignKey(campaigns.c.campaign_id), nullable=False),
    Column("lead_id", ForeignKey(leads.c.lead_id, ondelete="CASCADE"), nullable=False, index=True),
    Column("due_at", UtcDateTime, nullable=False),
    Column("made_at", UtcDateTime, nullable=False),
    Column("made_by", String, nullable=False),
    Column("attempt_id", String),
    Column("agent_id", String),
    Column("note", Text, nullable=False),
    Column("state", String, nullable=False),
    Column("settled_at", UtcDateTime),
    Column("settled_by", String, nullable=False),
    Column("settled_attempt", String, index=True),
    Column("reason", String, nullable=False),
    Index(None, "state", "due_at", "callback_id"),
    Index(None, "agent_id", "state", "due_at"),
)
# One promise at a time to one person.
Index(
    "uq_callbacks_open_lead",
    callbacks.c.lead_id,
    unique=True,
    sqlite_where=text("state = 'OPEN'"),
    postgresql_where=text("state = 'OPEN'"),
)

# What an owner, or whoever is there, follows up: made for the tickler, and small beside the list itself.
FOLLOW_UP = "due_at IS NOT NULL AND (due_kind IN ('CADENCE', 'REMINDER') OR (due_kind = 'RETRY' AND owner <> ''))"
Index(
    "ix_leads_follow_up",
    leads.c.owner,
    leads.c.due_at,
    sqlite_where=text(FOLLOW_UP),
    postgresql_where=text(FOLLOW_UP),
)
