"""What lists leave behind beside their leads: what a refresh changed, and mappings kept by name."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, String, Table

from dialer.db.tables.core import Json, imports, metadata
from dialer.db.types import UtcDateTime

# What a refresh changed in a lead that was there before: {"name": [before, after], ...}, so that it can be undone.
import_changes = Table(
    "import_changes",
    metadata,
    Column("import_id", ForeignKey(imports.c.import_id), primary_key=True),
    Column("lead_id", BigInteger, primary_key=True, autoincrement=False, index=True),
    Column("changes", Json, nullable=False),
)

list_mappings = Table(
    "list_mappings",
    metadata,
    Column("name", String, primary_key=True),
    Column("mapping", Json, nullable=False),
    Column("saved_at", UtcDateTime, nullable=False),
)
