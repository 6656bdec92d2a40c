"""Why a campaign placed no calls, from which minute on."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.BigInteger().with_variant(postgresql.TIMESTAMP(timezone=True), "postgresql")


def upgrade() -> None:
    op.create_table(
        "campaign_idle",
        sa.Column("idle_id", ROW_ID, nullable=False),
        sa.Column("campaign_id", ROW_ID, nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("idle_id", name="pk_campaign_idle"),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaigns.campaign_id"], name="fk_campaign_idle_campaign_id"),
    )
    op.create_index("ix_campaign_idle_campaign_id_at", "campaign_idle", ["campaign_id", "at"])


def downgrade() -> None:
    op.drop_table("campaign_idle")
