"""Lists beside their leads: rows that wait for the end of their list, what a refresh changed, mappings kept by name."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Float, ForeignKey, Integer, String, Table

from dialer.db.tables.core import Json, RowId, imports, metadata
from dialer.db.types import UtcDateTime

# What a list under way has stored waits here until the list is whole, so that a crash in the middle leaves no half
# list and nobody who asks about leads has to ask for it. Read by number only, so it has no index that costs anything.
import_rows = Table(
    "import_rows",
    metadata,
    Column("lead_id", RowId, primary_key=True, autoincrement=False),  # reserved; what it will be among the leads
    Column("import_id", BigInteger, nullable=False),
    Column("row", Integer),
    Column("name", String, nullable=False),
    Column("country", String, nullable=False),
    Column("time_zone", String, nullable=False),
    Column("suppressed", Boolean, nullable=False),  # it will be one that is not called
    Column("priority", Integer, nullable=False),
    Column("fields", Json, nullable=False),
    Column("owner", String, nullable=False),
    Column("source", String, nullable=False),
    Column("segment", String, nullable=False),
    Column("skill", String, nullable=False),
    Column("value", Float, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("external_id", String, nullable=False),
)

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
