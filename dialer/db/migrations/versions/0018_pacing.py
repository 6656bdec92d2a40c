"""What pacing has learned, and its decisions of a day."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.BigInteger().with_variant(postgresql.TIMESTAMP(timezone=True), "postgresql")
JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    op.create_table(
        "pacing_learned",
        sa.Column("campaign_id", ROW_ID, nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("state", JSON, nullable=False),
        sa.PrimaryKeyConstraint("campaign_id", name="pk_pacing_learned"),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaigns.campaign_id"], name="fk_pacing_learned_campaign_id"),
    )
    op.create_table(
        "pacing_decisions",
        sa.Column("page_id", ROW_ID, nullable=False),
        sa.Column("campaign_id", ROW_ID, nullable=False),
        sa.Column("first", INSTANT, nullable=False),
        sa.Column("last", INSTANT, nullable=False),
        sa.Column("decisions", sa.Integer(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("page_id", name="pk_pacing_decisions"),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaigns.campaign_id"], name="fk_pacing_decisions_campaign_id"),
    )
    op.create_index("ix_pacing_decisions_last", "pacing_decisions", ["last"])
    op.create_index("ix_pacing_decisions_campaign_id_first", "pacing_decisions", ["campaign_id", "first"])


def downgrade() -> None:
    op.drop_table("pacing_decisions")
    op.drop_table("pacing_learned")
