"""Parts of the day and days of the week: who never answers in the morning may answer in the evening."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import Final, NamedTuple, Self
from zoneinfo import ZoneInfo

from campaigns.campaign import CampaignSettings, RetryRule, Schedule
from campaigns.lead import Dossier
from campaigns.policy import Policy
from campaigns.retry_rules import InForce, delay_of, in_force, own_attempts
from campaigns.windows import next_opening, openings, zone

LOOK_AHEAD: Final = timedelta(days=7)
_DAY: Final = timedelta(days=1)


class DayPart(StrEnum):
    MORNING = "morning"
    AFTERNOON = "afternoon"
    EVENING = "evening"


_STARTS: Final = ((0, DayPart.MORNING), (12, DayPart.AFTERNOON), (17, DayPart.EVENING))


_BY_HOUR: Final = tuple([part for start, part in _STARTS if hour >= start][-1] for hour in range(24))


def day_part(local: datetime) -> DayPart:
    return _BY_HOUR[local.hour]


class Tried(NamedTuple):
    """How often a number was tried in each part of the day, and when last, in local time."""

    parts: Counter[DayPart]
    last: datetime | None


def tried(dossier: Dossier, number: str, found: ZoneInfo) -> Tried:
    """What the lead's own attempts tell; what never rang at the customer's (congestion) tells nothing."""
    lead_id = dossier.lead.lead_id
    made = [a.placed_at for a in dossier.history if a.lead_id == lead_id and a.number == number and a.charged]
    return Tried(Counter(day_part(at.astimezone(found)) for at in made), max(made).astimezone(found) if made else None)


def next_due(
    settings: CampaignSettings,
    policy: Policy,
    dossier: Dossier,
    *,
    now: datetime,
    held: InForce,
    number: str,
    before: datetime | None = None,
) -> datetime:
    """When `number` is due again by the rule in force, inside an open window.

    Where the rule wants another part of the day (or day of the week), a delay of whole days means "on a later local
    day", and of the parts open within a week the one least tried is taken, never the last one; where nothing else is
    open within a week, the last one again. Before the campaign's last day is over, and before `before`, rather than
    later.
    """
    found = zone(dossier.lead.time_zone)
    if found is None:
        return now + delay_of(held)
    earliest = _earliest(held, now, found)
    rule, tz = held.rule, dossier.lead.time_zone
    opening = next_opening(settings.schedule, tz, earliest, policy)
    known = tried(dossier, number, found)
    if opening is None or known.last is None or not (rule.other_day_part or rule.other_weekday):
        return opening or earliest
    until = min(opening + LOOK_AHEAD, before or opening + LOOK_AHEAD)
    pieces = list(_pieces(settings.schedule, policy, tz, opening, found, until))
    return _chosen(rule, known, in_time(settings, pieces, found), found) or opening


def rested_until(
    settings: CampaignSettings,
    policy: Policy,
    dossier: Dossier,
    number: str,
    now: datetime,
    *,
    room_from: Callable[[datetime], datetime | None],
) -> datetime | None:
    """When a number may be tried again that was tried last in this part of the day, or on this day of the week.

    None where it may be tried now. The same rule as `next_due`, for a lead whose turn comes later than its due time.
    It ends a week after the lead fell due and the caps had room (`room_from`), so that a centre that only works in
    the morning comes to its calls.
    """
    found = zone(dossier.lead.time_zone)
    made = _last_try(dossier, number)
    if found is None or made is None:
        return None
    last, here = made.astimezone(found), _local(now, found)
    if not (_same_part(last, here) or last.weekday() == here.weekday()):
        return None
    own = own_attempts(dossier)
    held = in_force(settings, own)
    if held is None or _fits(held.rule, last, here):
        return None
    ended = own[-1].ended_at or own[-1].placed_at
    soon = soon_fitting(settings, policy, dossier.lead.time_zone, now, Wish.of(held.rule, last))
    if soon is not None and within_reach(soon, held, ended, found):
        return soon  # the usual case, without a look at when the caps had room
    due = room_from(_earliest(held, ended, found))
    if due is None or now >= due + LOOK_AHEAD:
        return None
    tz, until = dossier.lead.time_zone, due + LOOK_AHEAD
    pieces = in_time(settings, list(_pieces(settings.schedule, policy, tz, now, found, until)), found)
    for fits in _tiers(held.rule, last):
        if fits(here):
            return None
        if first := next((at for at in pieces if fits(at.astimezone(found))), None):
            return first
    return None


def soon_fitting(settings: CampaignSettings, policy: Policy, tz: str, now: datetime, wish: Wish) -> datetime | None:
    """The first open instant from `now` on, within a week, that is as wished, where the last day leaves one."""
    soon, found = _first_fitting(settings.schedule, policy, tz, now, wish), zone(tz)
    if soon is None or found is None or in_time(settings, [now, soon], found)[-1] != soon:
        return None
    return soon


def within_reach(soon: datetime, held: InForce, ended: datetime, found: ZoneInfo) -> bool:
    """Whether a rest until then is short enough whenever the caps had room. `ended`: the lead's last attempt."""
    return soon < ended + LOOK_AHEAD or soon < _earliest(held, ended, found) + LOOK_AHEAD


