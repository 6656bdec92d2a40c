"""How customers moved through the funnel, and who answered for it."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, String, Table, Text, text

from dialer.db.tables.core import RowId, campaigns, leads, metadata
from dialer.db.types import UtcDateTime


def _lead() -> tuple[Column[int], Column[int]]:
    """A lead that was never dialled goes with its list; what was said about it goes with it."""
    return (
        Column("lead_id", ForeignKey(leads.c.lead_id, ondelete="CASCADE"), nullable=False, index=True),
        Column("campaign_id", ForeignKey(campaigns.c.campaign_id), nullable=False),
    )


stage_moves = Table(
    "stage_moves",
    metadata,
    Column("move_id", RowId, primary_key=True),
    *_lead(),
    Column("at", UtcDateTime, nullable=False),
    Column("previous", String, nullable=False),
    Column("stage", String, nullable=False),
    Column("move", String, nullable=False),
    Column("moved_by", String, nullable=False),
    Column("reason", Text, nullable=False),
    Column("attempt_id", String),
    Index(None, "campaign_id", "at"),
)
handovers = Table(
    "handovers",
    metadata,
    Column("handover_id", RowId, primary_key=True),
    *_lead(),
    Column("to", String, nullable=False),
    Column("state", String, nullable=False),
    Column("made_at", UtcDateTime, nullable=False),
    Column("made_by", String, nullable=False),
    Column("note", Text, nullable=False),
    Column("settled_at", UtcDateTime),
    Column("settled_by", String, nullable=False),
    Column("reason", Text, nullable=False),
    Index(None, "state", "made_at"),
)
losses = Table(
    "losses",
    metadata,
    Column("loss_id", RowId, primary_key=True),
    *_lead(),
    Column("reason", Text, nullable=False),
    Column("state", String, nullable=False),
    Column("proposed_at", UtcDateTime, nullable=False),
    Column("proposed_by", String, nullable=False),
    Column("note", Text, nullable=False),
    Column("decided_at", UtcDateTime),
    Column("decided_by", String, nullable=False),
    Column("remark", Text, nullable=False),
    Index(None, "state", "proposed_at"),
)
# One question at a time about one customer.
for _column, _name, _open in (
    (handovers.c.lead_id, "uq_handovers_offered_lead", "state = 'OFFERED'"),
    (losses.c.lead_id, "uq_losses_proposed_lead", "state = 'PROPOSED'"),
):
    Index(_name, _column, unique=True, sqlite_where=text(_open), postgresql_where=text(_open))
