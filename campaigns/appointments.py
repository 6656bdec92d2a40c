"""Appointments that are moved or cancelled outside a call: when the lead is due then."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Final

from campaigns.attempt import AttemptOutcome
from campaigns.campaign import CampaignSettings
from campaigns.case import Case
from campaigns.disposition import Disposition
from campaigns.lead import CloseReason, Dossier, DueKind, LeadState
from campaigns.policy import Policy
from campaigns.retry import next_step
from campaigns.retry_rules import own_attempts
from campaigns.step import Again, Step

_CALLED_OFF: Final = Disposition(
    code="APPOINTMENT_CANCELLED", label="Appointment cancelled", contact=True, cancels_appointment=True
)


def moved(settings: CampaignSettings, policy: Policy, dossier: Dossier, at: datetime, now: datetime) -> Step:
    """Reminded of as one that was booked just now; where no hour is left for it, followed up or closed as booked."""
    if _closed_for_good(dossier):
        return Step(close=dossier.lead.closed_reason, appointment_at=at)
    seen = replace(dossier, lead=replace(dossier.lead, appointment_at=at, due_kind=DueKind.REMINDER))
    return replace(Case(settings, policy, seen, "", now).booked(at), appointment_at=at)


def cancelled(settings: CampaignSettings, policy: Policy, dossier: Dossier, now: datetime) -> Step:
    """As if the customer had said so in the lead's last call: by the campaign's disposition for it, where it has one.
    A closed lead stays closed."""
    lead, own = dossier.lead, own_attempts(dossier)
    if lead.state is not LeadState.OPEN:
        return Step(close=lead.closed_reason, appointment_cancelled=True)
    if not own:
        again = Again(due_at=now, agent_guaranteed=False, reason="appointment cancelled", kind=DueKind.FRESH)
        return Step(again=again, appointment_cancelled=True)
    said = next((d for d in settings.dispositions if d.cancels_appointment), _CALLED_OFF)
    plain = replace(dossier, lead=replace(lead, due_kind=DueKind.RETRY))
    return next_step(
        settings, policy, plain, number=own[-1].number, outcome=own[-1].outcome or AttemptOutcome.HUMAN,
        disposition=said, callback_at=None, now=now,
    )  # fmt: skip


def _closed_for_good(dossier: Dossier) -> bool:
    """For another reason than the conversation that booked the appointment."""
    lead = dossier.lead
    return lead.state is not LeadState.OPEN and lead.closed_reason is not CloseReason.DISPOSITION
