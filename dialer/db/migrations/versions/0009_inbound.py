"""Calls from customers, and recordings of them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.BigInteger().with_variant(postgresql.TIMESTAMP(timezone=True), "postgresql")
ACTIVE = sa.text("ended_at IS NULL")


def upgrade() -> None:
    op.create_table(
        "inbound_calls",
        sa.Column("inbound_id", sa.String(), nullable=False),
        *(sa.Column(name, sa.String(), nullable=False) for name in ("trunk", "worker", "sip_call_id")),
        sa.Column("caller", sa.String(), nullable=False),
        sa.Column("called", sa.String(), nullable=False),
        sa.Column("campaign_id", ROW_ID),
        sa.Column("lead_id", ROW_ID),
        sa.Column("known", sa.Integer(), nullable=False),
        sa.Column("arrived_at", INSTANT, nullable=False),
        sa.Column("answered_at", INSTANT),
        sa.Column("ended_at", INSTANT),
        sa.Column("outcome", sa.String()),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("agent_id", sa.String()),
        sa.Column("ring_s", sa.Float()),
        sa.Column("rings", sa.Integer()),
        sa.Column("mos", sa.Float()),
        sa.Column("disposition", sa.String()),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("callback_at", INSTANT),
        sa.Column("disposed_at", INSTANT),
        sa.Column("recording_id", sa.String()),
        sa.CheckConstraint("(ended_at IS NULL) = (outcome IS NULL)", name=op.f("ck_inbound_calls_ended_with_outcome")),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaigns.campaign_id"], name="fk_inbound_calls_campaign_id"),
        sa.ForeignKeyConstraint(["lead_id"], ["leads.lead_id"], name="fk_inbound_calls_lead_id", ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("inbound_id", name="pk_inbound_calls"),
    )
    op.create_index("ix_inbound_calls_arrived_at", "inbound_calls", ["arrived_at"])
    op.create_index("ix_inbound_calls_lead_id_arrived_at", "inbound_calls", ["lead_id", "arrived_at"])
    op.create_index("ix_inbound_calls_caller_arrived_at", "inbound_calls", ["caller", "arrived_at"])
    op.create_index(
        "ix_inbound_calls_active", "inbound_calls", ["caller"], sqlite_where=ACTIVE, postgresql_where=ACTIVE
    )
    with op.batch_alter_table("recordings") as recordings:
        recordings.alter_column("attempt_id", existing_type=sa.String(), nullable=True)
        recordings.add_column(sa.Column("inbound_id", sa.String()))
        recordings.create_foreign_key("fk_recordings_inbound_id", "inbound_calls", ["inbound_id"], ["inbound_id"])
        recordings.create_check_constraint(
            op.f("ck_recordings_one_call"), "(attempt_id IS NULL) <> (inbound_id IS NULL)"
        )
    op.create_index("ix_recordings_inbound_id", "recordings", ["inbound_id"])


def downgrade() -> None:
    """An older version cannot tell whose the recordings of inbound calls are: their rows go, their files stay."""
    op.drop_index("ix_recordings_inbound_id", "recordings")
    op.execute("DELETE FROM recordings WHERE attempt_id IS NULL")
    with op.batch_alter_table("recordings") as recordings:
        recordings.drop_constraint(op.f("ck_recordings_one_call"), type_="check")
        recordings.drop_constraint("fk_recordings_inbound_id", type_="foreignkey")
        recordings.drop_column("inbound_id")
        recordings.alter_column("attempt_id", existing_type=sa.String(), nullable=False)
    op.drop_table("inbound_calls")
