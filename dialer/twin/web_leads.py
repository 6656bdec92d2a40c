"""Web leads in memory."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from campaigns.lead import DueKind, Lead, LeadNumber, LeadState
from dialer.errors import AlreadyExists
from dialer.ports import NewLead
from dialer.ports.web_leads import Enquiry, Received
from dialer.twin.do_not_call import close_if_suppressed
from dialer.twin.ledger import Ledger


class MemoryWebLeads:
    def __init__(self, rows: Callable[[], Ledger], new_id: Callable[[], int]) -> None:
        self._rows, self._new_id = rows, new_id
        self._keys: dict[tuple[int, str], tuple[str, int]] = {}

    async def receive(self, campaign_id: int, enquiry: Enquiry, *, at: datetime) -> tuple[int, Received]:
        rows, key = self._rows(), (campaign_id, enquiry.key)
        if enquiry.key and key in self._keys:
            sha256, lead_id = self._keys[key]
            if sha256 != enquiry.sha256:
                raise AlreadyExists("another enquiry came under that key", field="external_id")
            return lead_id, Received.REPEATED
        own = [lead for lead in rows.leads.values() if lead.campaign_id == campaign_id]
        known = next(
            (lead for _, e164 in enquiry.lead.numbers for lead in own if any(n.e164 == e164 for n in lead.numbers)),
            None,
        )
        lead = self._renewed(known, enquiry.lead, at) if known else self._new(campaign_id, enquiry.lead, at)
        taken = {n.e164 for other in own for n in other.numbers}
        fresh = [(kind, e164) for kind, e164 in enquiry.lead.numbers if e164 not in taken]
        numbers = tuple(
            LeadNumber(number_id=self._new_id(), e164=e164, kind=kind, position=len(lead.numbers) + n)
            for n, (kind, e164) in enumerate(fresh)
        )
        rows.leads[lead.lead_id] = replace(lead, numbers=lead.numbers + numbers)
        close_if_suppressed(rows, lead.lead_id)
        self._keys[key] = enquiry.sha256, lead.lead_id
        return lead.lead_id, Received.KNOWN if known else Received.ADDED

    def _new(self, campaign_id: int, lead: NewLead, at: datetime) -> Lead:
        return Lead(
            lead_id=self._new_id(), campaign_id=campaign_id, name=lead.name, numbers=(), country=lead.country,
            time_zone=lead.time_zone, due_at=at, due_kind=DueKind.WEB, priority=lead.priority, fields=dict(lead.fields),
            owner=lead.owner, source=lead.source, segment=lead.segment, skill=lead.skill, value=lead.value,
            created_at=at, external_id=lead.external_id,
        )  # fmt: skip

    def _renewed(self, known: Lead, lead: NewLead, at: datetime) -> Lead:
        told = replace(known, name=known.name or lead.name, fields={**known.fields, **lead.fields})
        calls = [row for row in self._rows().attempts.values() if row.ended_at is None and row.lead_id == known.lead_id]
        promised = known.due_kind in (DueKind.CALLBACK, DueKind.REMINDER) and known.due_at and known.due_at <= at
        if known.state is LeadState.DO_NOT_CALL or calls or promised:
            return told
        self._rows().leases.pop(known.lead_id, None)
        return replace(
            told, state=LeadState.OPEN, due_at=at, due_kind=DueKind.WEB, closed_reason=None, for_agent=None,
            escalates_at=None,
        )  # fmt: skip
