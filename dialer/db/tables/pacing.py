"""What pacing has learned, and its decisions of a day in pages."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, Integer, LargeBinary, Table

from dialer.db.tables.core import Json, RowId, campaigns, metadata
from dialer.db.types import UtcDateTime

pacing_learned = Table(
    "pacing_learned",
    metadata,
    Column("campaign_id", ForeignKey(campaigns.c.campaign_id), primary_key=True),
    Column("at", UtcDateTime, nullable=False),
    Column("state", Json, nullable=False),
)

pacing_decisions = Table(
    "pacing_decisions",
    metadata,
    Column("page_id", RowId, primary_key=True),
    Column("campaign_id", ForeignKey(campaigns.c.campaign_id), nullable=False),
    Column("first", UtcDateTime, nullable=False),
    Column("last", UtcDateTime, nullable=False, index=True),
    Column("decisions", Integer, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Index(None, "campaign_id", "first"),
)
