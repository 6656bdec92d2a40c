"""One dialling of one number, and what network or machine decided about it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class AttemptOutcome(StrEnum):
    HUMAN = "HUMAN"
    MACHINE = "MACHINE"
    BUSY = "BUSY"
    NO_ANSWER = "NO_ANSWER"
    INVALID_NUMBER = "INVALID_NUMBER"
    DECLINED = "DECLINED"
    CONGESTED = "CONGESTED"
    ABANDONED = "ABANDONED"
    CANCELLED = "CANCELLED"
    FAILED = "FAILED"
    LOST = "LOST"


# Not the callee's doing: neither caps nor attempt limits count them. LOST counts: the phone may have rung.
NOT_CHARGED = frozenset({AttemptOutcome.CONGESTED, AttemptOutcome.FAILED})


@dataclass(frozen=True, slots=True, kw_only=True)
class PastAttempt:
    """An attempt as the rules see it; `outcome` is None while it is in flight."""

    attempt_id: str
    campaign_id: int
    lead_id: int
    number: str
    placed_at: datetime
    answered_at: datetime | None = None
    ended_at: datetime | None = None
    outcome: AttemptOutcome | None = None
    disposition: str | None = None
    rang: bool = True  # false only where it is known that the phone never rang
    talked: bool = True  # false where no agent was joined: of a HUMAN one, that he hung up while he waited

    @property
    def charged(self) -> bool:
        """Counts against caps. While in flight it does; a cancelled one does if the phone rang."""
        if self.outcome is AttemptOutcome.CANCELLED:
            return self.rang
        return self.outcome not in NOT_CHARGED
