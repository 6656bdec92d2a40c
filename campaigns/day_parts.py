"""Parts of the day: who never answers in the morning may answer in the evening."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

from campaigns.campaign import CampaignSettings
from campaigns.lead import Dossier
from campaigns.policy import Policy
from campaigns.windows import next_opening, openings, zone

_LOOK_AHEAD_DAYS: Final = 7
_DAY: Final = timedelta(days=1)


class DayPart(StrEnum):
    MORNING = "morning"
    AFTERNOON = "afternoon"
    EVENING = "evening"


_STARTS: Final = ((0, DayPart.MORNING), (12, DayPart.AFTERNOON), (17, DayPart.EVENING))


def day_part(local: datetime) -> DayPart:
    return next(part for hour, part in reversed(_STARTS) if local.hour >= hour)


def next_due(
    settings: CampaignSettings, policy: Policy, dossier: Dossier, *, now: datetime, delay: timedelta, other_part: bool
) -> datetime:
    """`now + delay`, inside an open window. With `other_part` a delay of whole days means "on a later local day", and
    the part of the day least tried so far is taken, never the last one while another is open within a week."""
    found = zone(dossier.lead.time_zone)
    earliest = now + delay
    if found is None:
        return earliest
    if other_part and delay >= _DAY:
        earliest = _local_midnight(now, found, delay.days)
    opening = next_opening(settings.windows, dossier.lead.time_zone, earliest, policy)
    if opening is None or not other_part:
        return opening or earliest
    first = _first_by_part(settings, policy, dossier.lead.time_zone, opening, found)
    tried, last = _tried(dossier, found, now)
    others = {part: at for part, at in first.items() if part is not last} or first
    return others[min(others, key=lambda part: (tried[part], others[part]))]


def _tried(dossier: Dossier, found: ZoneInfo, now: datetime) -> tuple[Counter[DayPart], DayPart]:
    own = sorted(a.placed_at for a in dossier.history if a.lead_id == dossier.lead.lead_id and a.charged)
    parts = [day_part(at.astimezone(found)) for at in own]
    return Counter(parts), parts[-1] if parts else day_part(now.astimezone(found))


def _local_midnight(now: datetime, found: ZoneInfo, days: int) -> datetime:
    local = now.astimezone(found)
    return (local.replace(hour=0, minute=0, second=0, microsecond=0, fold=0) + timedelta(days=days)).astimezone(UTC)


def _first_by_part(
    settings: CampaignSettings, policy: Policy, tz: str, opening: datetime, found: ZoneInfo
) -> dict[DayPart, datetime]:
    """The first open instant in each part of the day within a week of `opening`, which is open."""
    first: dict[DayPart, datetime] = {}
    until = opening + _LOOK_AHEAD_DAYS * _DAY
    for start, end in openings(settings.windows, tz, opening, policy, days=_LOOK_AHEAD_DAYS + 1):
        at = max(start, opening)
        while at < min(end, until) and len(first) < len(DayPart):
            first.setdefault(day_part(at.astimezone(found)), at)
            at = _next_part(at, found)
    return first


def _next_part(at: datetime, found: ZoneInfo) -> datetime:
    local = at.astimezone(found)
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
    starts = [midnight.replace(hour=hour) for hour, _ in _STARTS] + [midnight + _DAY]
    return min(instant for start in starts if (instant := start.astimezone(UTC)) > at)
