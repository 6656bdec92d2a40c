"""The order of dialling, as rules: whatever the leads, promises first, nobody forgotten, shares kept."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from campaigns import order
from campaigns.lead import DueKind, Lead
from campaigns.order import Turns

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
TIERS = ({DueKind.CALLBACK, DueKind.REMINDER}, {DueKind.WEB}, {DueKind.CADENCE, DueKind.RETRY, DueKind.FRESH})


def _lead(lead_id: int, kind: DueKind, priority: int, value: float, minutes: int) -> Lead:
    return Lead(
        lead_id=lead_id, campaign_id=1, name="", numbers=(), country="CN", time_zone="Asia/Shanghai", due_kind=kind,
        priority=priority, value=value, due_at=NOW - timedelta(minutes=minutes),
    )  # fmt: skip


LEADS = st.builds(
    _lead,
    st.integers(1, 10**9),
    st.sampled_from(DueKind),
    st.integers(-100, 100),
    st.floats(0, 1e6),
    st.integers(0, 99),
)


def _tier(lead: Lead) -> int:
    return next(n for n, kinds in enumerate(TIERS) if lead.due_kind in kinds)


@given(LEADS, LEADS)
def test_tier_then_priority_then_cadence_then_value_then_due_time(one: Lead, other: Lead) -> None:
    def told(lead: Lead) -> tuple[object, ...]:
        early = {DueKind.REMINDER: 1, DueKind.CADENCE: -1}.get(lead.due_kind, 0)
        fresh = lead.due_kind is DueKind.FRESH
        return _tier(lead), -lead.priority, early, -lead.value, fresh, lead.due_at, lead.lead_id

    assert (order.key(one) < order.key(other)) == (told(one) < told(other))


@given(st.lists(LEADS, max_size=30, unique_by=lambda lead: lead.lead_id))
def test_the_order_is_total(leads: list[Lead]) -> None:
    assert len({order.key(lead) for lead in leads}) == len(leads)


SHARES = st.dictionaries(st.sampled_from("abcdef"), st.integers(1, 100), min_size=1)


@given(SHARES, st.integers(1, 300), st.integers(1, 7))
def test_turns_keep_to_the_shares_at_any_moment_and_however_many_are_taken_at_once(
    shares: dict[str, int], turns: int, at_once: int
) -> None:
    desk: Turns[str] = Turns(shares=shares)
    had: Counter[str] = Counter()
    while had.total() < turns:
        taken = desk.order(shares, at_once)
        desk = desk.after(taken)
        had.update(taken)
    whole = sum(shares.values())
    for name, share in shares.items():
        assert abs(had[name] - had.total() * share / whole) <= len(shares)


@given(SHARES, st.sets(st.sampled_from("abcdef"), min_size=1), st.integers(0, 200))
def test_who_comes_late_neither_catches_up_nor_starves(shares: dict[str, int], others: set[str], turns: int) -> None:
    desk: Turns[str] = Turns(shares=shares)
    for _ in range(turns):
        desk = desk.after(desk.order(others, 1))
    waiting = {*others, "late"}
    whole = sum(shares.get(name, 1) for name in waiting)
    following = desk.order(waiting, whole + len(waiting) + 1)
    assert 1 <= following.count("late") <= 1 + len(waiting)


def test_a_lane_opens_to_everybody_when_the_agents_time_is_over() -> None:
    lead = Lead(
        lead_id=1, campaign_id=1, name="", numbers=(), country="CN", time_zone="", for_agent="mei", skill="vip",
        escalates_at=NOW,
    )  # fmt: skip
    assert order.lane(lead, NOW - timedelta(seconds=1)) == "a:mei"
    assert order.lane(lead, NOW) == "s:vip"
    assert not order.is_open("a:mei", {"lan"}, None)
    assert order.is_open("a:mei", None, set())
    assert order.is_open(order.ANYBODY, set(), set())
