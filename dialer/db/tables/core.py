"""Campaigns, lists, calls, recordings and the journal."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    false,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from dialer.db.types import UtcDateTime

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
    }
)

# SQLite numbers rows by itself only in a column of exactly this type.
RowId = BigInteger().with_variant(Integer, "sqlite")
Json = JSON().with_variant(JSONB(), "postgresql")

campaigns = Table(
    "campaigns",
    metadata,
    Column("campaign_id", RowId, primary_key=True),
    Column("code", String, nullable=False, unique=True),
    Column("state", String, nullable=False),
    Column("version", Integer, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
)

campaign_versions = Table(
    "campaign_versions",
    metadata,
    Column("campaign_id", ForeignKey(campaigns.c.campaign_id), primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("settings", Text, nullable=False),
    Column("changed_at", UtcDateTime, nullable=False),
    Column("changed_by", String, nullable=False),
    Column("note", Text, nullable=False, server_default=text("''")),
)

agents = Table(
    "agents",
    metadata,
    Column("agent_id", String, primary_key=True),
    Column("name", String, nullable=False),
    Column("phone", String, nullable=False),
    Column("phone_trunk", String, nullable=False),
    Column("leg_mode", String, nullable=False),
    Column("active", Boolean, nullable=False),
    Column("newcomer", Boolean, nullable=False, server_default=false()),
    Column("daily_cap", Integer),
)

# The shift log behind the reports on talking, waiting and pausing. Agents are not referenced: the journal
# must be able to record whatever happened.
agent_states = Table(
    "agent_states",
    metadata,
    Column("agent_state_id", RowId, primary_key=True),
    Column("agent_id", String, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("previous", String, nullable=False),
    Column("state", String, nullable=False),
    Column("reason", String, nullable=False),
    Column("attempt_id", String),
    Index(None, "agent_id", "at"),
)

imports = Table(
    "imports",
    metadata,
    Column("import_id", RowId, primary_key=True),
    Column("campaign_id", ForeignKey(campaigns.c.campaign_id), nullable=False, index=True),
    Column("file_name", String, nullable=False),
    Column("sha256", String, nullable=False),
    Column("started_at", UtcDateTime, nullable=False),
    Column("finished_at", UtcDateTime),
    Column("undone_at", UtcDateTime),
    Column("rows", Integer, nullable=False),
    Column("accepted", Integer, nullable=False),
    Column("duplicates", Integer, nullable=False),
    Column("refused", Integer, nullable=False),
    Column("refused_file", String, nullable=False),
    Column("phase", String, nullable=False, server_default=text("'DONE'")),
    Column("options", Json, nullable=False, server_default=text("'{}'")),
    Column("stored_file", String, nullable=False, server_default=text("''")),
    Column("size_bytes", BigInteger, nullable=False, server_default=text("0")),
    Column("bytes_read", BigInteger, nullable=False, server_default=text("0")),
    Column("last_line", Integer, nullable=False, server_default=text("0")),  # rows up to it are stored
    Column("numbers_upto", String, nullable=False, server_default=text("''")),  # numbers up to it are stored
    Column("updated", Integer, nullable=False, server_default=text("0")),
    Column("unchanged", Integer, nullable=False, server_default=text("0")),
    Column("missing", Integer, nullable=False, server_default=text("0")),
    Column("error", String, nullable=False, server_default=text("''")),
    Column("report", Json),
    # An import's number is never given twice, not even after the import was taken back.
    sqlite_autoincrement=True,
)

leads = Table(
    "leads",
    metadata,
    Column("lead_id", RowId, primary_key=True),
    # Neither is checked row by row, nor is the lead of a number: see ADR 6.
    Column("campaign_id", RowId, nullable=False),
    Column("import_id", RowId),
    Column("row", Integer),
    Column("name", String, nullable=False),
    Column("country", String, nullable=False),
    Column("time_zone", String, nullable=False),
    Column("state", String, nullable=False),
    Column("due_at", UtcDateTime),
    Column("closed_reason", String),
    Column("priority", Integer, nullable=False),
    Column("agent_guaranteed", Boolean, nullable=False),
    Column("leased_by", String),
    Column("leased_until", UtcDateTime),
    Column("fields", Json, nullable=False),
    Column("due_kind", String, nullable=False, server_default=text("'FRESH'")),
    Column("for_agent", String),
    Column("escalates_at", UtcDateTime),
    Column("owner", String, nullable=False, server_default=text("''")),
    Column("source", String, nullable=False, server_default=text("''")),
    Column("segment", String, nullable=False, server_default=text("''")),
    Column("skill", String, nullable=False, server_default=text("''")),
    Column("value", Float, nullable=False, server_default=text("0")),
    Column("stage", String, nullable=False, server_default=text("'LEAD'")),
    Column("created_at", UtcDateTime),
    Column("due_reason", String, nullable=False, server_default=text("''")),
    Column("appointment_at", UtcDateTime),
    Column("external_id", String, nullable=False, server_default=text("''")),
    # While it is ready to be dialled: its place in the order, and who may take it (`dialer.db.due`).
    Column("rank", Integer),
    Column("lane", String, nullable=False, server_default=text("''")),
    CheckConstraint("(state = 'OPEN') = (due_at IS NOT NULL)", name="open_is_due"),
    CheckConstraint("(leased_by IS NULL) = (leased_until IS NULL)", name="whole_lease"),
    # A lead's number stays in journals and exports after the lead is gone; it must not come to mean another person.
    sqlite_autoincrement=True,
)
# An OPEN lead is in exactly one of the next three. Ready ones stand in exactly the order in which they are taken, down
# to the tie-break.
for _name, _columns, _where in (
    (
        "ix_leads_ready",
        (leads.c.time_zone, leads.c.lane, leads.c.rank, leads.c.source, leads.c.value.desc(), leads.c.due_kind.desc(),
         leads.c.due_at, leads.c.lead_id),
        "rank IS NOT NULL",
    ),
    (
        "ix_leads_waiting",
        (leads.c.time_zone, leads.c.due_kind, leads.c.due_at),
        "state = 'OPEN' AND rank IS NULL AND leased_until IS NULL",
    ),
    ("ix_leads_leased", (leads.c.leased_until,), "leased_until IS NOT NULL"),
    # Ready for one agent, until then.
    ("ix_leads_escalates", (leads.c.escalates_at,), "rank IS NOT NULL AND escalates_at IS NOT NULL"),
):  # fmt: skip
    Index(_name, leads.c.campaign_id, *_columns, sqlite_where=text(_where), postgresql_where=text(_where))
# Made for counting and listing by state.
Index("ix_leads_state", leads.c.campaign_id, leads.c.state, leads.c.lead_id)
# Made for going through an import in slices.
Index(None, leads.c.import_id, leads.c.lead_id)
# Made for the refresh of a list, which knows people by the planner's own number for them.
Index(
    "ix_leads_external_id",
    leads.c.campaign_id,
    leads.c.external_id,
    sqlite_where=text("external_id <> ''"),
    postgresql_where=text("external_id <> ''"),
)

lead_numbers = Table(
    "lead_numbers",
    metadata,
    Column("number_id", RowId, primary_key=True),
    Column("lead_id", RowId, nullable=False, index=True),  # until its list is whole, of a row of `import_rows`
    Column("campaign_id", BigInteger, nullable=False),  # the lead's
    Column("e164", String, nullable=False),
    Column("kind", String, nullable=False),
    Column("position", Integer, nullable=False),
    Column("usable", Boolean, nullable=False),
    # The import that brought a number once more on purpose; 0 for the first in the campaign.
    Column("again", BigInteger, nullable=False, server_default=text("0")),
    # Begins with the number, so that it also finds a number in whatever campaign.
    UniqueConstraint("e164", "campaign_id", "again"),
)
# Made for the funnel: few numbers are unusable.
Index(
    "ix_lead_numbers_unusable",
    lead_numbers.c.campaign_id,
    lead_numbers.c.lead_id,
    sqlite_where=text("usable = 0"),
    postgresql_where=text("NOT usable"),
)

attempts = Table(
    "attempts",
    metadata,
    Column("attempt_id", String, primary_key=True),
    Column("campaign_id", ForeignKey(campaigns.c.campaign_id), nullable=False),
    Column("campaign_version", Integer, nullable=False),
    Column("lead_id", ForeignKey(leads.c.lead_id), nullable=False),
    Column("number", String, nullable=False),
    Column("trunk", String, nullable=False),
    Column("worker", String, nullable=False),
    Column("sip_call_id", String, nullable=False),
    Column("caller_id", String, nullable=False),
    Column("policy", String, nullable=False),
    Column("rules", Text, nullable=False),
    Column("reserved_agent", String),
    Column("placed_at", UtcDateTime, nullable=False, index=True),
    Column("ringing_at", UtcDateTime),
    Column("answered_at", UtcDateTime),
    Column("connected_at", UtcDateTime),
    Column("ended_at", UtcDateTime),
    Column("outcome", String),
    Column("sip_status", Integer),
    Column("q850", Integer),
    Column("reason", String, nullable=False, server_default=text("''")),
    Column("mos", Float),
    Column("agent_id", String),
    Column("disposition", String),
    Column("note", Text, nullable=False, server_default=text("''")),
    Column("callback_at", UtcDateTime),
    Column("appointment_at", UtcDateTime),
    Column("disposed_at", UtcDateTime),
    Column("recording_id", String),
    Column("script_version", String, nullable=False, server_default=text("''")),
    Column("abandon_limit_s", Float),
    Column("message_at", UtcDateTime),
    Column("opted_out_at", UtcDateTime),
    Column("screening_mode", String),
    Column("screening_verdict", String),
    Column("screening_reason", String),
    Column("screening_ms", Integer),
    Column("screening_treatment", String),
    Column("person_marked_at", UtcDateTime),
    Column("message_left_at", UtcDateTime),
    CheckConstraint("(ended_at IS NULL) = (outcome IS NULL)", name="ended_with_outcome"),
    Index(None, "lead_id", "placed_at"),
    Index(None, "number", "placed_at"),
    Index(None, "campaign_id", "attempt_id"),
    Index(None, "agent_id", "attempt_id"),
)
# At most one call at a time to one person and to one number, whatever the code believes.
for _column, _name in (
    (attempts.c.lead_id, "uq_attempts_active_lead"),
    (attempts.c.number, "uq_attempts_active_number"),
):
    Index(
        _name,
        _column,
        unique=True,
        sqlite_where=text("ended_at IS NULL"),
        postgresql_where=text("ended_at IS NULL"),
    )

recordings = Table(
    "recordings",
    metadata,
    Column("recording_id", String, primary_key=True),
    # Of an attempt, or of a call from a customer.
    Column("attempt_id", ForeignKey(attempts.c.attempt_id), index=True),
    Column("inbound_id", ForeignKey("inbound_calls.inbound_id"), index=True),
    Column("state", String, nullable=False),
    Column("path", String, nullable=False),
    Column("reserved_at", UtcDateTime, nullable=False),
    Column("started_at", UtcDateTime),
    Column("duration_s", Float),
    Column("size_bytes", BigInteger),
    Column("sha256", String),
    Column("repaired", Boolean, nullable=False),
    Column("remark", String, nullable=False),
    Column("legal_hold", Boolean, nullable=False, server_default=false()),
    Column("hold_by", String, nullable=False, server_default=text("''")),
    Column("hold_reason", String, nullable=False, server_default=text("''")),
    CheckConstraint("(attempt_id IS NULL) <> (inbound_id IS NULL)", name="one_call"),
    Index(None, "state", "recording_id"),
)

# Journal and outbox in one: the feed has taken everything up to `feed.position`. `seq` only grows, even after
# a purge, and is handed out in commit order (one writer on SQLite, an advisory lock on PostgreSQL).
journal = Table(
    "journal",
    metadata,
    Column("seq", RowId, primary_key=True),
    Column("event_id", String, nullable=False, unique=True),
    Column("name", String, nullable=False),
    Column("subject", String, nullable=False),
    Column("retained", Boolean, nullable=False),
    Column("occurred_at", UtcDateTime, nullable=False),
    Column("body", Text, nullable=False),
    sqlite_autoincrement=True,
)

feed = Table(
    "feed",
    metadata,
    Column("feed_id", Integer, primary_key=True, autoincrement=False),
    Column("position", BigInteger, nullable=False),
)
