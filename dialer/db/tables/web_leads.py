"""Enquiries that came in by themselves: which lead each became, and what the sender says he agreed to."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, String, Table, Text, UniqueConstraint

from dialer.db.tables.core import RowId, campaigns, leads, metadata
from dialer.db.types import UtcDateTime

web_leads = Table(
    "web_leads",
    metadata,
    Column("web_lead_id", RowId, primary_key=True),
    Column("campaign_id", ForeignKey(campaigns.c.campaign_id), nullable=False),
    Column("lead_id", ForeignKey(leads.c.lead_id), nullable=False, index=True),
    Column("key", String),  # the sender's own name for the enquiry
    Column("sha256", String, nullable=False),  # of what was sent
    Column("consent", Text, nullable=False),
    Column("consent_at", UtcDateTime),
    Column("received_at", UtcDateTime, nullable=False),
    UniqueConstraint("campaign_id", "key"),
)
