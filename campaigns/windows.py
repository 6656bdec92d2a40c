"""When dialling is allowed, in the called person's local time, through every change of the clocks.

A local time that does not exist (clocks put forward) never opens anything: a window that starts inside the gap opens
right after it. A local time that happens twice (clocks put back) is open both times.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Iterator
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import lru_cache
from itertools import pairwise
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from campaigns.campaign import WEEKDAYS, CallingWindow, DateWindows, Schedule
from campaigns.policy import Policy

LOOK_AHEAD_DAYS: Final = 400
_DAY_US: Final = 86_400_000_000
_MIDNIGHT_FROM: Final = time(23, 59, 59)  # an end from here on means 24:00
_MICROSECOND: Final = timedelta(microseconds=1)
_PROBE: Final = timedelta(hours=6)

Range = tuple[int, int]  # microseconds of the local day, [from, to)
Week = tuple[tuple[Range, ...], ...]  # from Monday on
Opening = tuple[datetime, datetime]  # instants, [from, to)
Windows = Schedule | tuple[CallingWindow, ...]  # a campaign's `schedule`, or windows by weekday alone


class UnknownTimeZone(ValueError):
    """No IANA time zone of that name."""


@lru_cache(maxsize=1024)
def zone(name: str) -> ZoneInfo | None:
    if not name:
        return None
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


def local_time(now: datetime, tz: str) -> datetime:
    """Raises `UnknownTimeZone`."""
    found = zone(tz)
    if found is None:
        raise UnknownTimeZone(f"time zone {tz!r} is not known; write an IANA name such as Asia/Shanghai")
    return now.astimezone(found)


class Hours:
    """What a campaign asks for and a policy allows, as the open ranges of every local date.

    The policy's wall, its forbidden days and its forbidden holidays always hold. Other public holidays, and years whose
    holidays are not known, are closed unless the campaign calls on them and the policy lets it. Then the campaign's own
    hours of the date count, on a make-up working day those of the week's first open working day, else the weekday's.
    """

    __slots__ = ("_calendar", "_dates", "_forbidden", "_make_up", "_resting", "_week")

    def __init__(self, schedule: Schedule, policy: Policy, tz: str = "") -> None:
        bound = _week(policy.windows) if policy.windows_bind else None
        chosen = _week(schedule.windows or policy.windows)
        if schedule.windows and bound is not None:
            chosen = tuple(map(_intersect, chosen, bound))
        wall = ((_microseconds(policy.wall_from), _end(policy.wall_to)),)
        self._forbidden = frozenset(WEEKDAYS.index(day) for day in policy.forbidden_days)
        self._week = tuple(() if day in self._forbidden else _intersect(chosen[day], wall) for day in range(7))
        self._make_up = next((ranges for ranges in self._week[:5] if ranges), ())
        self._dates = {own.date: _of_date(own, wall, bound) for own in schedule.dates}
        self._resting = policy.holidays_closed(schedule.public_holidays)
        self._calendar = policy.calendar.here(tz)

    def on(self, day: date) -> tuple[Range, ...]:
        """Open ranges of a local date."""
        weekday = day.weekday()
        if weekday in self._forbidden or (self._resting and self._rests(day)):
            return ()
        if day in self._dates:
            return self._dates[day]
        if day in self._calendar.working:
            return self._make_up
        return self._week[weekday]

    def holiday(self, day: date) -> str | None:
        """The name of the public holiday that closes the day."""
        return self._calendar.holidays.get(day) if self._resting else None

    def known(self, year: int) -> bool:
        """Whether it is settled which of its days are open."""
        return not self._resting or self._calendar.covers(year)

    @property
    def always(self) -> bool:
        everything = all(ranges == ((0, _DAY_US),) for ranges in (*self._week, *self._dates.values()))
        return everything and not self._resting

    def open_at(self, local: datetime) -> bool:
        at = ((local.hour * 60 + local.minute) * 60 + local.second) * 1_000_000 + local.microsecond
        return any(start <= at < end for start, end in self.on(local.date()))

    def _rests(self, day: date) -> bool:
        return day in self._calendar.holidays or not self._calendar.covers(day.year)


def hours(windows: Windows, policy: Policy, tz: str) -> Hours:
    """In that zone: where it tells a state or province, with the holidays of that one."""
    schedule = windows if isinstance(windows, Schedule) else Schedule(windows)
    return _hours(schedule, policy, tz if tz in policy.calendar.regional else "")


@lru_cache(maxsize=512)
def _hours(schedule: Schedule, policy: Policy, tz: str) -> Hours:
    return Hours(schedule, policy, tz)


def is_open(windows: Windows, tz: str, now: datetime, policy: Policy) -> bool:
    """An unknown zone is never open."""
    found = zone(tz)
    return found is not None and hours(windows, policy, tz).open_at(now.astimezone(found))


def next_opening(windows: Windows, tz: str, now: datetime, policy: Policy) -> datetime | None:
    """The first instant at or after `now` that is open (`now` itself when open); None for an unknown zone,
    or when nothing opens within 400 days."""
    found = zone(tz)
    if found is None:
        return None
    now = now.astimezone(UTC)
    if hours(windows, policy, tz).open_at(now.astimezone(found)):
        return now
    return next(
        (max(start, now) for start, end in _openings_from(hours(windows, policy, tz), found, now) if end > now), None
    )


def next_edge(windows: Windows, tzs: Collection[str], now: datetime, policy: Policy) -> datetime | None:
    """The next instant after `now` at which any of the zones opens or closes."""
    now = now.astimezone(UTC)
    weeks = [(hours(windows, policy, name), found) for name in set(tzs) if (found := zone(name)) is not None]
    edges = (_edge_after(week, found, now) for week, found in weeks if not week.always)
    return min((edge for edge in edges if edge is not None), default=None)


def open_zones(windows: Windows, tzs: Collection[str], now: datetime, policy: Policy) -> frozenset[str]:
    return frozenset(tz for tz in tzs if is_open(windows, tz, now, policy))


def openings(
    windows: Windows, tz: str, start: datetime, policy: Policy, *, days: int = LOOK_AHEAD_DAYS
) -> Iterator[Opening]:
    """Open stretches that end after `start`, in order; those over midnight are joined."""
    found = zone(tz)
    if found is None:
        return
    start = start.astimezone(UTC)
    for opening in _openings_from(hours(windows, policy, tz), found, start, days):
        if opening[1] > start:
            yield opening


def last_day_over(last: date, tzs: Collection[str], now: datetime) -> datetime | None:
    """The next instant after `now` at which the day is over in one of the zones."""
    midnight = datetime.combine(last + timedelta(days=1), time())
    ends = (midnight.replace(tzinfo=found).astimezone(UTC) for tz in set(tzs) if (found := zone(tz)) is not None)
    return min((end for end in ends if end > now), default=None)


def _edge_after(week: Hours, found: ZoneInfo, now: datetime) -> datetime | None:
    for start, end in _openings_from(week, found, now):
        if start > now:
            return start
        if end > now:
            return end
    return None


def _openings_from(week: Hours, found: ZoneInfo, now: datetime, days: int = LOOK_AHEAD_DAYS) -> Iterator[Opening]:
    first = now.toordinal() - 1  # an opening that began before midnight UTC is joined from the day before
    pending: Opening | None = None
    for day in range(first, first + days + 2):
        for opening in _day_openings(week, found, day):
            if pending is not None and pending[1] == opening[0]:
                pending = (pending[0], opening[1])
                continue
            if pending is not None:
                yield pending
            pending = opening
    if pending is not None:
        yield pending


@lru_cache(maxsize=8192)
def _day_openings(week: Hours, found: ZoneInfo, ordinal: int) -> tuple[Opening, ...]:
    """Open stretches inside one UTC day. Within a stretch of constant offset local time and instants are the same
    line, so neither gaps nor repeated hours need a case of their own."""
    return tuple(
        opening
        for start, end, offset in _constant_offsets(found, ordinal)
        for opening in _segment_openings(week, start, end, offset)
    )


def _segment_openings(week: Hours, start: datetime, end: datetime, offset: timedelta) -> Iterator[Opening]:
    local_start, local_end = start + offset, end + offset
    for day in range(local_start.toordinal(), local_end.toordinal() + 1):
        midnight = datetime.fromordinal(day).replace(tzinfo=UTC)
        for range_from, range_to in week.on(midnight.date()):
            begins = max(midnight + range_from * _MICROSECOND, local_start)
            ends = min(midnight + range_to * _MICROSECOND, local_end)
            if begins < ends:
                yield begins - offset, ends - offset


def _constant_offsets(found: tzinfo, ordinal: int) -> list[tuple[datetime, datetime, timedelta]]:
    day = datetime.fromordinal(ordinal).replace(tzinfo=UTC)
    probes = [day + index * _PROBE for index in range(5)]
    cuts = [day]
    for low, high in pairwise(probes):
        if _offset(found, low) != _offset(found, high):
            cuts.append(_transition(found, low, high))
    cuts.append(probes[-1])
    return [(a, b, _offset(found, a)) for a, b in pairwise(cuts) if a < b]


def _transition(found: tzinfo, low: datetime, high: datetime) -> datetime:
    """The first second with the new offset."""
    old = _offset(found, low)
    seconds = bisect_right(
        range(int((high - low).total_seconds())), 0, key=lambda s: _offset(found, low + timedelta(seconds=s)) != old
    )
    return low + timedelta(seconds=seconds)


def _offset(found: tzinfo, at: datetime) -> timedelta:
    return at.astimezone(found).utcoffset() or timedelta(0)


def _week(windows: tuple[CallingWindow, ...]) -> Week:
    return tuple(
        _merged(sorted((_microseconds(w.start), _end(w.end)) for w in windows if day in w.days)) for day in WEEKDAYS
    )


def _of_date(own: DateWindows, wall: tuple[Range, ...], bound: Week | None) -> tuple[Range, ...]:
    ranges = _intersect(_merged(sorted((_microseconds(start), _end(end)) for start, end in own.ranges)), wall)
    return ranges if bound is None else _intersect(ranges, bound[own.date.weekday()])


def _merged(ranges: list[Range]) -> tuple[Range, ...]:
    merged: list[Range] = []
    for start, end in ranges:
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return tuple(merged)


def _intersect(first: tuple[Range, ...], second: tuple[Range, ...]) -> tuple[Range, ...]:
    return tuple((start, end) for a, b in first for c, d in second if (start := max(a, c)) < (end := min(b, d)))


def _microseconds(at: time) -> int:
    return ((at.hour * 60 + at.minute) * 60 + at.second) * 1_000_000 + at.microsecond


def _end(at: time) -> int:
    return _DAY_US if at >= _MIDNIGHT_FROM else _microseconds(at)
