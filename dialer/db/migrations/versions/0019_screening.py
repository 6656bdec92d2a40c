"""Person or machine: the verdict with each attempt, what it led to, and what its agent said."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

INSTANT = sa.BigInteger().with_variant(postgresql.TIMESTAMP(timezone=True), "postgresql")
TEXTS = ("screening_mode", "screening_verdict", "screening_reason", "screening_treatment")
INSTANTS = ("person_marked_at", "message_left_at")


def upgrade() -> None:
    for name in TEXTS:
        op.add_column("attempts", sa.Column(name, sa.String()))
    op.add_column("attempts", sa.Column("screening_ms", sa.Integer()))
    for name in INSTANTS:
        op.add_column("attempts", sa.Column(name, INSTANT))


def downgrade() -> None:
    for name in (*INSTANTS, "screening_ms", *TEXTS):
        op.drop_column("attempts", name)
