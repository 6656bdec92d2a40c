"""Who must not be called: the site's own entries, and registers that are uploaded as a whole."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    false,
    text,
)

from dialer.db.tables.core import RowId, campaigns, metadata
from dialer.db.types import UtcDateTime

# Entries are never deleted: what was taken back or has run out stays as history.
suppressions = Table(
    "suppressions",
    metadata,
    Column("suppression_id", RowId, primary_key=True),
    Column("e164", String, nullable=False),  # or how the numbers begin, where `prefix`
    Column("prefix", Boolean, nullable=False, server_default=false()),
    Column("campaign_id", ForeignKey(campaigns.c.campaign_id)),  # holds for it alone; NULL for all
    Column("reason", String, nullable=False),
    Column("source", String, nullable=False),
    Column("by", String, nullable=False, server_default=text("''")),
    Column("at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime),
    Column("removed_at", UtcDateTime),
    Column("removed_by", String, nullable=False, server_default=text("''")),
    # The call that led to it.
    Column("from_campaign_id", BigInteger),
    Column("from_lead_id", BigInteger),
    Index(None, "e164"),
)
Index(
    "ix_suppressions_prefixes",
    suppressions.c.e164,
    sqlite_where=text("prefix = 1 AND removed_at IS NULL"),
    postgresql_where=text("prefix AND removed_at IS NULL"),
)

# A register counts from the moment it is CURRENT; until then the one it replaces does.
registers = Table(
    "suppression_registers",
    metadata,
    Column("register_id", RowId, primary_key=True),
    Column("name", String, nullable=False),
    Column("campaign_id", ForeignKey(campaigns.c.campaign_id)),
    Column("dated", Date, nullable=False),
    Column("state", String, nullable=False),  # LOADING CURRENT REPLACED
    Column("file_name", String, nullable=False),
    Column("by", String, nullable=False),
    Column("started_at", UtcDateTime, nullable=False),
    Column("finished_at", UtcDateTime),
    Column("expires_at", UtcDateTime),
    Column("entries", Integer, nullable=False),
    Column("refused", Integer, nullable=False),
    sqlite_autoincrement=True,
)
_CURRENT = text("state = 'CURRENT'")
Index(
    "uq_suppression_registers_current",
    registers.c.name,
    unique=True,
    sqlite_where=_CURRENT,
    postgresql_where=_CURRENT,
)

register_numbers = Table(
    "suppression_register_numbers",
    metadata,
    Column("register_id", BigInteger, primary_key=True, autoincrement=False),
    Column("e164", String, primary_key=True),
    sqlite_with_rowid=False,
)
