"""A person to be reached in a campaign, with one or more numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from campaigns.attempt import PastAttempt


class LeadState(StrEnum):
    OPEN = "OPEN"
    CLOSED = "CLOSED"
    DO_NOT_CALL = "DO_NOT_CALL"


class CloseReason(StrEnum):
    DISPOSITION = "disposition"
    ATTEMPTS_EXHAUSTED = "attempts_exhausted"
    INVALID_NUMBER = "invalid_number"
    DECLINED = "declined"
    PLANNER = "planner"
    IMPORT_UNDONE = "import_undone"


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Dossier:
    """All that the rules need to know about a lead at one instant."""

    lead: Lead
    history: tuple[PastAttempt, ...]  # on its numbers over all campaigns, last 60 days; and all of the lead's own
    suppressed: Mapping[str, str] = field(default_factory=dict)  # e164 -> reason and source of the do-not-call entry
    active_numbers: frozenset[str] = frozenset()  # in flight now, in any campaign
