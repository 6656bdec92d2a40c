"""Why a lead is due, in words, and the appointment it is reminded of."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

INSTANT = sa.BigInteger().with_variant(postgresql.TIMESTAMP(timezone=True), "postgresql")


def upgrade() -> None:
    op.add_column("leads", sa.Column("due_reason", sa.String(), server_default=sa.text("''"), nullable=False))
    op.add_column("leads", sa.Column("appointment_at", INSTANT))
    op.add_column("attempts", sa.Column("appointment_at", INSTANT))


def downgrade() -> None:
    op.drop_column("attempts", "appointment_at")
    op.drop_column("leads", "appointment_at")
    op.drop_column("leads", "due_reason")
