"""Imports that can be resumed, refreshed and undone; leads that wait until their list is whole; saved mappings."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.BigInteger().with_variant(postgresql.TIMESTAMP(timezone=True), "postgresql")
JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
TEXTS = {"phase": "'DONE'", "stored_file": "''", "numbers_upto": "''", "error": "''"}
COUNTS = ("last_line", "updated", "unchanged", "missing")
SIZES = ("size_bytes", "bytes_read")
_NUMBERS = "number_id, lead_id, campaign_id, e164, kind, position, usable"
_UNFINISHED = "SELECT import_id FROM imports WHERE finished_at IS NULL AND undone_at IS NULL"


def upgrade() -> None:
    for name, default in TEXTS.items():
        op.add_column("imports", sa.Column(name, sa.String(), server_default=sa.text(default), nullable=False))
    for name in COUNTS:
        op.add_column("imports", sa.Column(name, sa.Integer(), server_default=sa.text("0"), nullable=False))
    for name in SIZES:
        op.add_column("imports", sa.Column(name, sa.BigInteger(), server_default=sa.text("0"), nullable=False))
    op.add_column("imports", sa.Column("options", JSON, server_default=sa.text("'{}'"), nullable=False))
    op.add_column("imports", sa.Column("report", JSON))
    op.execute("UPDATE imports SET phase = 'UNDONE' WHERE undone_at IS NOT NULL")
    op.execute(f"UPDATE imports SET phase = 'READING' WHERE import_id IN ({_UNFINISHED})")  # noqa: S608
    op.add_column("leads", sa.Column("external_id", sa.String(), server_default=sa.text("''"), nullable=False))
    named = sa.text("external_id <> ''")
    op.create_index(
        "ix_leads_external_id", "leads", ["campaign_id", "external_id"], sqlite_where=named, postgresql_where=named
    )
    op.drop_index("ix_leads_import_id", "leads")
    op.create_index("ix_leads_import_id_lead_id", "leads", ["import_id", "lead_id"])
    held = "SET state = 'HELD', due_at = NULL, leased_by = NULL, leased_until = NULL"
    op.execute(f"UPDATE leads {held} WHERE state = 'OPEN' AND import_id IN ({_UNFINISHED})")
    _rebuild_numbers(forward=True)
    _new_tables()


def downgrade() -> None:
    """What an unfinished import has stored cannot be told apart by older code, so it goes."""
    held = "SELECT lead_id FROM leads WHERE state = 'HELD'"
    op.execute(f"DELETE FROM lead_numbers WHERE again <> 0 OR lead_id IN ({held})")  # noqa: S608
    op.execute("DELETE FROM leads WHERE state = 'HELD'")
    op.drop_table("list_mappings")
    op.drop_table("import_changes")
    _rebuild_numbers(forward=False)
    op.drop_index("ix_leads_import_id_lead_id", "leads")
    op.create_index("ix_leads_import_id", "leads", ["import_id"])
    op.drop_index("ix_leads_external_id", "leads")
    op.drop_column("leads", "external_id")
    for name in (*TEXTS, *COUNTS, *SIZES, "options", "report"):
        op.drop_column("imports", name)


def _new_tables() -> None:
    op.create_table(
        "import_changes",
        sa.Column("import_id", ROW_ID, nullable=False),
        sa.Column("lead_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("changes", JSON, nullable=False),
        sa.PrimaryKeyConstraint("import_id", "lead_id", name="pk_import_changes"),
        sa.ForeignKeyConstraint(["import_id"], ["imports.import_id"], name="fk_import_changes_import_id"),
    )
    op.create_index("ix_import_changes_lead_id", "import_changes", ["lead_id"])
    op.create_table(
        "list_mappings",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("mapping", JSON, nullable=False),
        sa.Column("saved_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_list_mappings"),
    )


def _rebuild_numbers(*, forward: bool) -> None:
    """SQLite cannot change the constraints of a table, so both databases get a new one."""
    op.execute("ALTER TABLE lead_numbers RENAME TO lead_numbers_before")
    if op.get_bind().dialect.name == "postgresql":
        for name in ("pk_lead_numbers", "fk_lead_numbers_lead_id"):
            op.execute(f"ALTER TABLE lead_numbers_before DROP CONSTRAINT {name}")
        op.execute("ALTER SEQUENCE lead_numbers_number_id_seq RENAME TO lead_numbers_number_id_seq_before")
    op.drop_index("ix_lead_numbers_lead_id", "lead_numbers_before")
    if forward:
        op.drop_index("ix_lead_numbers_e164", "lead_numbers_before")
    _numbers(forward=forward)
    op.execute(f"INSERT INTO lead_numbers ({_NUMBERS}) SELECT {_NUMBERS} FROM lead_numbers_before")  # noqa: S608
    op.drop_table("lead_numbers_before")
    op.create_index("ix_lead_numbers_lead_id", "lead_numbers", ["lead_id"])
    if not forward:
        op.create_index("ix_lead_numbers_e164", "lead_numbers", ["e164"])
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "SELECT setval('lead_numbers_number_id_seq', (SELECT COALESCE(MAX(number_id), 0) + 1 FROM lead_numbers), "
            "false)"
        )


def _numbers(*, forward: bool) -> None:
    unique = ("e164", "campaign_id", "again") if forward else ("campaign_id", "e164")
    columns: list[sa.Column[Any]] = [
        sa.Column("number_id", ROW_ID, nullable=False),
        sa.Column("lead_id", ROW_ID, nullable=False),
        sa.Column("campaign_id", sa.BigInteger() if forward else ROW_ID, nullable=False),
        sa.Column("e164", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("usable", sa.Boolean(), nullable=False),
    ]
    constraints: list[sa.Constraint] = [
        sa.ForeignKeyConstraint(["lead_id"], ["leads.lead_id"], name="fk_lead_numbers_lead_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("number_id", name="pk_lead_numbers"),
        sa.UniqueConstraint(*unique, name=f"uq_lead_numbers_{'_'.join(unique)}"),
    ]
    if forward:
        columns.append(sa.Column("again", sa.BigInteger(), server_default=sa.text("0"), nullable=False))
    else:
        constraints.append(
            sa.ForeignKeyConstraint(["campaign_id"], ["campaigns.campaign_id"], name="fk_lead_numbers_campaign_id")
        )
    op.create_table("lead_numbers", *columns, *constraints)
