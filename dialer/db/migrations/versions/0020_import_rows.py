"""Rows of a list that is not whole wait beside the leads; leads and numbers are stored without a check of each row."""

from __future__ import annotations

import re

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.BigInteger().with_variant(postgresql.TIMESTAMP(timezone=True), "postgresql")
JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
CHECKS = {
    "fk_leads_campaign_id": ("leads", "FOREIGN KEY(campaign_id) REFERENCES campaigns (campaign_id)"),
    "fk_leads_import_id": ("leads", "FOREIGN KEY(import_id) REFERENCES imports (import_id)"),
    "fk_lead_numbers_lead_id": ("lead_numbers", "FOREIGN KEY(lead_id) REFERENCES leads (lead_id) ON DELETE CASCADE"),
}
TEXTS = ("name", "country", "time_zone", "owner", "source", "segment", "skill", "external_id")
SAME = f'lead_id, import_id, "row", {", ".join(TEXTS)}, priority, fields, value, created_at'
SUPPRESSED = "do_not_call"


def upgrade() -> None:
    op.create_table(
        "import_rows",
        sa.Column("lead_id", ROW_ID, autoincrement=False, nullable=False),
        sa.Column("import_id", sa.BigInteger(), nullable=False),
        sa.Column("row", sa.Integer()),
        sa.Column("suppressed", sa.Boolean(), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("fields", JSON, nullable=False),
        sa.Column("value", sa.Float(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        *(sa.Column(name, sa.String(), nullable=False) for name in TEXTS),
        sa.PrimaryKeyConstraint("lead_id", name="pk_import_rows"),
    )
    _change(drop=True)
    suppressed = f"COALESCE(closed_reason = '{SUPPRESSED}', {_false()})"
    op.execute(
        f"INSERT INTO import_rows ({SAME}, suppressed) SELECT {SAME}, {suppressed} FROM leads WHERE state = 'HELD'"  # noqa: S608
    )
    op.execute("DELETE FROM leads WHERE state = 'HELD'")


def downgrade() -> None:
    reason = f"CASE WHEN suppressed THEN '{SUPPRESSED}' ELSE '' END"
    campaign = "(SELECT campaign_id FROM imports WHERE imports.import_id = import_rows.import_id)"
    op.execute(
        f"INSERT INTO leads ({SAME}, campaign_id, state, closed_reason, agent_guaranteed) "  # noqa: S608
        f"SELECT {SAME}, {campaign}, 'HELD', {reason}, {_false()} FROM import_rows"
    )
    op.drop_table("import_rows")
    _change(drop=False)


def _false() -> str:
    return "false" if op.get_bind().dialect.name == "postgresql" else "0"


def _change(*, drop: bool) -> None:
    for name, (table, check) in CHECKS.items():
        if op.get_bind().dialect.name != "postgresql":
            _change_on_sqlite(table, f"CONSTRAINT {name} {check}", drop=drop)
        elif drop:
            op.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
        else:
            op.execute(f"ALTER TABLE {table} ADD CONSTRAINT {name} {check}")


def _change_on_sqlite(table: str, constraint: str, *, drop: bool) -> None:
    """In the text of the schema, which is what SQLite's manual tells to do where no row changes: the table may have
    ten million."""
    connection = op.get_bind()
    before = connection.scalar(sa.text("SELECT sql FROM sqlite_master WHERE name = :table"), {"table": table})
    if drop:
        after = re.sub(r",\s*" + re.escape(constraint), "", before)
    else:
        after = re.sub(r"\s*\)\s*$", f", \n\t{constraint}\n)", before)
    assert after != before
    op.execute("PRAGMA writable_schema = ON")
    connection.execute(
        sa.text("UPDATE sqlite_master SET sql = :sql WHERE type = 'table' AND name = :table"),
        {"sql": after, "table": table},
    )
    op.execute("PRAGMA writable_schema = RESET")
