"""How long sound may stay: a decision about values. Whoever deletes asks here first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from recordings.recording import RecordingState

DEFAULT_DAYS: Final = 180


@dataclass(frozen=True, slots=True, kw_only=True)
class RetentionRules:
    """`days` is the centre's wish; the policy's bounds win over it. `policy_max_days` None is no upper bound."""

    days: int = DEFAULT_DAYS
    policy_min_days: int = 0
    policy_max_days: int | None = None

    def __post_init__(self) -> None:
        if self.days < 1 or self.policy_min_days < 0:
            raise ValueError(f"retention: {self.days} days wanted, at least {self.policy_min_days}: must be positive")
        if self.policy_max_days is not None and self.policy_max_days < max(1, self.policy_min_days):
            raise ValueError(
                f"retention: the policy asks for at least {self.policy_min_days} "
                f"and at most {self.policy_max_days} days, which no recording can keep"
            )

    @property
    def effective_days(self) -> int:
        most = self.days if self.policy_max_days is None else min(self.days, self.policy_max_days)
        return max(most, self.policy_min_days)

    @property
    def period(self) -> timedelta:
        return timedelta(days=self.effective_days)


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptRecording:
    """`started_at` None: never begun or unknown; then it is kept, since its age is not known."""

    recording_id: str
    path: str
    state: RecordingState
    started_at: datetime | None
    legal_hold: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RetentionVerdict:
    recording: KeptRecording
    delete: bool
    reason: str
    deletable_at: datetime | None = None  # None: not by age alone


def decide(recording: KeptRecording, rules: RetentionRules, now: datetime) -> RetentionVerdict:
    """May this one go? Kept on the last day of its period, deletable from the instant it is over."""
    if recording.state is not RecordingState.FINALIZED:
        return _keep(recording, f"{recording.state}: only finalized recordings are deleted by age")
    if recording.legal_hold:
        return _keep(recording, "legal hold")
    if recording.started_at is None:
        return _keep(recording, "its age is not known")
    due = recording.started_at + rules.period
    if now < due:
        return _keep(recording, f"kept for {rules.effective_days} days", due)
    reason = f"older than {rules.effective_days} days"
    return RetentionVerdict(recording=recording, delete=True, reason=reason, deletable_at=due)


def _keep(recording: KeptRecording, reason: str, deletable_at: datetime | None = None) -> RetentionVerdict:
    return RetentionVerdict(recording=recording, delete=False, reason=reason, deletable_at=deletable_at)


def deletable(recordings: Iterable[KeptRecording], rules: RetentionRules, now: datetime) -> Iterator[RetentionVerdict]:
    return (verdict for r in recordings if (verdict := decide(r, rules, now)).delete)
