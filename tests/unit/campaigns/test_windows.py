"""Calling hours through weekdays, holidays and every change of the clocks."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from campaigns.campaign import CallingWindow
from campaigns.windows import (
    UnknownTimeZone,
    is_open,
    local_time,
    next_edge,
    next_opening,
    open_zones,
    openings,
)
from dialer.policies import PolicyBook
from tests.unit.campaigns.builders import at, local, pack, window

CN, AU, FR, DEFAULT = pack("cn"), pack("au"), pack("fr"), pack("default")
NEW_YORK, SYDNEY, LORD_HOWE, CAIRO = "America/New_York", "Australia/Sydney", "Australia/Lord_Howe", "Africa/Cairo"


@pytest.mark.parametrize(("when", "expected"), [
    ("2026-11-23 08:59", False), ("2026-11-23 09:00", True), ("2026-11-23 11:59", True),
    ("2026-11-23 12:00", False), ("2026-11-23 14:00", True), ("2026-11-23 20:00", False),
    ("2026-11-28 10:00", True), ("2026-11-28 18:00", False), ("2026-11-29 15:00", False),
])  # fmt: skip
def test_the_chinese_day_has_a_midday_rest_and_a_free_sunday(when: str, expected: bool) -> None:
    assert is_open((), "Asia/Shanghai", at(when), CN) is expected


def test_public_holidays_are_closed_and_make_up_sundays_are_working_days() -> None:
    assert not is_open((), "Asia/Shanghai", at("2026-10-01 10:00"), CN)  # a Thursday
    assert is_open((), "Asia/Shanghai", at("2026-09-20 19:00"), CN)  # a Sunday
    assert local(next_opening((), "Asia/Shanghai", at("2026-09-30 20:00"), CN)) == "2026-10-08 09:00"


def test_sunday_is_dialled_only_where_the_campaign_asks_for_it_and_the_pack_allows_it() -> None:
    sundays = (window("sun", "10:00", "12:00"),)
    assert is_open(sundays, "Asia/Shanghai", at("2026-11-29 11:00"), CN)
    assert not is_open(sundays, SYDNEY, at("2026-11-29 11:00", SYDNEY), AU)
    assert next_opening(sundays, SYDNEY, at("2026-11-29 11:00", SYDNEY), AU) is None


def test_no_campaign_breaks_the_wall() -> None:
    greedy = (window("mon tue wed thu fri sat sun", "00:00", "23:59:59.999999"),)
    stretches = openings(greedy, "Asia/Shanghai", at("2026-11-23 00:00"), CN, days=1)
    assert [(local(a), local(b)) for a, b in stretches][:1] == [("2026-11-23 08:00", "2026-11-23 21:00")]


def test_where_the_packs_hours_are_law_a_campaign_moves_only_inside_them() -> None:
    long_day = (window("mon sat", "09:00", "20:00"),)
    paris = [at(f"2026-11-{t}", "Europe/Paris") for t in ("23 09:30", "23 12:59", "23 13:30", "23 14:00", "28 11:00")]
    assert [is_open(long_day, "Europe/Paris", when, FR) for when in paris] == [False, True, False, True, False]


def test_clocks_put_forward_open_a_window_inside_the_gap_right_after_it() -> None:
    """New York, 2026-03-08: 02:00 becomes 03:00."""
    night = (window("sun", "02:30", "04:00"),)
    free = _without_wall()
    gap_end = datetime(2026, 3, 8, 7, tzinfo=UTC)
    assert next_opening(night, NEW_YORK, at("2026-03-08 00:00", NEW_YORK), free) == gap_end
    inside = (window("sun", "02:10", "02:50"),)
    after_gap = next_opening(inside, NEW_YORK, at("2026-03-08 00:00", NEW_YORK), free)
    assert local(after_gap, NEW_YORK) == "2026-03-15 02:10"  # that Sunday had no such time


def test_clocks_put_back_open_a_repeated_time_twice() -> None:
    """New York, 2026-11-01: 02:00 becomes 01:00."""
    night, free = (window("sun", "01:15", "01:45"),), _without_wall()
    stretches = list(openings(night, NEW_YORK, at("2026-11-01 00:00", NEW_YORK), free, days=1))[:2]
    assert stretches == [
        (datetime(2026, 11, 1, 5, 15, tzinfo=UTC), datetime(2026, 11, 1, 5, 45, tzinfo=UTC)),
        (datetime(2026, 11, 1, 6, 15, tzinfo=UTC), datetime(2026, 11, 1, 6, 45, tzinfo=UTC)),
    ]


def test_the_next_edge_is_the_first_of_all_zones() -> None:
    zones = {"Asia/Shanghai", "Asia/Tokyo", "Nowhere/Land"}
    assert open_zones((), zones, at("2026-11-23 08:30"), DEFAULT) == {"Asia/Tokyo"}
    assert local(next_edge((), zones, at("2026-11-23 08:30"), DEFAULT)) == "2026-11-23 09:00"
    assert local(next_edge((), zones, at("2026-11-23 09:00"), DEFAULT)) == "2026-11-23 19:00"
    assert next_edge((), {"Nowhere/Land"}, at("2026-11-23 08:30"), DEFAULT) is None


def test_a_calling_day_over_midnight_utc_is_one_stretch() -> None:
    """19:00 in New York is midnight UTC in winter."""
    assert local(next_edge((), {NEW_YORK}, at("2026-11-23 18:00", NEW_YORK), DEFAULT), NEW_YORK) == "2026-11-23 20:00"
    first = next(openings((), NEW_YORK, at("2026-11-23 00:00", NEW_YORK), DEFAULT))
    assert [local(edge, NEW_YORK) for edge in first] == ["2026-11-23 09:00", "2026-11-23 20:00"]


def test_an_unknown_zone_is_never_open() -> None:
    for name in ("", "Nowhere/Land", "../etc/passwd", "a" * 400):
        assert not is_open((), name, at("2026-11-23 10:00"), CN)
        assert next_opening((), name, at("2026-11-23 10:00"), CN) is None
        with pytest.raises(UnknownTimeZone):
            local_time(at("2026-11-23 10:00"), name)


def test_a_round_the_clock_rehearsal_is_always_open_and_has_no_edge() -> None:
    free = _without_wall()
    assert next_opening((), NEW_YORK, at("2026-11-01 01:30", NEW_YORK), free) == at("2026-11-01 01:30", NEW_YORK)
    assert next_edge((), {NEW_YORK}, at("2026-11-01 01:30", NEW_YORK), free) is None


def test_a_window_with_an_utc_offset_is_refused() -> None:
    with pytest.raises(ValueError, match="local times"):
        window("mon", "09:00+08:00", "12:00+08:00")


def _without_wall():
    return PolicyBook.load(rehearsal=True).named("rehearsal")


times = st.times().map(lambda t: t.replace(second=0, microsecond=0))
windows_ = (
    st.tuples(st.sets(st.sampled_from(["mon", "tue", "wed", "thu", "fri", "sat", "sun"]), min_size=1), times, times)
    .filter(lambda t: t[1] != t[2])
    .map(lambda t: CallingWindow(days=tuple(sorted(t[0])), start=min(t[1:]), end=max(t[1:])))
)
zones_ = st.sampled_from(
    [NEW_YORK, SYDNEY, LORD_HOWE, CAIRO, "Asia/Shanghai", "Asia/Kathmandu", "Pacific/Apia", "Europe/London", "UTC"]
)
instants = st.one_of(
    st.datetimes(datetime(2024, 1, 1), datetime(2028, 1, 1)),
    # around changes of the clocks
    st.sampled_from([datetime(2026, 3, 8, 7), datetime(2026, 11, 1, 6), datetime(2026, 4, 4, 15, 30)]).flatmap(
        lambda d: st.timedeltas(timedelta(hours=-30), timedelta(hours=30)).map(lambda delta: d + delta)
    ),
).map(lambda d: d.replace(tzinfo=UTC))


def _plainly_open(windows: tuple[CallingWindow, ...], tz: str, now: datetime) -> bool:
    """The definition, word for word: what the called person's clock on the wall shows."""
    here = local_time(now, tz)
    name = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")[here.weekday()]
    clock = here.time().replace(tzinfo=None, fold=0)
    if not time(8) <= clock < time(21):
        return False
    return any(name in w.days and w.start <= clock < w.end for w in windows)


