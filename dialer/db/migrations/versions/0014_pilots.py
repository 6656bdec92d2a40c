"""Pilots: their plan, what was decided, and what the decision was made upon."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.BigInteger().with_variant(postgresql.TIMESTAMP(timezone=True), "postgresql")
JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    op.create_table(
        "pilots",
        sa.Column("pilot_id", sa.String(), nullable=False),
        sa.Column("campaign_id", ROW_ID, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("calls", sa.Integer(), nullable=False),
        sa.Column("calls_per_agent", sa.Integer(), nullable=False),
        sa.Column("agents", JSON, nullable=False),
        sa.Column("started_at", INSTANT, nullable=False),
        sa.Column("started_by", sa.String(), nullable=False),
        sa.Column("ended_at", INSTANT),
        sa.Column("decision", sa.String()),
        sa.Column("decided_at", INSTANT),
        sa.Column("decided_by", sa.String(), nullable=False),
        sa.Column("decided_version", sa.Integer()),
        sa.Column("remark", sa.Text(), nullable=False),
        sa.Column("changed", JSON),
        sa.Column("report", JSON),
        sa.PrimaryKeyConstraint("pilot_id", name="pk_pilots"),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaigns.campaign_id"], name="fk_pilots_campaign_id"),
    )
    op.create_index("ix_pilots_campaign_id_started_at", "pilots", ["campaign_id", "started_at"])
    undecided = sa.text("decision IS NULL")
    op.create_index(
        "uq_pilots_undecided_campaign", "pilots", ["campaign_id"], unique=True, sqlite_where=undecided,
        postgresql_where=undecided,
    )  # fmt: skip


def downgrade() -> None:
    op.drop_table("pilots")
