"""Leads that are ready to be dialled stand in their order, apart from those that are not due."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.BigInteger().with_variant(postgresql.TIMESTAMP(timezone=True), "postgresql")
INDEXES = {
    "ix_leads_ready": (
        ("time_zone", "lane", "rank", "source", "value DESC", "due_kind DESC", "due_at", "lead_id"),
        "rank IS NOT NULL",
    ),
    "ix_leads_waiting": (
        ("time_zone", "due_kind", "due_at"),
        "state = 'OPEN' AND rank IS NULL AND leased_until IS NULL",
    ),
    "ix_leads_leased": (("leased_until",), "leased_until IS NOT NULL"),
    "ix_leads_escalates": (("escalates_at",), "rank IS NOT NULL AND escalates_at IS NOT NULL"),
}
BEFORE = {
    "ix_leads_lease": ("state", "priority DESC", "due_at", "lead_id"),
    "ix_leads_due": ("state", "due_at"),
    "ix_leads_time_zone": ("state", "time_zone"),
}
# Fresh ones are due as soon as they are listed; the others become ready with the first lease.
READY = """
    UPDATE leads SET lane = CASE WHEN skill <> '' THEN 's:' || skill ELSE '' END, rank = 2001 + 2 * (100 -
        CASE WHEN priority > 100 THEN 100 WHEN priority < -100 THEN -100 ELSE priority END)
    WHERE state = 'OPEN' AND due_kind = 'FRESH' AND leased_until IS NULL AND for_agent IS NULL
"""


def upgrade() -> None:
    op.add_column("leads", sa.Column("rank", sa.Integer()))
    op.add_column("leads", sa.Column("lane", sa.String(), server_default=sa.text("''"), nullable=False))
    for name in BEFORE:
        op.drop_index(name, "leads")
    op.execute(READY)
    for name, (columns, where) in INDEXES.items():
        _index(name, columns, sa.text(where))
    _index("ix_leads_state", ("state", "lead_id"), None)
    op.create_table(
        "web_leads",
        sa.Column("web_lead_id", ROW_ID, nullable=False),
        sa.Column("campaign_id", ROW_ID, nullable=False),
        sa.Column("lead_id", ROW_ID, nullable=False),
        sa.Column("key", sa.String()),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("consent", sa.Text(), nullable=False),
        sa.Column("consent_at", INSTANT),
        sa.Column("received_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("web_lead_id", name="pk_web_leads"),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaigns.campaign_id"], name="fk_web_leads_campaign_id"),
        sa.ForeignKeyConstraint(["lead_id"], ["leads.lead_id"], name="fk_web_leads_lead_id"),
        sa.UniqueConstraint("campaign_id", "key", name="uq_web_leads_campaign_id_key"),
    )
    op.create_index("ix_web_leads_lead_id", "web_leads", ["lead_id"])


def downgrade() -> None:
    op.drop_table("web_leads")
    for name in ("ix_leads_state", *INDEXES):
        op.drop_index(name, "leads")
    for name, columns in BEFORE.items():
        _index(name, columns, None)
    op.drop_column("leads", "lane")
    op.drop_column("leads", "rank")


def _index(name: str, columns: tuple[str, ...], where: sa.TextClause | None) -> None:
    keys = ["campaign_id", *(sa.text(column) if " " in column else column for column in columns)]
    op.create_index(name, "leads", keys, sqlite_where=where, postgresql_where=where)
