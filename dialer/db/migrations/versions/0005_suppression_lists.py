"""Do-not-call entries with scope, prefix, expiry and history; registers that are uploaded as a whole."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.BigInteger().with_variant(postgresql.TIMESTAMP(timezone=True), "postgresql")


def upgrade() -> None:
    op.execute(
        "CREATE TABLE suppressions_before AS SELECT e164, reason, source, at, campaign_id, lead_id FROM suppressions"
    )
    op.drop_table("suppressions")
    _suppressions()
    op.execute(
        "INSERT INTO suppressions (e164, reason, source, at, from_campaign_id, from_lead_id) "
        "SELECT e164, reason, source, at, campaign_id, lead_id FROM suppressions_before ORDER BY at, e164"
    )
    op.drop_table("suppressions_before")
    _registers()
    op.create_index(
        "ix_lead_numbers_unusable", "lead_numbers", ["campaign_id", "lead_id"],
        sqlite_where=sa.text("usable = 0"), postgresql_where=sa.text("NOT usable"),
    )  # fmt: skip


def downgrade() -> None:
    """Keeps what the older version can say: permanent entries of single numbers for all campaigns."""
    op.drop_index("ix_lead_numbers_unusable", "lead_numbers")
    op.drop_table("suppression_register_numbers")
    op.drop_table("suppression_registers")
    op.execute(
        "CREATE TABLE suppressions_before AS SELECT e164, MIN(reason) AS reason, MIN(source) AS source, "
        "MIN(at) AS at, MIN(from_campaign_id) AS campaign_id, MIN(from_lead_id) AS lead_id FROM suppressions "
        "WHERE NOT prefix AND campaign_id IS NULL AND expires_at IS NULL AND removed_at IS NULL GROUP BY e164"
    )
    op.drop_table("suppressions")
    op.create_table(
        "suppressions",
        sa.Column("e164", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("campaign_id", sa.BigInteger(), nullable=True),
        sa.Column("lead_id", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("e164", name="pk_suppressions"),
    )
    op.execute(
        "INSERT INTO suppressions (e164, reason, source, at, campaign_id, lead_id) "
        "SELECT e164, reason, source, at, campaign_id, lead_id FROM suppressions_before"
    )
    op.drop_table("suppressions_before")


def _suppressions() -> None:
    op.create_table(
        "suppressions",
        sa.Column("suppression_id", ROW_ID, nullable=False),
        sa.Column("e164", sa.String(), nullable=False),
        sa.Column("prefix", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("campaign_id", ROW_ID, nullable=True),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("by", sa.String(), server_default=sa.text("''"), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("expires_at", INSTANT, nullable=True),
        sa.Column("removed_at", INSTANT, nullable=True),
        sa.Column("removed_by", sa.String(), server_default=sa.text("''"), nullable=False),
        sa.Column("from_campaign_id", sa.BigInteger(), nullable=True),
        sa.Column("from_lead_id", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("suppression_id", name="pk_suppressions"),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaigns.campaign_id"], name="fk_suppressions_campaign_id"),
    )
    op.create_index("ix_suppressions_e164", "suppressions", ["e164"])
    op.create_index(
        "ix_suppressions_prefixes", "suppressions", ["e164"],
        sqlite_where=sa.text("prefix = 1 AND removed_at IS NULL"),
        postgresql_where=sa.text("prefix AND removed_at IS NULL"),
    )  # fmt: skip


def _registers() -> None:
    op.create_table(
        "suppression_registers",
        sa.Column("register_id", ROW_ID, nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("campaign_id", ROW_ID, nullable=True),
        sa.Column("dated", sa.Date(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("file_name", sa.String(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("started_at", INSTANT, nullable=False),
        sa.Column("finished_at", INSTANT, nullable=True),
        sa.Column("expires_at", INSTANT, nullable=True),
        sa.Column("entries", sa.Integer(), nullable=False),
        sa.Column("refused", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("register_id", name="pk_suppression_registers"),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaigns.campaign_id"], name="fk_suppression_registers_campaign_id"
        ),
        sqlite_autoincrement=True,
    )
    current = sa.text("state = 'CURRENT'")
    op.create_index(
        "uq_suppression_registers_current", "suppression_registers", ["name"], unique=True,
        sqlite_where=current, postgresql_where=current,
    )  # fmt: skip
    op.create_table(
        "suppression_register_numbers",
        sa.Column("register_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("e164", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("register_id", "e164", name="pk_suppression_register_numbers"),
        sqlite_with_rowid=False,
    )
