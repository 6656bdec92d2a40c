"""How customers moved through the funnel: moves, hand-overs to sales, customers given up."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.BigInteger().with_variant(postgresql.TIMESTAMP(timezone=True), "postgresql")


def _text(*names: str) -> list[sa.Column[Any]]:
    return [sa.Column(name, sa.Text(), nullable=False) for name in names]


def _string(*names: str) -> list[sa.Column[Any]]:
    return [sa.Column(name, sa.String(), nullable=False) for name in names]


def _table(name: str, key: str, *columns: sa.Column[Any]) -> None:
    op.create_table(
        name,
        sa.Column(key, ROW_ID, nullable=False),
        sa.Column("lead_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("campaign_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        *columns,
        sa.PrimaryKeyConstraint(key, name=f"pk_{name}"),
        sa.ForeignKeyConstraint(["lead_id"], ["leads.lead_id"], name=f"fk_{name}_lead_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaigns.campaign_id"], name=f"fk_{name}_campaign_id"),
    )
    op.create_index(f"ix_{name}_lead_id", name, ["lead_id"])


def upgrade() -> None:
    _table(
        "stage_moves", "move_id", sa.Column("at", INSTANT, nullable=False),
        *_string("previous", "stage", "move", "moved_by"), *_text("reason"), sa.Column("attempt_id", sa.String()),
    )  # fmt: skip
    _table(
        "handovers", "handover_id", *_string("to", "state"), sa.Column("made_at", INSTANT, nullable=False),
        *_string("made_by"), *_text("note"), sa.Column("settled_at", INSTANT), *_string("settled_by"), *_text("reason"),
    )  # fmt: skip
    _table(
        "losses", "loss_id", *_text("reason"), *_string("state"), sa.Column("proposed_at", INSTANT, nullable=False),
        *_string("proposed_by"), *_text("note"), sa.Column("decided_at", INSTANT), *_string("decided_by"),
        *_text("remark"),
    )  # fmt: skip
    op.create_index("ix_stage_moves_campaign_id_at", "stage_moves", ["campaign_id", "at"])
    op.create_index("ix_handovers_state_made_at", "handovers", ["state", "made_at"])
    op.create_index("ix_losses_state_proposed_at", "losses", ["state", "proposed_at"])
    for name, table, condition in (
        ("uq_handovers_offered_lead", "handovers", "state = 'OFFERED'"),
        ("uq_losses_proposed_lead", "losses", "state = 'PROPOSED'"),
    ):
        where = sa.text(condition)
        op.create_index(name, table, ["lead_id"], unique=True, sqlite_where=where, postgresql_where=where)


def downgrade() -> None:
    for table in ("losses", "handovers", "stage_moves"):
        op.drop_table(table)
