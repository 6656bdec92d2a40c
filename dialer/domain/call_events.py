"""What happened in calls that we made."""

from __future__ import annotations

from datetime import datetime

from campaigns.attempt import AttemptOutcome
from dialer.domain.event import DomainEvent


class CallEvent(DomainEvent, frozen=True, kw_only=True):
    """A call is named by its attempt."""

    attempt_id: str
    campaign_id: int
    lead_id: int


class CallPlaced(CallEvent, frozen=True, kw_only=True):
    """The INVITE left."""

    sip_call_id: str
    trunk: str
    worker: str


class CallRinging(CallEvent, frozen=True, kw_only=True):
    early_media: bool = False


class CallAnswered(CallEvent, frozen=True, kw_only=True):
    """A person (or machine) picked up; the abandon clock runs from here."""


class CallWaiting(CallEvent, frozen=True, kw_only=True):
    """Answered with no agent free."""


class CallConnected(CallEvent, frozen=True, kw_only=True):
    """Customer and agent hear each other."""

    agent_id: str


class CallNearsLimit(CallEvent, frozen=True, kw_only=True):
    """The longest allowed call ends at `ends_at`, a while from now."""

    ends_at: datetime


class SafeHarbourStarted(CallEvent, frozen=True, kw_only=True):
    """The customer hears the message from now on."""


class CallOptedOut(CallEvent, frozen=True, kw_only=True):
    """He pressed the key the message named: he does not want to be called again."""

    key: str


class CallScreened(CallEvent, frozen=True, kw_only=True):
    """Person or machine, once per call: `verdict` and `reason` are sip.amd's, `mode` and `treatment` are
    campaigns.screening's. `delay_ms` counts from the answer."""

    mode: str
    verdict: str
    reason: str
    delay_ms: int
    treatment: str


class MachineAnswered(CallEvent, frozen=True, kw_only=True):
    """Nobody hears the call any more; `agent_id` is free again and has nothing to do about it."""

    treatment: str
    agent_id: str | None = None


class MessageLeft(CallEvent, frozen=True, kw_only=True):
    """Ours was spoken to its end, after the machine's greeting."""


class CallMarkedPerson(CallEvent, frozen=True, kw_only=True):
    """Its agent says that he talks to a person: no detector takes the call from him."""

    agent_id: str


class CallEnded(CallEvent, frozen=True, kw_only=True):
    """Exactly once per attempt; closes the attempt row."""

    outcome: AttemptOutcome
    sip_status: int = 0
    q850: int | None = None
    reason: str = ""
    mos: float | None = None
    agent_id: str | None = None


class CallDisposed(CallEvent, frozen=True, kw_only=True):
    agent_id: str
    code: str
    note: str = ""
    callback_at: datetime | None = None
    appointment_at: datetime | None = None


class DispositionCorrected(DomainEvent, frozen=True, kw_only=True):
    """`previous` was saved by mistake; what it meant for the lead is decided again."""

    attempt_id: str
    campaign_id: int
    lead_id: int
    agent_id: str
    previous: str
    code: str
    by: str
    note: str = ""
    callback_at: datetime | None = None
