"""What happened in calls from customers."""

from __future__ import annotations

from datetime import datetime

from campaigns.inbound import InboundOutcome
from dialer.domain.event import DomainEvent


class InboundEvent(DomainEvent, frozen=True, kw_only=True):
    """About a call from a customer, each kind once a call."""

    inbound_id: str


class InboundArrived(InboundEvent, frozen=True, kw_only=True):
    """It rings. `caller` is E.164 where it could be read, "" where it was withheld; `lead_id` None: not known."""

    trunk: str
    worker: str
    sip_call_id: str
    caller: str
    called: str
    campaign_id: int | None = None
    lead_id: int | None = None


class InboundAnswered(InboundEvent, frozen=True, kw_only=True):
    """Caller and agent hear each other."""

    agent_id: str
    ring_s: float
    rings: int


class InboundEnded(InboundEvent, frozen=True, kw_only=True):
    outcome: InboundOutcome
    reason: str = ""
    mos: float | None = None


class InboundDisposed(InboundEvent, frozen=True, kw_only=True):
    campaign_id: int
    lead_id: int
    agent_id: str
    code: str
    note: str = ""
    callback_at: datetime | None = None


class InboundCorrected(InboundEvent, frozen=True, kw_only=True):
    """`previous` was saved by mistake; what it meant for the lead is decided again."""

    campaign_id: int
    lead_id: int
    agent_id: str
    previous: str
    code: str
    by: str
    note: str = ""
    callback_at: datetime | None = None


class InboundAdopted(InboundEvent, frozen=True, kw_only=True):
    """An unknown caller has become a lead, or was found to be one."""

    campaign_id: int
    lead_id: int
    by: str = ""
