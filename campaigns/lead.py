"""A person to be reached in a campaign, with one or more numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from campaigns.attempt import PastAttempt
from campaigns.callback import Callback
from campaigns.hold import Hold
from campaigns.stage import Stage


class LeadState(StrEnum):
    OPEN = "OPEN"
    CLOSED = "CLOSED"
    DO_NOT_CALL = "DO_NOT_CALL"


class DueKind(StrEnum):
    """Why a lead is due; part of the order in which leads are dialled."""

    FRESH = "FRESH"  # never dialled
    WEB = "WEB"  # came in by itself just now (a web form): dialled before all other fresh ones
    RETRY = "RETRY"  # ours, not promised
    CADENCE = "CADENCE"  # planned follow-up of a customer who was reached
    CALLBACK = "CALLBACK"  # promised for a time
    REMINDER = "REMINDER"  # of an appointment


class CloseReason(StrEnum):
    DISPOSITION = "disposition"
    ATTEMPTS_EXHAUSTED = "attempts_exhausted"
    INVALID_NUMBER = "invalid_number"
    DECLINED = "declined"
    PLANNER = "planner"
    IMPORT_UNDONE = "import_undone"
    LIFETIME = "lifetime"  # the lead has been open for longer than the campaign allows
    LOSS_PROPOSED = "loss_proposed"  # somebody wants to give the customer up; a supervisor has not decided yet
    OPTED_OUT = "opted_out"  # pressed the key of the message: does not want to be called
    LOST = "lost"  # given up with a reason, approved by a supervisor


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadNumber:
    """`e164` with leading plus. `usable` turns false once the number is confirmed invalid."""

    number_id: int
    e164: str
    kind: str = "main"
    position: int = 0
    usable: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Lead:
    lead_id: int
    campaign_id: int
    name: str
    numbers: tuple[LeadNumber, ...]
    country: str  # ISO 3166-1 alpha-2
    time_zone: str  # IANA name; "" where unknown, and then it is not dialled
    state: LeadState = LeadState.OPEN
    due_at: datetime | None = None  # None only when not OPEN
    closed_reason: CloseReason | None = None
    priority: int = 0  # higher first
    agent_guaranteed: bool = False  # abandoned by us before: next attempt only with a reserved agent
    import_id: int | None = None
    row: int | None = None  # line in the imported file
    fields: Mapping[str, str] = field(default_factory=dict)
    due_kind: DueKind = DueKind.FRESH
    for_agent: str | None = None  # only this agent may take the next attempt, until `escalates_at`
    escalates_at: datetime | None = None  # from here on anybody may; None: never
    owner: str = ""  # agent who knows the customer; "" nobody
    source: str = ""  # where the lead came from, for the figures by source
    segment: str = ""
    skill: str = ""  # an agent must have it to take the lead's calls; "" anybody
    value: float = 0.0  # expected value of an attempt, in the planner's currency; higher first
    stage: Stage = Stage.LEAD
    created_at: datetime | None = None
    due_reason: str = ""  # which rule set `due_at`, in words
    appointment_at: datetime | None = None  # the latest one that was booked and not cancelled
    external_id: str = ""  # the customer's number at the planner's


@dataclass(frozen=True, slots=True, kw_only=True)
class Dossier:
    """All that the rules need to know about a lead at one instant."""

    lead: Lead
    history: tuple[PastAttempt, ...]  # on its numbers over all campaigns, last 60 days; and all of the lead's own
    suppressed: Mapping[str, Hold] = field(default_factory=dict)  # e164 -> why it is on a do-not-call list
    active_numbers: frozenset[str] = frozenset()  # in flight now, in any campaign
    callback: Callback | None = None  # promised and not settled
