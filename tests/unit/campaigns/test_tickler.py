"""The 31-day cabinet: every card is in exactly one drawer, the overdue ones in the first."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from campaigns.lead import DueKind
from campaigns.tickler import Item, arrange, edges

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)  # Monday 10:00 in Shanghai
SHANGHAI, BERLIN = ZoneInfo("Asia/Shanghai"), ZoneInfo("Europe/Berlin")


def card(due_at: datetime, kind: DueKind = DueKind.CALLBACK, lead_id: int = 1, agent: str = "mei") -> Item:
    return Item(
        kind=kind, due_at=due_at, campaign_code="autumn", lead_id=lead_id, lead_name="Lan", time_zone="Asia/Shanghai",
        agent_id=agent,
    )  # fmt: skip


def test_today_has_what_is_still_to_come_and_overdue_what_is_not() -> None:
    bounds = edges(NOW, SHANGHAI)
    cards = [card(NOW - timedelta(minutes=1)), card(NOW), card(NOW.replace(hour=15)), card(NOW.replace(hour=16))]
    cabinet = arrange(cards, [1, 2, 1] + [0] * 29, bounds, SHANGHAI, NOW)
    assert [len(cabinet.overdue.items), len(cabinet.days[0].items), len(cabinet.days[1].items)] == [1, 2, 1]
    assert (cabinet.days[0].day, cabinet.days[1].day) == (date(2026, 11, 23), date(2026, 11, 24))
    assert (len(cabinet.days), cabinet.count) == (31, 4)


def test_at_the_same_second_promises_come_first() -> None:
    cards = [card(NOW, DueKind.RETRY, 1), card(NOW, DueKind.CADENCE, 2), card(NOW, DueKind.CALLBACK, 3)]
    bounds = edges(NOW, SHANGHAI)
    cabinet = arrange(cards, [0, 3], bounds, SHANGHAI, NOW)
    assert [item.lead_id for item in cabinet.days[0].items] == [3, 2, 1]


def test_the_days_when_clocks_change_have_23_and_25_hours() -> None:
    spring = edges(datetime(2026, 3, 28, 23, 0, tzinfo=UTC), BERLIN, days=2)  # midnight of the 29th
    assert [(b - a) / timedelta(hours=1) for a, b in pairwise(spring)] == [23, 24]
    autumn = edges(datetime(2026, 10, 24, 22, 0, tzinfo=UTC), BERLIN, days=1)
    assert autumn[1] - autumn[0] == timedelta(hours=25)


def test_a_later_first_day_begins_at_its_midnight() -> None:
    bounds = edges(NOW, SHANGHAI, days=2, start=date(2026, 12, 1))
    assert bounds[0].astimezone(SHANGHAI).isoformat() == "2026-12-01T00:00:00+08:00"
    assert edges(NOW, SHANGHAI, days=2, start=date(2026, 11, 1))[0] == NOW


@given(st.lists(st.datetimes(datetime(2026, 10, 1), datetime(2026, 12, 23)), max_size=30))
def test_nothing_falls_out(times: list[datetime]) -> None:
    bounds = edges(NOW, BERLIN)
    cards = [
        card(at.replace(tzinfo=UTC), lead_id=n) for n, at in enumerate(times) if at.replace(tzinfo=UTC) < bounds[-1]
    ]
    counts = [sum(sum(b <= c.due_at for b in bounds) == place for c in cards) for place in range(len(bounds))]
    cabinet = arrange(cards, counts, bounds, BERLIN, NOW)
    drawers = [cabinet.overdue, *cabinet.days]
    assert sorted(item.lead_id for drawer in drawers for item in drawer.items) == sorted(c.lead_id for c in cards)
    assert all(drawer.count == len(drawer.items) for drawer in drawers)
    for day in cabinet.days:
        assert all(item.due_at.astimezone(BERLIN).date() == day.day for item in day.items)
