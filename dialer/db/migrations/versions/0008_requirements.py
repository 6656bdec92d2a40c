"""Requirements, why a campaign was changed, and who moved it from state to state."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.BigInteger().with_variant(postgresql.TIMESTAMP(timezone=True), "postgresql")
JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    op.add_column("campaign_versions", sa.Column("note", sa.Text(), server_default=sa.text("''"), nullable=False))
    _campaign_states()
    _requirements()


def _campaign_states() -> None:
    op.create_table(
        "campaign_states",
        sa.Column("campaign_state_id", ROW_ID, nullable=False),
        sa.Column("campaign_id", ROW_ID, nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("previous", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("changed_by", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("campaign_state_id", name="pk_campaign_states"),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaigns.campaign_id"], name="fk_campaign_states_campaign_id"),
    )
    op.create_index(
        "ix_campaign_states_campaign_id_campaign_state_id", "campaign_states", ["campaign_id", "campaign_state_id"]
    )


def _requirements() -> None:
    op.create_table(
        "requirements",
        sa.Column("requirement_id", ROW_ID, nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("requirement_id", name="pk_requirements"),
        sa.UniqueConstraint("code", name="uq_requirements_code"),
    )
    op.create_table(
        "requirement_versions",
        sa.Column("requirement_id", ROW_ID, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("changed_at", INSTANT, nullable=False),
        sa.Column("changed_by", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("requirement_id", "version", name="pk_requirement_versions"),
        sa.ForeignKeyConstraint(
            ["requirement_id"], ["requirements.requirement_id"], name="fk_requirement_versions_requirement_id"
        ),
    )
    op.create_table(
        "requirement_steps",
        sa.Column("requirement_step_id", ROW_ID, nullable=False),
        sa.Column("requirement_id", ROW_ID, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("taken_by", sa.String(), nullable=False),
        sa.Column("party", sa.String(), nullable=True),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("figures", JSON, nullable=True),
        sa.PrimaryKeyConstraint("requirement_step_id", name="pk_requirement_steps"),
        sa.ForeignKeyConstraint(
            ["requirement_id"], ["requirements.requirement_id"], name="fk_requirement_steps_requirement_id"
        ),
    )
    op.create_index(
        "ix_requirement_steps_requirement_id_requirement_step_id",
        "requirement_steps",
        ["requirement_id", "requirement_step_id"],
    )


def downgrade() -> None:
    for table in ("requirement_steps", "requirement_versions", "requirements", "campaign_states"):
        op.drop_table(table)
    op.drop_column("campaign_versions", "note")
