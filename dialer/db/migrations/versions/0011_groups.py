"""Agent groups, skills, passed scripts, and the daily limit of new agents."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

INSTANT = sa.BigInteger().with_variant(postgresql.TIMESTAMP(timezone=True), "postgresql")


def upgrade() -> None:
    op.add_column("agents", sa.Column("newcomer", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column("agents", sa.Column("daily_cap", sa.Integer()))
    op.create_table(
        "agent_groups",
        sa.Column("group_code", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("group_code", name="pk_agent_groups"),
    )
    op.create_table(
        "group_members",
        sa.Column("group_code", sa.String(), nullable=False),
        sa.Column("agent_id", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("group_code", "agent_id", name="pk_group_members"),
        sa.ForeignKeyConstraint(
            ["group_code"], ["agent_groups.group_code"], name="fk_group_members_group_code", ondelete="CASCADE"
        ),
        _of_agent("group_members"),
    )
    op.create_table(
        "agent_skills",
        sa.Column("agent_id", sa.String(), nullable=False),
        sa.Column("skill", sa.String(), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("agent_id", "skill", name="pk_agent_skills"),
        _of_agent("agent_skills"),
    )
    op.create_table(
        "qualifications",
        sa.Column("agent_id", sa.String(), nullable=False),
        sa.Column("script_name", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("passed_at", INSTANT, nullable=False),
        sa.Column("passed_by", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("agent_id", "script_name", "version", name="pk_qualifications"),
        _of_agent("qualifications"),
    )


def _of_agent(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["agent_id"], ["agents.agent_id"], name=f"fk_{table}_agent_id")


def downgrade() -> None:
    for table in ("qualifications", "agent_skills", "group_members", "agent_groups"):
        op.drop_table(table)
    op.drop_column("agents", "daily_cap")
    op.drop_column("agents", "newcomer")
