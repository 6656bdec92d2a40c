"""How often a number or a lead was dialled, in sliding windows, and when the next attempt is free again."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Final, NamedTuple

from campaigns.attempt import AttemptOutcome, PastAttempt
from campaigns.campaign import CampaignSettings
from campaigns.lead import Dossier, LeadNumber
from campaigns.policy import Policy

DAY: Final = timedelta(hours=24)
MONTH: Final = timedelta(days=30)


class Count(NamedTuple):
    """Attempts in a sliding window that ends now; an attempt leaves it exactly when the period has passed."""

    used: int
    cap: int
    free_at: datetime | None  # None while there is room

    @property
    def free(self) -> bool:
        return self.free_at is None


class Use(NamedTuple):
    """What past attempts mean for one number now."""

    number: LeadNumber
    day: Count
    month: Count
    abandoned_until: datetime | None
    refused_until: datetime | None
    person: Count | None = None  # on all numbers of the person; None where the policy does not count so
    rested_until: datetime | None = None  # by a retry rule that wants another part of the day or another weekday

    @property
    def free_at(self) -> datetime | None:
        times = [
            at
            for at in (
                self.day.free_at,
                self.month.free_at,
                self.abandoned_until,
                self.refused_until,
                self.person and self.person.free_at,
                self.rested_until,
            )
            if at is not None
        ]
        return max(times) if times else None


def count(placed: Sequence[datetime], now: datetime, period: timedelta, cap: int) -> Count:
    """`placed` in ascending order. Times ahead of `now` (a clock set back) count as well."""
    if not placed:
        return _untouched(cap)
    since = now - period
    recent = [at for at in placed if at > since]
    over = len(recent) - cap
    return Count(len(recent), cap, recent[over] + period if over >= 0 else None)


@lru_cache(maxsize=256)
def _untouched(cap: int) -> Count:
    return Count(0, cap, None)


def number_use(number: LeadNumber, dossier: Dossier, settings: CampaignSettings, policy: Policy, now: datetime) -> Use:
    caps = settings.caps
    per_day = min(caps.number_per_24h, policy.number_per_24h)
    per_month = min(caps.number_per_30d, policy.number_per_30d)
    if not dossier.history:
        return Use(number, _untouched(per_day), _untouched(per_month), None, None, _unused_person(policy))
    past = [attempt for attempt in dossier.history if attempt.number == number.e164]
    placed = sorted(attempt.placed_at for attempt in past if attempt.charged)
    return Use(
        number,
        count(placed, now, DAY, per_day),
        count(placed, now, MONTH, per_month),
        _abandoned_until(past, policy, now),
        _refused_until(dossier.history, settings, policy, now),
        _person(dossier, policy, now),
    )


def _person(dossier: Dossier, policy: Policy, now: datetime) -> Count | None:
    """The count that stays longest; the fuller one where both have room."""
    counts = [
        count(placed, now, period, cap)
        for period, cap in ((DAY, policy.person_per_24h), (MONTH, policy.person_per_30d))
        if cap is not None
        for placed in [sorted(attempt.placed_at for attempt in dossier.history if attempt.charged)]
    ]
    return max(counts, key=_pressing, default=None)


def _pressing(one: Count) -> tuple[bool, datetime | None, int]:
    """Never compares None with a time: the first part tells them apart."""
    return one.free_at is not None, one.free_at, one.used - one.cap


def _unused_person(policy: Policy) -> Count | None:
    caps = [cap for cap in (policy.person_per_24h, policy.person_per_30d) if cap is not None]
    return _untouched(min(caps)) if caps else None


def lead_use(dossier: Dossier, settings: CampaignSettings, now: datetime) -> Count:
    """Attempts of this campaign on any of the lead's numbers."""
    if not dossier.history:
        return _untouched(settings.caps.lead_attempts)
    lead_id = dossier.lead.lead_id
    placed = sorted(a.placed_at for a in dossier.history if a.lead_id == lead_id and a.charged)
    caps = settings.caps
    return count(placed, now, timedelta(days=caps.lead_period_days), caps.lead_attempts)


def best_use(uses: Iterable[Use]) -> Use | None:
    """The first number with room, else the one that has room soonest."""
    soonest: tuple[datetime, Use] | None = None
    for use in uses:
        free_at = use.free_at
        if free_at is None:
            return use
        if soonest is None or free_at < soonest[0]:
            soonest = (free_at, use)
    return soonest[1] if soonest else None


def refusal_codes(settings: CampaignSettings) -> Collection[str]:
    return frozenset(d.code for d in settings.dispositions if d.refusal_reason)


def _abandoned_until(past: Iterable[PastAttempt], policy: Policy, now: datetime) -> datetime | None:
    return _until((a for a in past if a.outcome is AttemptOutcome.ABANDONED), policy.abandon_lockout, now)


def _refused_until(
    past: Sequence[PastAttempt], settings: CampaignSettings, policy: Policy, now: datetime
) -> datetime | None:
    """Who refused is left in peace on all of his numbers."""
    if not policy.refusal_lockout or not past:
        return None
    codes = refusal_codes(settings)
    return _until((a for a in past if a.disposition in codes), policy.refusal_lockout, now)


def _until(past: Iterable[PastAttempt], lockout: timedelta, now: datetime) -> datetime | None:
    """The lockout runs from the end of the attempt."""
    last = max((attempt.ended_at or attempt.placed_at for attempt in past), default=None)
    return last + lockout if last is not None and last + lockout > now else None
