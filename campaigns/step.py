"""What becomes of a lead after an attempt, as a value."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from campaigns.lead import CloseReason, DueKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Again:
    due_at: datetime
    agent_guaranteed: bool
    reason: str
    kind: DueKind = DueKind.RETRY
    for_agent: str | None = None
    escalates_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """Either `again` or `close`; the rest goes with both. `invalidate` and `suppress` are E.164 numbers.

    `appointment_at` is a newly booked or moved appointment; None leaves the lead's as it is.
    """

    again: Again | None = None
    close: CloseReason | None = None
    invalidate: str | None = None
    suppress: str | None = None
    appointment_at: datetime | None = None
    appointment_cancelled: bool = False
