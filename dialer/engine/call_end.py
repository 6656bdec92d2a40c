"""What the end of a call, and what its agent decided, mean for the lead. Pure."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime, timedelta

from campaigns.attempt import AttemptOutcome, PastAttempt
from campaigns.campaign import CampaignSettings
from campaigns.disposition import Disposition
from campaigns.lead import CloseReason, Dossier, DueKind, Lead
from campaigns.promise import aftermath
from campaigns.retry import Step, next_step
from campaigns.stage_moves import after, move_of
from dialer.domain.call import Call
from dialer.domain.events import (
    DomainEvent,
    LeadClosed,
    LeadRescheduled,
    LeadStageMoved,
    NumberInvalidated,
    NumberSuppressed,
)
from dialer.engine.live_call import LiveCall
from dialer.engine.promises import Made, with_promises


def past(call: Call, number: str, *, disposition: str | None = None) -> PastAttempt:
    return PastAttempt(
        attempt_id=call.attempt_id,
        campaign_id=call.campaign_id,
        lead_id=call.lead_id,
        number=number,
        placed_at=call.placed_at,
        answered_at=call.answered_at,
        ended_at=call.ended_at,
        outcome=call.outcome,
        disposition=disposition,
        rang=call.rang or call.outcome is AttemptOutcome.LOST,
        talked=call.connected_at is not None,
    )


def with_attempt(dossier: Dossier, attempt: PastAttempt) -> Dossier:
    others = tuple(known for known in dossier.history if known.attempt_id != attempt.attempt_id)
    return replace(dossier, history=(*others, attempt))


def consequences(live: LiveCall, now: datetime) -> list[DomainEvent]:
    """By the outcome alone. Nothing where an agent has decided already."""
    call = live.call
    assert call.outcome is not None
    if live.settled or (live.promised and call.outcome is not AttemptOutcome.HUMAN):
        return []
    dossier, settings = with_attempt(live.dossier, past(call, live.number)), live.campaign.settings
    if dossier.callback is not None and dossier.callback.made_at > call.placed_at:
        return []  # promised about an earlier call, while this one was under way
    step = _step(live, dossier, now)
    found = aftermath(settings, live.policy, dossier, step, outcome=call.outcome, now=now)
    meaning = lead_events(found.step, dossier, now=now, source=call.outcome)
    made = Made(by=call.agent_id or "", attempt_id=call.attempt_id)
    return with_promises(found, dossier, meaning, made=made, now=now)


def _step(live: LiveCall, dossier: Dossier, now: datetime) -> Step:
    """Who opted out while he waited is not called again, on none of his numbers."""
    assert live.call.outcome is not None
    if live.call.opted_out_at is not None:
        return Step(close=CloseReason.OPTED_OUT)
    return next_step(
        live.campaign.settings, live.policy, dossier,
        number=live.number, outcome=live.call.outcome, disposition=None, callback_at=None, now=now,
    )  # fmt: skip


def lead_events(step: Step, dossier: Dossier, *, now: datetime, source: str) -> list[DomainEvent]:
    """A decision that closed the lead stands: only what was closed for other reasons is opened again."""
    lead = dossier.lead
    promised = step.again is not None and step.again.kind is DueKind.CALLBACK
    decided = lead.closed_reason is CloseReason.DISPOSITION and not promised
    events: list[DomainEvent] = []
    if step.invalidate:
        events.append(NumberInvalidated(occurred_at=now, lead_id=lead.lead_id, e164=step.invalidate))
    if step.suppress:
        events.append(
            NumberSuppressed(
                occurred_at=now, e164=step.suppress, reason=source, source="agent",
                campaign_id=lead.campaign_id, lead_id=lead.lead_id,
            )
        )  # fmt: skip
    if step.close is not None:
        events.append(
            LeadClosed(
                occurred_at=now, campaign_id=lead.campaign_id, lead_id=lead.lead_id, reason=step.close,
                appointment_at=step.appointment_at, appointment_cancelled=step.appointment_cancelled,
            )
        )  # fmt: skip
    elif step.again is not None and not decided:
        events.append(
            LeadRescheduled(
                occurred_at=now, campaign_id=lead.campaign_id, lead_id=lead.lead_id, due_at=step.again.due_at,
                reason=step.again.reason, agent_guaranteed=step.again.agent_guaranteed,
                due_kind=step.again.kind, for_agent=step.again.for_agent, escalates_at=step.again.escalates_at,
                appointment_at=step.appointment_at, appointment_cancelled=step.appointment_cancelled,
            )
        )  # fmt: skip
    return events


def stage_moved(
    lead: Lead, disposition: Disposition, settings: CampaignSettings, *, by: str, attempt_id: str, now: datetime
) -> list[DomainEvent]:
    """What the conversation means for the customer's stage; nothing where it stays."""
    move = move_of(disposition)
    target = after(lead, move, settings.required_details) if move is not None else None
    if move is None or target is None:
        return []
    return [
        LeadStageMoved(
            occurred_at=now, campaign_id=lead.campaign_id, lead_id=lead.lead_id, previous=lead.stage, stage=target,
            move=move, by=by, reason=disposition.label, attempt_id=attempt_id,
        )
    ]  # fmt: skip


def blocked_until(clears_at: datetime | None, now: datetime, *, rules: Collection[str]) -> datetime:
    """When to look again at a lead that a rule blocks. What time alone does not clear is looked at once a day;
    a call under way ends by itself within minutes."""
    if "not_in_flight" in rules:
        return now + timedelta(minutes=1)
    if clears_at is None:
        return now + timedelta(days=1)
    return max(clears_at, now + timedelta(seconds=1))
