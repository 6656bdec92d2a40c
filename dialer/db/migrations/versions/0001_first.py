"""The first schema.

What a migration needs it holds itself: it must do the same for ever, whatever becomes of `dialer.db.tables`.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.BigInteger().with_variant(postgresql.TIMESTAMP(timezone=True), "postgresql")
JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    _agent_states()
    _agents()
    _campaigns()
    _feed()
    _journal()
    _suppressions()
    _campaign_versions()
    _imports()
    _leads()
    _attempts()
    _lead_numbers()
    _recordings()


def downgrade() -> None:
    for table in (
        "recordings",
        "lead_numbers",
        "attempts",
        "leads",
        "imports",
        "campaign_versions",
        "suppressions",
        "journal",
        "feed",
        "campaigns",
        "agents",
        "agent_states",
    ):
        op.drop_table(table)


def _agent_states() -> None:
    op.create_table(
        "agent_states",
        sa.Column("agent_state_id", ROW_ID, nullable=False),
        sa.Column("agent_id", sa.String(), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("previous", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("attempt_id", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("agent_state_id", name="pk_agent_states"),
    )
    op.create_index("ix_agent_states_agent_id_at", "agent_states", ["agent_id", "at"])


def _agents() -> None:
    op.create_table(
        "agents",
        sa.Column("agent_id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("phone", sa.String(), nullable=False),
        sa.Column("phone_trunk", sa.String(), nullable=False),
        sa.Column("leg_mode", sa.String(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("agent_id", name="pk_agents"),
    )


def _campaigns() -> None:
    op.create_table(
        "campaigns",
        sa.Column("campaign_id", ROW_ID, nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("campaign_id", name="pk_campaigns"),
        sa.UniqueConstraint("code", name="uq_campaigns_code"),
    )


def _feed() -> None:
    feed = op.create_table(
        "feed",
        sa.Column("feed_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("feed_id", name="pk_feed"),
    )
    op.bulk_insert(feed, [{"feed_id": 1, "position": 0}])


def _journal() -> None:
    op.create_table(
        "journal",
        sa.Column("seq", ROW_ID, nullable=False),
        sa.Column("event_id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("retained", sa.Boolean(), nullable=False),
        sa.Column("occurred_at", INSTANT, nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name="pk_journal"),
        sa.UniqueConstraint("event_id", name="uq_journal_event_id"),
        sqlite_autoincrement=True,
    )


def _suppressions() -> None:
    op.create_table(
        "suppressions",
        sa.Column("e164", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("campaign_id", sa.BigInteger(), nullable=True),
        sa.Column("lead_id", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("e164", name="pk_suppressions"),
    )


def _campaign_versions() -> None:
    op.create_table(
        "campaign_versions",
        sa.Column("campaign_id", ROW_ID, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("settings", sa.Text(), nullable=False),
        sa.Column("changed_at", INSTANT, nullable=False),
        sa.Column("changed_by", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaigns.campaign_id"], name="fk_campaign_versions_campaign_id"),
        sa.PrimaryKeyConstraint("campaign_id", "version", name="pk_campaign_versions"),
    )


def _imports() -> None:
    op.create_table(
        "imports",
        sa.Column("import_id", ROW_ID, nullable=False),
        sa.Column("campaign_id", ROW_ID, nullable=False),
        sa.Column("file_name", sa.String(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("started_at", INSTANT, nullable=False),
        sa.Column("finished_at", INSTANT, nullable=True),
        sa.Column("undone_at", INSTANT, nullable=True),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("accepted", sa.Integer(), nullable=False),
        sa.Column("duplicates", sa.Integer(), nullable=False),
        sa.Column("refused", sa.Integer(), nullable=False),
        sa.Column("refused_file", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaigns.campaign_id"], name="fk_imports_campaign_id"),
        sa.PrimaryKeyConstraint("import_id", name="pk_imports"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_imports_campaign_id", "imports", ["campaign_id"])


def _leads() -> None:
    op.create_table(
        "leads",
        sa.Column("lead_id", ROW_ID, nullable=False),
        sa.Column("campaign_id", ROW_ID, nullable=False),
        sa.Column("import_id", ROW_ID, nullable=True),
        sa.Column("row", sa.Integer(), nullable=True),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("country", sa.String(), nullable=False),
        sa.Column("time_zone", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("due_at", INSTANT, nullable=True),
        sa.Column("closed_reason", sa.String(), nullable=True),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("agent_guaranteed", sa.Boolean(), nullable=False),
        sa.Column("leased_by", sa.String(), nullable=True),
        sa.Column("leased_until", INSTANT, nullable=True),
        sa.Column("fields", JSON, nullable=False),
        sa.CheckConstraint("(state = 'OPEN') = (due_at IS NOT NULL)", name=op.f("ck_leads_open_is_due")),
        sa.CheckConstraint("(leased_by IS NULL) = (leased_until IS NULL)", name=op.f("ck_leads_whole_lease")),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaigns.campaign_id"], name="fk_leads_campaign_id"),
        sa.ForeignKeyConstraint(["import_id"], ["imports.import_id"], name="fk_leads_import_id"),
        sa.PrimaryKeyConstraint("lead_id", name="pk_leads"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_leads_due", "leads", ["campaign_id", "state", "due_at"])
    op.create_index("ix_leads_import_id", "leads", ["import_id"])
    op.create_index("ix_leads_lease", "leads", ["campaign_id", "state", sa.text("priority DESC"), "due_at", "lead_id"])
    op.create_index("ix_leads_time_zone", "leads", ["campaign_id", "state", "time_zone"])


def _attempts() -> None:
    op.create_table(
        "attempts",
        sa.Column("attempt_id", sa.String(), nullable=False),
        sa.Column("campaign_id", ROW_ID, nullable=False),
        sa.Column("campaign_version", sa.Integer(), nullable=False),
        sa.Column("lead_id", ROW_ID, nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("trunk", sa.String(), nullable=False),
        sa.Column("worker", sa.String(), nullable=False),
        sa.Column("sip_call_id", sa.String(), nullable=False),
        sa.Column("caller_id", sa.String(), nullable=False),
        sa.Column("policy", sa.String(), nullable=False),
        sa.Column("rules", sa.Text(), nullable=False),
        sa.Column("reserved_agent", sa.String(), nullable=True),
        sa.Column("placed_at", INSTANT, nullable=False),
        sa.Column("ringing_at", INSTANT, nullable=True),
        sa.Column("answered_at", INSTANT, nullable=True),
        sa.Column("connected_at", INSTANT, nullable=True),
        sa.Column("ended_at", INSTANT, nullable=True),
        sa.Column("outcome", sa.String(), nullable=True),
        sa.Column("sip_status", sa.Integer(), nullable=True),
        sa.Column("q850", sa.Integer(), nullable=True),
        sa.Column("reason", sa.String(), server_default=sa.text("''"), nullable=False),
        sa.Column("mos", sa.Float(), nullable=True),
        sa.Column("agent_id", sa.String(), nullable=True),
        sa.Column("disposition", sa.String(), nullable=True),
        sa.Column("note", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("callback_at", INSTANT, nullable=True),
        sa.Column("disposed_at", INSTANT, nullable=True),
        sa.Column("recording_id", sa.String(), nullable=True),
        sa.CheckConstraint("(ended_at IS NULL) = (outcome IS NULL)", name=op.f("ck_attempts_ended_with_outcome")),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaigns.campaign_id"], name="fk_attempts_campaign_id"),
        sa.ForeignKeyConstraint(["lead_id"], ["leads.lead_id"], name="fk_attempts_lead_id"),
        sa.PrimaryKeyConstraint("attempt_id", name="pk_attempts"),
    )
    op.create_index("ix_attempts_agent_id_attempt_id", "attempts", ["agent_id", "attempt_id"])
    op.create_index("ix_attempts_campaign_id_attempt_id", "attempts", ["campaign_id", "attempt_id"])
    op.create_index("ix_attempts_lead_id_placed_at", "attempts", ["lead_id", "placed_at"])
    op.create_index("ix_attempts_number_placed_at", "attempts", ["number", "placed_at"])
    op.create_index("ix_attempts_placed_at", "attempts", ["placed_at"])
    op.create_index(
        "uq_attempts_active_lead",
        "attempts",
        ["lead_id"],
        unique=True,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_index(
        "uq_attempts_active_number",
        "attempts",
        ["number"],
        unique=True,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )


def _lead_numbers() -> None:
    op.create_table(
        "lead_numbers",
        sa.Column("number_id", ROW_ID, nullable=False),
        sa.Column("lead_id", ROW_ID, nullable=False),
        sa.Column("campaign_id", ROW_ID, nullable=False),
        sa.Column("e164", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("usable", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaigns.campaign_id"], name="fk_lead_numbers_campaign_id"),
        sa.ForeignKeyConstraint(["lead_id"], ["leads.lead_id"], name="fk_lead_numbers_lead_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("number_id", name="pk_lead_numbers"),
        sa.UniqueConstraint("campaign_id", "e164", name="uq_lead_numbers_campaign_id_e164"),
    )
    op.create_index("ix_lead_numbers_e164", "lead_numbers", ["e164"])
    op.create_index("ix_lead_numbers_lead_id", "lead_numbers", ["lead_id"])


def _recordings() -> None:
    op.create_table(
        "recordings",
        sa.Column("recording_id", sa.String(), nullable=False),
        sa.Column("attempt_id", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("path", sa.String(), nullable=False),
        sa.Column("reserved_at", INSTANT, nullable=False),
        sa.Column("started_at", INSTANT, nullable=True),
        sa.Column("duration_s", sa.Float(), nullable=True),
        sa.Column("size_bytes", sa.BigInteger(), nullable=True),
        sa.Column("sha256", sa.String(), nullable=True),
        sa.Column("repaired", sa.Boolean(), nullable=False),
        sa.Column("remark", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["attempt_id"], ["attempts.attempt_id"], name="fk_recordings_attempt_id"),
        sa.PrimaryKeyConstraint("recording_id", name="pk_recordings"),
    )
    op.create_index("ix_recordings_attempt_id", "recordings", ["attempt_id"])
    op.create_index("ix_recordings_state_recording_id", "recordings", ["state", "recording_id"])
