"""Whose call it is, and how often it rang."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.inbound import (
    Acquaintance,
    InboundCounts,
    InboundOutcome,
    cadence_s,
    inbound_statistics,
    meant,
    rings,
)

NOON = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)


def known(lead: int, *, running: bool = True, hours_ago: float | None = None, **fields: bool) -> Acquaintance:
    tried = None if hours_ago is None else NOON - timedelta(hours=hours_ago)
    return Acquaintance(
        lead_id=lead, campaign_id=lead, running=running, open=fields.get("open", True), last_attempt_at=tried
    )


def test_running_campaigns_go_first_then_whoever_was_tried_last() -> None:
    assert meant([]) is None
    chosen = meant([known(1, hours_ago=5), known(2, hours_ago=1), known(3), known(4, running=False, hours_ago=0.1)])
    assert chosen is not None
    assert chosen.lead_id == 2


def test_of_leads_never_tried_an_open_one_is_meant() -> None:
    chosen = meant([known(1, open=True), known(2, open=False)])
    assert chosen is not None
    assert chosen.lead_id == 1


@pytest.mark.parametrize(
    ("seconds", "country", "count"),
    [(0, "CN", 1), (4.9, "CN", 1), (5, "CN", 2), (14.9, "CN", 3), (15, "CN", 4), (17.9, "US", 3), (18, "US", 4)],
)  # fmt: skip
def test_a_ring_begins_at_once_and_then_with_the_countrys_cadence(seconds: float, country: str, count: int) -> None:
    assert rings(seconds, country) == count


@given(st.floats(0, 600), st.sampled_from(["CN", "US", "GB", "DE", ""]))
def test_longer_ringing_never_counts_fewer_rings(seconds: float, country: str) -> None:
    assert rings(seconds, country) <= rings(seconds + cadence_s(country), country)


def test_callers_nobody_served_count_against_the_goal() -> None:
    counts = InboundCounts(
        by_outcome={InboundOutcome.ANSWERED.value: 3, InboundOutcome.ABANDONED.value: 1}, within_rings=3,
        unknown_callers=1, to_adopt=1, ring_s=12.0, talk_s=90.0, by_agent={"mei": 3},
    )  # fmt: skip
    found = inbound_statistics(counts)
    assert (found.within_three_rings.hits, found.within_three_rings.of) == (3, 4)
    assert found.answer_rate.value == 0.75
    assert (found.mean_ring_s, found.mean_talk_s) == (4.0, 30.0)