@given(st.lists(windows_, min_size=1, max_size=3).map(tuple), zones_, instants)
@settings(max_examples=80, deadline=None)
def test_open_is_what_the_called_persons_wall_clock_says(windows, tz, now) -> None:
    assert is_open(windows, tz, now, DEFAULT) == _plainly_open(windows, tz, now)


@given(st.lists(windows_, min_size=1, max_size=3).map(tuple), zones_, instants)
@settings(max_examples=80, deadline=None)
def test_the_next_opening_is_open_and_nothing_before_it_is(windows, tz, now) -> None:
    opening = next_opening(windows, tz, now, DEFAULT)
    if opening is None:
        return
    assert opening >= now
    assert _plainly_open(windows, tz, opening)
    if opening > now:
        assert not _plainly_open(windows, tz, opening - timedelta(microseconds=1))
        step = max((opening - now) / 40, timedelta(minutes=1))
        probe = now
        while probe < opening:
            assert not _plainly_open(windows, tz, probe)
            probe += step


@given(st.lists(windows_, min_size=1, max_size=3).map(tuple), st.sets(zones_, min_size=1), instants)
@settings(max_examples=50, deadline=None)
def test_between_now_and_the_next_edge_no_zone_changes(windows, tzs, now) -> None:
    edge = next_edge(windows, tzs, now, DEFAULT)
    if edge is None:
        return
    assert edge > now
    before = open_zones(windows, tzs, now, DEFAULT)
    assert open_zones(windows, tzs, edge - timedelta(microseconds=1), DEFAULT) == before
    assert open_zones(windows, tzs, edge, DEFAULT) != before
