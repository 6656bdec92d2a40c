"""What happens to a lead after an attempt: called again (when, why), closed (why), and what becomes of the number."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from campaigns.attempt import AttemptOutcome
from campaigns.campaign import CampaignSettings
from campaigns.case import Case, outlived
from campaigns.disposition import Disposition
from campaigns.lead import CloseReason, Dossier, DueKind
from campaigns.policy import Policy
from campaigns.reminders import in_time
from campaigns.retry_rules import own_attempts
from campaigns.room import PROMISED
from campaigns.step import Again, Step

__all__ = ["Again", "Step", "lapsed", "next_step"]


def next_step(
    settings: CampaignSettings,
    policy: Policy,
    dossier: Dossier,
    *,
    number: str,
    outcome: AttemptOutcome,
    disposition: Disposition | None,
    callback_at: datetime | None,
    now: datetime,
    appointment_at: datetime | None = None,
) -> Step:
    """`dossier.history` includes the attempt that has just ended, with its outcome.

    The rules are those of `settings` as they are now, also for the attempts made under earlier ones.
    """
    if disposition is None:
        return Case(settings, policy, dossier, number, now).after_outcome(outcome)
    if disposition not in settings.dispositions:  # taken out since the conversation
        settings = settings.model_copy(update={"dispositions": (*settings.dispositions, disposition)})
    step = _decided(
        Case(settings, policy, _disposed(dossier, number, disposition), number, now, disposition.cancels_appointment),
        outcome, disposition, callback_at=callback_at, appointment_at=appointment_at,
    )  # fmt: skip
    refused = disposition.do_not_call or (disposition.closes_lead and not disposition.success)
    booked = disposition.appointment and appointment_at is not None
    cancelled = dossier.lead.appointment_at is not None and (refused or disposition.cancels_appointment) and not booked
    return replace(step, appointment_at=appointment_at if booked else None, appointment_cancelled=cancelled)


def _decided(
    case: Case, outcome: AttemptOutcome, disposition: Disposition,
    *, callback_at: datetime | None, appointment_at: datetime | None,
) -> Step:  # fmt: skip
    number = case.number
    if disposition.do_not_call:
        return replace(case.closed(), suppress=number, invalidate=number if disposition.wrong_number else None)
    booked = case.appointment(disposition, appointment_at)
    if booked is not None:
        return booked
    if disposition.closes_lead:
        return replace(case.closed(), invalidate=number if disposition.wrong_number else None)
    if disposition.wrong_number:
        return case.without_number("wrong number")
    if disposition.callback or callback_at is not None:
        return case.callback(callback_at, disposition)
    return case.after_talk(outcome, disposition)


def lapsed(settings: CampaignSettings, policy: Policy, dossier: Dossier, now: datetime) -> Step | None:
    """What becomes of a lead whose turn has come too late: its appointment is over, or its own time is.

    None where it may be dialled as far as this goes.
    """
    lead = dossier.lead
    case = Case(settings, policy, dossier, "", now)
    if lead.due_kind is DueKind.REMINDER and lead.appointment_at is not None and not in_time(lead.appointment_at, now):
        return case.after_appointment(lead.appointment_at)
    if lead.due_kind not in PROMISED and outlived(settings, dossier, now):
        return Step(close=CloseReason.LIFETIME)
    return None


def _disposed(dossier: Dossier, number: str, disposition: Disposition) -> Dossier:
    """With the decision written into the conversation it was made about."""
    talks = [attempt for attempt in own_attempts(dossier) if attempt.number == number]
    if not talks:
        return dossier
    last = talks[-1]
    history = tuple(replace(a, disposition=disposition.code) if a is last else a for a in dossier.history)
    return replace(dossier, history=history)
