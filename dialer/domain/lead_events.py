"""What happened to leads and their numbers outside of calls."""

from __future__ import annotations

from datetime import datetime

from campaigns.lead import CloseReason
from dialer.domain.event import DomainEvent


class LeadRescheduled(DomainEvent, frozen=True, kw_only=True):
    """Open again, due at `due_at`; the lease is gone. `appointment_at` None leaves the lead's as it was."""

    campaign_id: int
    lead_id: int
    due_at: datetime
    reason: str
    agent_guaranteed: bool = False
    due_kind: str = "RETRY"  # campaigns.lead.DueKind
    for_agent: str | None = None
    escalates_at: datetime | None = None
    appointment_at: datetime | None = None
    appointment_cancelled: bool = False


class LeadClosed(DomainEvent, frozen=True, kw_only=True):
    """`appointment_at` None leaves the lead's as it was."""

    campaign_id: int
    lead_id: int
    reason: CloseReason
    appointment_at: datetime | None = None
    appointment_cancelled: bool = False


class AppointmentMoved(DomainEvent, frozen=True, kw_only=True):
    """Outside a call. `previous` None: booked. What it means for the lead's calls is said by an event of its own."""

    campaign_id: int
    lead_id: int
    appointment_at: datetime
    by: str
    previous: datetime | None = None
    reason: str = ""


class AppointmentCancelled(DomainEvent, frozen=True, kw_only=True):
    """Outside a call."""

    campaign_id: int
    lead_id: int
    previous: datetime
    by: str
    reason: str


class LeadStageMoved(DomainEvent, frozen=True, kw_only=True):
    """`previous` and `stage` are campaigns.stage.Stage, `move` campaigns.stage_moves.StageMove; `by` is a person."""

    campaign_id: int
    lead_id: int
    previous: str
    stage: str
    move: str
    by: str
    reason: str = ""
    attempt_id: str | None = None


class LeadDescribed(DomainEvent, frozen=True, kw_only=True):
    """A customer's details were completed: the fields that changed, before and after; `name` is one of them."""

    campaign_id: int
    lead_id: int
    by: str
    before: dict[str, str]
    after: dict[str, str]


class HandoverChanged(DomainEvent, frozen=True, kw_only=True):
    """`state` is campaigns.handover.HandoverState."""

    handover_id: int
    campaign_id: int
    lead_id: int
    state: str
    by: str
    to: str
    reason: str = ""


class LossChanged(DomainEvent, frozen=True, kw_only=True):
    """Somebody wants to give a customer up, or a supervisor decided; `state` is campaigns.handover.LossState."""

    loss_id: int
    campaign_id: int
    lead_id: int
    state: str
    by: str
    reason: str


class NumberSuppressed(DomainEvent, frozen=True, kw_only=True):
    """Onto the do-not-call list; every lead whose only usable numbers are suppressed becomes DO_NOT_CALL."""

    e164: str
    reason: str
    source: str
    campaign_id: int | None = None
    lead_id: int | None = None


class NumberInvalidated(DomainEvent, frozen=True, kw_only=True):
    """This number of this lead is not dialled any more."""

    lead_id: int
    e164: str
