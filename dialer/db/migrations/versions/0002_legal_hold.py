"""Legal hold of recordings, with who ordered it and why. What was recorded before is not on hold."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    empty = sa.text("''")
    op.add_column("recordings", sa.Column("legal_hold", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column("recordings", sa.Column("hold_by", sa.String(), server_default=empty, nullable=False))
    op.add_column("recordings", sa.Column("hold_reason", sa.String(), server_default=empty, nullable=False))


def downgrade() -> None:
    for column in ("hold_reason", "hold_by", "legal_hold"):
        op.drop_column("recordings", column)
