"""Enquiries become leads: new ones, or known ones that are due again at once."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from sqlalchemy import Connection, exists, insert, select, update

from campaigns.lead import DueKind, LeadState
from dialer.db import changes, import_rows, places, suppression
from dialer.db import tables as t
from dialer.db.database import Database
from dialer.db.leads import NO_LEASE
from dialer.db.mapping import AnyRow
from dialer.domain.events import LeadRescheduled
from dialer.errors import AlreadyExists
from dialer.ports import NewLead
from dialer.ports.web_leads import Enquiry, Received

_PROMISED: Final = (DueKind.CALLBACK, DueKind.REMINDER)


class SqlWebLeads:
    """The `WebLeads` of a site."""

    def __init__(self, database: Database) -> None:
        self._db = database

    async def receive(self, campaign_id: int, enquiry: Enquiry, *, at: datetime) -> tuple[int, Received]:
        return await self._db.durably(receive, campaign_id, enquiry, at=at)


def receive(connection: Connection, campaign_id: int, enquiry: Enquiry, *, at: datetime) -> tuple[int, Received]:
    # With imports into the campaign in turn, so that no number slips in between the question and the answer.
    connection.execute(select(t.campaigns.c.code).where(t.campaigns.c.campaign_id == campaign_id).with_for_update())
    if enquiry.key and (before := _before(connection, campaign_id, enquiry)) is not None:
        return before, Received.REPEATED
    known = _known(connection, campaign_id, enquiry.lead)
    lead_id = _add(connection, campaign_id, enquiry.lead, at) if known is None else int(known.lead_id)
    _add_numbers(connection, campaign_id, lead_id, enquiry.lead)
    if known is not None:
        _renew(connection, known, enquiry.lead, at)
    suppression.close_if_listed(connection, lead_id)
    connection.execute(
        insert(t.web_leads).values(
            campaign_id=campaign_id, lead_id=lead_id, key=enquiry.key or None, sha256=enquiry.sha256,
            consent=enquiry.consent, consent_at=enquiry.consent_at, received_at=at,
        )
    )  # fmt: skip
    return lead_id, Received.ADDED if known is None else Received.KNOWN


def _before(connection: Connection, campaign_id: int, enquiry: Enquiry) -> int | None:
    own = t.web_leads.c.campaign_id == campaign_id, t.web_leads.c.key == enquiry.key
    row = connection.execute(select(t.web_leads).where(*own)).one_or_none()
    if row is not None and row.sha256 != enquiry.sha256:
        raise AlreadyExists(
            f"another enquiry came under '{enquiry.key[2:]}' before; give each enquiry its own external_id",
            field="external_id",
        )
    return None if row is None else int(row.lead_id)


def _known(connection: Connection, campaign_id: int, lead: NewLead) -> AnyRow | None:
    """By the first of his numbers that the campaign has, in his order; of several leads the latest."""
    for _, e164 in lead.numbers:
        import_rows.bring_forward(connection, campaign_id, e164)
        holders = (
            select(t.leads)
            .join(t.lead_numbers, t.lead_numbers.c.lead_id == t.leads.c.lead_id)
            .where(t.lead_numbers.c.campaign_id == campaign_id, t.lead_numbers.c.e164 == e164)
            .order_by(t.leads.c.lead_id.desc())
            .limit(1)
        )
        if (found := connection.execute(holders).one_or_none()) is not None:
            return found
    return None


def _add(connection: Connection, campaign_id: int, lead: NewLead, at: datetime) -> int:
    new = insert(t.leads).values(
        campaign_id=campaign_id, name=lead.name, country=lead.country, time_zone=lead.time_zone,
        state=LeadState.OPEN, due_at=at, due_kind=DueKind.WEB, priority=lead.priority, agent_guaranteed=False,
        fields=dict(lead.fields), owner=lead.owner, source=lead.source, segment=lead.segment, skill=lead.skill,
        value=lead.value, created_at=at, external_id=lead.external_id,
    )  # fmt: skip
    lead_id: int = connection.execute(new.returning(t.leads.c.lead_id)).scalar_one()
    places.note(connection, campaign_id, [(lead.country, lead.time_zone)])
    return lead_id


def _add_numbers(connection: Connection, campaign_id: int, lead_id: int, lead: NewLead) -> None:
    """Those the campaign does not have, behind those the lead has."""
    e164s = [e164 for _, e164 in lead.numbers]
    numbers = t.lead_numbers.c
    taken = set(
        connection.execute(
            select(numbers.e164).where(numbers.campaign_id == campaign_id, numbers.e164.in_(e164s))
        ).scalars()
    )
    has = len(connection.execute(select(numbers.number_id).where(numbers.lead_id == lead_id)).all())
    fresh = [(kind, e164) for kind, e164 in lead.numbers if e164 not in taken]
    rows = [
        {
            "lead_id": lead_id,
            "campaign_id": campaign_id,
            "e164": e164,
            "kind": kind,
            "position": has + n,
            "usable": True,
        }
        for n, (kind, e164) in enumerate(fresh)
    ]
    if rows:
        connection.execute(insert(t.lead_numbers), rows)


def _renew(connection: Connection, known: AnyRow, lead: NewLead, at: datetime) -> None:
    """What he wrote now is added to what is known. Whoever closed the lead, he asks for a call."""
    own = t.leads.c.lead_id == known.lead_id
    told = {"name": known.name or lead.name, "fields": {**known.fields, **lead.fields}}
    connection.execute(update(t.leads).where(own).values(**told))
    in_call = exists().where(t.attempts.c.lead_id == known.lead_id, t.attempts.c.ended_at.is_(None))
    promised_now = known.due_kind in _PROMISED and known.due_at is not None and known.due_at <= at
    if known.state == LeadState.DO_NOT_CALL or promised_now or connection.execute(select(in_call)).scalar_one():
        return
    opened = {"state": LeadState.OPEN, "due_at": at, "closed_reason": None, **NO_LEASE}
    connection.execute(update(t.leads).where(own).values(**opened))
    asked = LeadRescheduled(
        occurred_at=at, campaign_id=known.campaign_id, lead_id=known.lead_id, due_at=at, reason="web enquiry",
        due_kind=DueKind.WEB.value, agent_guaranteed=known.agent_guaranteed,
    )  # fmt: skip
    changes.record(connection, [asked])
