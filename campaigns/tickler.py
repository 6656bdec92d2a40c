"""The 31-day cabinet (31日期柜): what is due each day, overdue first, and nothing falls out."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from campaigns.lead import DueKind

DAYS: Final = 31
_ORDER: Final = {kind: rank for rank, kind in enumerate((DueKind.CALLBACK, DueKind.REMINDER, DueKind.CADENCE))}


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One card. `due_at` of a callback is what was promised; its lead may be tried later than that."""

    kind: DueKind
    due_at: datetime
    campaign_code: str
    lead_id: int
    lead_name: str
    time_zone: str  # the called person's
    agent_id: str = ""  # whom it is for, else who knows the customer; "" anyone
    callback_id: str | None = None
    note: str = ""
    next_at: datetime | None = None  # the next try, where that is not `due_at`; None: it is not dialled now


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """One drawer. `count` is exact; `items` may hold fewer where the cabinet is very full."""

    day: date
    count: int
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cabinet:
    overdue: Day  # everything before now
    days: tuple[Day, ...]  # today first: what is still to come today
    by_agent: dict[str, int]  # of the items shown
    by_kind: dict[DueKind, int]

    @property
    def count(self) -> int:
        return self.overdue.count + sum(day.count for day in self.days)


def edges(now: datetime, zone: ZoneInfo, *, days: int = DAYS, start: date | None = None) -> list[datetime]:
    """`now`, then the midnights that end each of the days, in UTC: `days + 1` instants. A day when the clocks change
    has 23 or 25 hours. `start` is the first day shown, today unless given; a later one begins at its midnight."""
    today = now.astimezone(zone).date()
    first = max(start or today, today)
    begins = now if first == today else _midnight(first, zone)
    return [begins, *(_midnight(first + timedelta(days=n), zone) for n in range(1, days + 1))]


def arrange(
    items: Iterable[Item], counts: Sequence[int], bounds: Sequence[datetime], zone: ZoneInfo, now: datetime
) -> Cabinet:
    """`bounds` from `edges`; `counts[0]` of what is due before the first of them, then one for each day."""
    drawers: dict[int, list[Item]] = defaultdict(list)
    for item in items:
        drawers[sum(bound <= item.due_at for bound in bounds)].append(item)
    shown = [item for drawer in drawers.values() for item in drawer]
    days = [
        Day(day=begin.astimezone(zone).date(), count=count, items=_sorted(drawers[place]))
        for place, (begin, count) in enumerate(zip(bounds, counts[1:], strict=False), start=1)
    ]
    overdue = Day(day=now.astimezone(zone).date(), count=counts[0], items=_sorted(drawers[0]))
    return Cabinet(
        overdue=overdue,
        days=tuple(days),
        by_agent=dict(Counter(item.agent_id for item in shown)),
        by_kind=dict(Counter(item.kind for item in shown)),
    )


def _sorted(items: Iterable[Item]) -> tuple[Item, ...]:
    """By time; at the same second what was promised first."""
    return tuple(sorted(items, key=lambda item: (item.due_at, _ORDER.get(item.kind, len(_ORDER)), item.lead_id)))


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    """Where clocks skip midnight, the first instant of the day."""
    return datetime.combine(day, time(), zone).astimezone(UTC)