def _last_try(dossier: Dossier, number: str) -> datetime | None:
    lead_id = dossier.lead.lead_id
    return max(
        (a.placed_at for a in dossier.history if a.number == number and a.lead_id == lead_id and a.charged),
        default=None,
    )


@lru_cache(maxsize=1024)
def _local(now: datetime, found: ZoneInfo) -> datetime:
    """One answer for all leads of a zone at an instant."""
    return now.astimezone(found)


class Wish(NamedTuple):
    """Not this part of the day, not this weekday; None: any."""

    part: DayPart | None
    weekday: int | None

    @classmethod
    def of(cls, rule: RetryRule, last: datetime) -> Self:
        return cls(day_part(last) if rule.other_day_part else None, last.weekday() if rule.other_weekday else None)


@lru_cache(maxsize=4096)
def _first_fitting(schedule: Schedule, policy: Policy, tz: str, now: datetime, wish: Wish) -> datetime | None:
    """The first open instant from `now` on, within a week, that is as wished: the same for all leads of a zone."""
    found = zone(tz)
    assert found is not None
    for at in _pieces(schedule, policy, tz, now, found, now + LOOK_AHEAD):
        local = at.astimezone(found)
        if day_part(local) is not wish.part and local.weekday() != wish.weekday:
            return at
    return None


def in_time(settings: CampaignSettings, instants: Sequence[datetime], found: ZoneInfo) -> Sequence[datetime]:
    """Those up to the campaign's last day, where there are any."""
    deadline = settings.deadline
    if deadline is None:
        return instants
    return [at for at in instants if at.astimezone(found).date() <= deadline] or instants


def first_by_part(
    settings: CampaignSettings, policy: Policy, tz: str, start: datetime, until: datetime
) -> dict[DayPart, datetime]:
    """The first open instant in each part of the day from `start` on and before `until`."""
    found = zone(tz)
    first: dict[DayPart, datetime] = {}
    if found is not None:
        for at in _pieces(settings.schedule, policy, tz, start, found, until):
            first.setdefault(day_part(at.astimezone(found)), at)
    return first


def local_midnight(at: datetime, found: ZoneInfo, days: int) -> datetime:
    """The beginning of the local day `days` after that of `at`."""
    local = at.astimezone(found)
    return (local.replace(hour=0, minute=0, second=0, microsecond=0, fold=0) + timedelta(days=days)).astimezone(UTC)


def _earliest(held: InForce, now: datetime, found: ZoneInfo) -> datetime:
    delay = delay_of(held)
    if delay >= _DAY and (held.rule.other_day_part or held.rule.other_weekday):
        return max(now, local_midnight(now, found, delay.days))
    return now + delay


def _chosen(rule: RetryRule, known: Tried, instants: Sequence[datetime], found: ZoneInfo) -> datetime | None:
    assert known.last is not None
    for fits in _tiers(rule, known.last):
        fitting = [at for at in instants if fits(at.astimezone(found))]
        if not fitting:
            continue
        if not rule.other_day_part:
            return fitting[0]
        return min(fitting, key=lambda at: (known.parts[day_part(at.astimezone(found))], at))
    return None


Fits = Callable[[datetime], bool]


def _tiers(rule: RetryRule, last: datetime) -> tuple[Fits, ...]:
    """What is wanted, then what is better than nothing: the other part of the day before the other weekday."""
    wanted: Fits = lambda local: _fits(rule, last, local)  # noqa: E731
    other_part: Fits = lambda local: not rule.other_day_part or not _same_part(last, local)  # noqa: E731
    other_weekday: Fits = lambda local: not rule.other_weekday or last.weekday() != local.weekday()  # noqa: E731
    return wanted, other_part, other_weekday


def _fits(rule: RetryRule, last: datetime, local: datetime) -> bool:
    return not (rule.other_day_part and _same_part(last, local)) and not (
        rule.other_weekday and last.weekday() == local.weekday()
    )


def _same_part(one: datetime, other: datetime) -> bool:
    return day_part(one) is day_part(other)


def _pieces(
    schedule: Schedule, policy: Policy, tz: str, start: datetime, found: ZoneInfo, until: datetime
) -> Iterator[datetime]:
    """The first open instants of each part of each day from `start` on and before `until`, in order."""
    days = (until - start).days + 2
    for begins, ends in openings(schedule, tz, start, policy, days=days):
        at = max(begins, start)
        while at < min(ends, until):
            yield at
            at = _next_part(at, found)


def _next_part(at: datetime, found: ZoneInfo) -> datetime:
    local = at.astimezone(found)
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
    starts = [midnight.replace(hour=hour) for hour, _ in _STARTS] + [midnight + _DAY]
    return min(instant for start in starts if (instant := start.astimezone(UTC)) > at)
