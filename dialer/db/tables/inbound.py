"""Calls from customers."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, Float, ForeignKey, Index, Integer, String, Table, Text, text

from dialer.db.tables.core import campaigns, leads, metadata
from dialer.db.types import UtcDateTime

inbound_calls = Table(
    "inbound_calls",
    metadata,
    Column("inbound_id", String, primary_key=True),
    Column("trunk", String, nullable=False),
    Column("worker", String, nullable=False),
    Column("sip_call_id", String, nullable=False),
    Column("caller", String, nullable=False),
    Column("called", String, nullable=False),
    Column("campaign_id", ForeignKey(campaigns.c.campaign_id)),
    Column("lead_id", ForeignKey(leads.c.lead_id, ondelete="SET NULL")),
    Column("known", Integer, nullable=False),  # 1: the caller was a lead when he called
    Column("arrived_at", UtcDateTime, nullable=False, index=True),
    Column("answered_at", UtcDateTime),
    Column("ended_at", UtcDateTime),
    Column("outcome", String),
    Column("reason", String, nullable=False),
    Column("agent_id", String),
    Column("ring_s", Float),
    Column("rings", Integer),
    Column("mos", Float),
    Column("disposition", String),
    Column("note", Text, nullable=False),
    Column("callback_at", UtcDateTime),
    Column("disposed_at", UtcDateTime),
    Column("recording_id", String),
    CheckConstraint("(ended_at IS NULL) = (outcome IS NULL)", name="ended_with_outcome"),
    Index(None, "lead_id", "arrived_at"),
    Index(None, "caller", "arrived_at"),
)
# Asked before every dialling: whoever is on the line already is not called.
Index(
    "ix_inbound_calls_active",
    inbound_calls.c.caller,
    sqlite_where=text("ended_at IS NULL"),
    postgresql_where=text("ended_at IS NULL"),
)
