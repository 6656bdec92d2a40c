"""What a planner says about a lead: why it is due, for whom, where it came from, how far it has come."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

INSTANT = sa.BigInteger().with_variant(postgresql.TIMESTAMP(timezone=True), "postgresql")
TEXTS = {"due_kind": "'FRESH'", "owner": "''", "source": "''", "segment": "''", "skill": "''", "stage": "'LEAD'"}


def upgrade() -> None:
    for name, default in TEXTS.items():
        op.add_column("leads", sa.Column(name, sa.String(), server_default=sa.text(default), nullable=False))
    op.add_column("leads", sa.Column("value", sa.Float(), server_default=sa.text("0"), nullable=False))
    op.add_column("leads", sa.Column("for_agent", sa.String()))
    op.add_column("leads", sa.Column("escalates_at", INSTANT))
    op.add_column("leads", sa.Column("created_at", INSTANT))
    # Whoever was dialled before is not fresh any more.
    op.execute(
        "UPDATE leads SET due_kind = 'RETRY' "
        "WHERE EXISTS (SELECT 1 FROM attempts WHERE attempts.lead_id = leads.lead_id)"
    )


def downgrade() -> None:
    for name in ("created_at", "escalates_at", "for_agent", "value", *TEXTS):
        op.drop_column("leads", name)
