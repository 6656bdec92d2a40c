"""Call scripts with their versions, checklists and history; answers of customers; the script of every attempt."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.BigInteger().with_variant(postgresql.TIMESTAMP(timezone=True), "postgresql")
JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    op.add_column("attempts", sa.Column("script_version", sa.String(), server_default=sa.text("''"), nullable=False))
    _versions()
    _ticks()
    _steps()
    _answers()


def _versions() -> None:
    op.create_table(
        "script_versions",
        sa.Column("script_name", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("requalify", sa.Boolean(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("changed_at", INSTANT, nullable=False),
        sa.Column("writers", JSON, nullable=False),
        sa.Column("approved_by", sa.String(), nullable=False),
        sa.Column("approved_at", INSTANT, nullable=True),
        sa.Column("released_by", sa.String(), nullable=False),
        sa.Column("released_at", INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("script_name", "version", name="pk_script_versions"),
    )


def _of_version(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["script_name", "version"],
        ["script_versions.script_name", "script_versions.version"],
        name=f"fk_{table}_script_name_version",
    )


def _ticks() -> None:
    op.create_table(
        "script_ticks",
        sa.Column("script_tick_id", ROW_ID, nullable=False),
        sa.Column("script_name", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("item", sa.String(), nullable=False),
        sa.Column("ticked_by", sa.String(), nullable=False),
        sa.Column("ticked_at", INSTANT, nullable=False),
        sa.Column("remark", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("script_tick_id", name="pk_script_ticks"),
        _of_version("script_ticks"),
    )
    op.create_index("uq_script_ticks_item", "script_ticks", ["script_name", "version", "item"], unique=True)


def _steps() -> None:
    op.create_table(
        "script_steps",
        sa.Column("script_step_id", ROW_ID, nullable=False),
        sa.Column("script_name", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("taken_by", sa.String(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("script_step_id", name="pk_script_steps"),
        _of_version("script_steps"),
    )
    op.create_index("ix_script_steps_script_name_script_step_id", "script_steps", ["script_name", "script_step_id"])


def _answers() -> None:
    op.create_table(
        "script_answers",
        sa.Column("attempt_id", sa.String(), nullable=False),
        sa.Column("question", sa.String(), nullable=False),
        sa.Column("campaign_id", ROW_ID, nullable=False),
        sa.Column("lead_id", ROW_ID, nullable=False),
        sa.Column("value", JSON, nullable=False),
        sa.Column("field", sa.String(), nullable=False),
        sa.Column("answered_at", INSTANT, nullable=False),
        sa.Column("answered_by", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("attempt_id", "question", name="pk_script_answers"),
        sa.ForeignKeyConstraint(["attempt_id"], ["attempts.attempt_id"], name="fk_script_answers_attempt_id"),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaigns.campaign_id"], name="fk_script_answers_campaign_id"),
        sa.ForeignKeyConstraint(["lead_id"], ["leads.lead_id"], name="fk_script_answers_lead_id"),
    )
    op.create_index("ix_script_answers_lead_id", "script_answers", ["lead_id"])
    op.create_index("ix_script_answers_campaign_id_question", "script_answers", ["campaign_id", "question"])


def downgrade() -> None:
    for table in ("script_answers", "script_steps", "script_ticks", "script_versions"):
        op.drop_table(table)
    op.drop_column("attempts", "script_version")
