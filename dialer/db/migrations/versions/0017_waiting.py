"""Customers for whom no agent was free: the limit they were counted by, the message, and the key they pressed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

INSTANT = sa.BigInteger().with_variant(postgresql.TIMESTAMP(timezone=True), "postgresql")


def upgrade() -> None:
    op.add_column("attempts", sa.Column("abandon_limit_s", sa.Float()))
    op.add_column("attempts", sa.Column("message_at", INSTANT))
    op.add_column("attempts", sa.Column("opted_out_at", INSTANT))


def downgrade() -> None:
    op.drop_column("attempts", "opted_out_at")
    op.drop_column("attempts", "message_at")
    op.drop_column("attempts", "abandon_limit_s")
