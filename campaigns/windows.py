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

from campaigns.campaign import WEEKDAYS, CallingWindow
from campaigns.policy import Policy

LOOK_AHEAD_DAYS: Final = 400
_DAY_US: Final = 86_400_000_000
_MIDNIGHT_FROM: Final = time(23, 59, 59)  # an end from here on means 24:00
_MICROSECOND: Final = timedelta(microseconds=1)
_PROBE: Final = timedelta(hours=6)

Range = tuple[int, int]  # microseconds of the local day, [from, to)
Opening = tuple[datetime, datetime]  # instants, [from, to)


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
    """Campaign's windows, policy's windows, wall and days as one week of local ranges."""

    __slots__ = ("_closed", "_make_up", "_make_up_dates", "_week")

    def __init__(self, windows: tuple[CallingWindow, ...], policy: Policy) -> None:
        chosen = _week(windows or policy.windows)
        if windows and policy.windows_bind:
            chosen = tuple(map(_intersect, chosen, _week(policy.windows)))
        wall = ((_microseconds(policy.wall_from), _end(policy.wall_to)),)
        forbidden = {WEEKDAYS.index(day) for day in policy.forbidden_days}
        self._week = tuple(() if day in forbidden else _intersect(chosen[day], wall) for day in range(7))
        self._make_up = next((ranges for ranges in self._week[:5] if ranges), ())
        self._make_up_dates = policy.working_dates
        self._closed = policy.closed_dates

    def on(self, day: date) -> tuple[Range, ...]:
        """Open ranges of a local date; a make-up working day has those of the week's first open working day."""
        if day in self._closed:
            return ()
        if day in self._make_up_dates:
            return self._make_up
        return self._week[day.weekday()]

    @property
    def always(self) -> bool:
        return not self._closed and all(ranges == ((0, _DAY_US),) for ranges in (*self._week, self._make_up))

    def open_at(self, local: datetime) -> bool:
        at = ((local.hour * 60 + local.minute) * 60 + local.second) * 1_000_000 + local.microsecond
        return any(start <= at < end for start, end in self.on(local.date()))


@lru_cache(maxsize=512)
def hours(windows: tuple[CallingWindow, ...], policy: Policy) -> Hours:
    return Hours(windows, policy)


def is_open(windows: tuple[CallingWindow, ...], tz: str, now: datetime, policy: Policy) -> bool:
    """An unknown zone is never open."""
    found = zone(tz)
    return found is not None and hours(windows, policy).open_at(now.astimezone(found))


def next_opening(windows: tuple[CallingWindow, ...], tz: str, now: datetime, policy: Policy) -> datetime | None:
    """The first instant at or after `now` that is open (`now` itself when open); None for an unknown zone,
    or when nothing opens within 400 days."""
    found = zone(tz)
    if found is None:
        return None
    now = now.astimezone(UTC)
    if hours(windows, policy).open_at(now.astimezone(found)):
        return now
    return next(
        (max(start, now) for start, end in _openings_from(hours(windows, policy), found, now) if end > now), None
    )


def next_edge(
    windows: tuple[CallingWindow, ...], tzs: Collection[str], now: datetime, policy: Policy
) -> datetime | None:
    """The next instant after `now` at which any of the zones opens or closes."""
    week = hours(windows, policy)
    if week.always:
        return None
    zones = [found for name in set(tzs) if (found := zone(name)) is not None]
    return min((edge for found in zones if (edge := _edge_after(week, found, now.astimezone(UTC)))), default=None)


def open_zones(
    windows: tuple[CallingWindow, ...], tzs: Collection[str], now: datetime, policy: Policy
) -> frozenset[str]:
    return frozenset(tz for tz in tzs if is_open(windows, tz, now, policy))


def openings(
    windows: tuple[CallingWindow, ...], tz: str, start: datetime, policy: Policy, *, days: int = LOOK_AHEAD_DAYS
) -> Iterator[Opening]:
    """Open stretches that end after `start`, in order; those over midnight are joined."""
    found = zone(tz)
    if found is None:
        return
    start = start.astimezone(UTC)
    for opening in _openings_from(hours(windows, policy), found, start, days):
        if opening[1] > start:
            yield opening


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


def _week(windows: tuple[CallingWindow, ...]) -> tuple[tuple[Range, ...], ...]:
    return tuple(
        _merged(sorted((_microseconds(w.start), _end(w.end)) for w in windows if day in w.days)) for day in WEEKDAYS
    )


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
