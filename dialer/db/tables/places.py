"""In which countries and time zones a campaign's leads are, without asking the leads."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, String, Table, text

from dialer.db.tables.core import campaigns, leads, metadata

# Every pair that a lead of the campaign has or once had. Whoever stores leads notes theirs (`dialer.db.places`).
campaign_places = Table(
    "campaign_places",
    metadata,
    Column("campaign_id", ForeignKey(campaigns.c.campaign_id), primary_key=True),
    Column("country", String, primary_key=True),
    Column("time_zone", String, primary_key=True),
)

# Made for the funnel: why leads are closed, and the few that wait to be reminded of an appointment.
CLOSED = "state IN ('CLOSED', 'DO_NOT_CALL')"
REMINDER = "state = 'OPEN' AND due_kind = 'REMINDER'"
Index(
    "ix_leads_closed",
    leads.c.campaign_id,
    leads.c.state,
    leads.c.closed_reason,
    sqlite_where=text(CLOSED),
    postgresql_where=text(CLOSED),
)
Index(
    "ix_leads_reminder",
    leads.c.campaign_id,
    leads.c.lead_id,
    sqlite_where=text(REMINDER),
    postgresql_where=text(REMINDER),
)
