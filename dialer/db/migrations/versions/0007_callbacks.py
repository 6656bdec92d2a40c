"""Promised calls, and the index that finds what is due for an owner."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.BigInteger().with_variant(postgresql.TIMESTAMP(timezone=True), "postgresql")
OPEN = sa.text("state = 'OPEN'")
FOLLOW_UP = sa.text(
    "due_at IS NOT NULL AND (due_kind IN ('CADENCE', 'REMINDER') OR (due_kind = 'RETRY' AND owner <> ''))"
)

_PROMISED = """
INSERT INTO callbacks (callback_id, campaign_id, lead_id, due_at, made_at, made_by, attempt_id, note, state,
                       settled_by, reason)
SELECT a.attempt_id, a.campaign_id, a.lead_id, a.callback_at, a.disposed_at, COALESCE(a.agent_id, ''), a.attempt_id,
       a.note, 'OPEN', '', ''
FROM attempts a JOIN leads l ON l.lead_id = a.lead_id
WHERE a.callback_at IS NOT NULL AND a.disposed_at IS NOT NULL AND l.state = 'OPEN'
  AND a.attempt_id = (SELECT MAX(b.attempt_id) FROM attempts b WHERE b.lead_id = a.lead_id)
"""


def upgrade() -> None:
    op.create_table(
        "callbacks",
        sa.Column("callback_id", sa.String(), nullable=False),
        sa.Column("campaign_id", ROW_ID, nullable=False),
        sa.Column("lead_id", ROW_ID, nullable=False),
        sa.Column("due_at", INSTANT, nullable=False),
        sa.Column("made_at", INSTANT, nullable=False),
        sa.Column("made_by", sa.String(), nullable=False),
        sa.Column("attempt_id", sa.String(), nullable=True),
        sa.Column("agent_id", sa.String(), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("settled_at", INSTANT, nullable=True),
        sa.Column("settled_by", sa.String(), nullable=False),
        sa.Column("settled_attempt", sa.String(), nullable=True),
        sa.Column("reason", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("callback_id", name="pk_callbacks"),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaigns.campaign_id"], name="fk_callbacks_campaign_id"),
        sa.ForeignKeyConstraint(["lead_id"], ["leads.lead_id"], name="fk_callbacks_lead_id", ondelete="CASCADE"),
    )
    op.create_index("ix_callbacks_lead_id", "callbacks", ["lead_id"])
    op.create_index("ix_callbacks_settled_attempt", "callbacks", ["settled_attempt"])
    op.create_index("ix_callbacks_state_due_at_callback_id", "callbacks", ["state", "due_at", "callback_id"])
    op.create_index("ix_callbacks_agent_id_state_due_at", "callbacks", ["agent_id", "state", "due_at"])
    op.create_index(
        "uq_callbacks_open_lead", "callbacks", ["lead_id"], unique=True, sqlite_where=OPEN, postgresql_where=OPEN
    )
    op.create_index(
        "ix_leads_follow_up", "leads", ["owner", "due_at"], sqlite_where=FOLLOW_UP, postgresql_where=FOLLOW_UP
    )
    # What was promised before there were rows for it.
    op.execute(_PROMISED)
    op.execute("UPDATE leads SET due_kind = 'CALLBACK' WHERE lead_id IN (SELECT lead_id FROM callbacks)")


def downgrade() -> None:
    op.drop_index("ix_leads_follow_up", table_name="leads")
    op.drop_table("callbacks")
