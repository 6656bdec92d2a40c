"""What happened to promised calls."""

from __future__ import annotations

from datetime import datetime

from campaigns.callback import CallbackState
from dialer.domain.event import DomainEvent


class CallbackEvent(DomainEvent, frozen=True, kw_only=True):
    """`agent_id` None: whoever is free."""

    callback_id: str
    campaign_id: int
    lead_id: int
    agent_id: str | None = None


class CallbackPromised(CallbackEvent, frozen=True, kw_only=True):
    """`attempt_id` is the conversation it was promised in; None where it was made by hand."""

    due_at: datetime
    by: str
    attempt_id: str | None = None
    note: str = ""


class CallbackMoved(CallbackEvent, frozen=True, kw_only=True):
    """Another time, another agent, or both."""

    due_at: datetime
    previous_due_at: datetime
    previous_agent_id: str | None
    by: str
    reason: str = ""


class CallbackFellDue(CallbackEvent, frozen=True, kw_only=True):
    """Told a while before `due_at`, so that the agent can prepare."""

    due_at: datetime
    lead_name: str = ""


class CallbackEscalated(CallbackEvent, frozen=True, kw_only=True):
    """From now on anyone may keep it, because `agent_id` did not, or cannot."""

    reason: str


class CallbackSettled(CallbackEvent, frozen=True, kw_only=True):
    """`attempt_id` is the call that kept it: ours, or the one in which the customer called in first."""

    state: CallbackState
    by: str = ""
    attempt_id: str | None = None
    reason: str = ""


class CallbackReopened(CallbackEvent, frozen=True, kw_only=True):
    """What looked like a conversation was none, says its agent."""

    attempt_id: str
