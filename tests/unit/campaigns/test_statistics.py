"""Figures that add up, and how sure they are."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.disposition import STANDARD
from campaigns.statistics import Percentiles, percentiles, summarise, wilson
from dialer.ports import AttemptCounts

DAY = AttemptCounts(
    leads=40,
    leads_by_state={"OPEN": 10, "CLOSED": 28, "DO_NOT_CALL": 2},
    attempts=100,
    outcomes={"HUMAN": 29, "ABANDONED": 1, "NO_ANSWER": 50, "BUSY": 18},
    dispositions={"SALE": 5, "NOT_INTERESTED": 12, "DO_NOT_CALL": 3, "NO_TALK": 9},
    connected=29,
    answered_by_person=30,
    contacts=20,
    successes=5,
    effective_calls=14,
    talk_s=1450.0,
    recordings=29,
    recording_s=1500.0,
    answer_to_agent_ms=tuple(float(ms) for ms in range(100, 300, 10)),
    customer_waits_ms=(*(float(ms) for ms in range(100, 300, 10)), 1800.0, 2500.0),
    connected_in_time=19,
    connected_late=1,
    by_agent={
        "mei": {"calls": 20, "contacts": 15, "successes": 5, "effective_calls": 11, "talk_s": 1000.0},
        "bo": {"calls": 9, "contacts": 5, "successes": 0, "effective_calls": 3, "talk_s": 450.0},
    },
    by_hour={
        "2026-11-23T10": {"attempts": 40, "humans": 8, "successes": 1},
        "2026-11-23T19": {"attempts": 30, "humans": 15, "successes": 3},
        "2026-11-24T10": {"attempts": 30, "humans": 6, "successes": 1},
    },
)


def test_a_days_figures_are_counted_as_the_trade_counts_them() -> None:
    found = summarise(DAY, dispositions=STANDARD, imported=50, usable=40)
    rates = {
        "contact": found.contact_rate,
        "right party": found.right_party_contact_rate,
        "success": found.success_rate,
        "deal": found.deal_rate,
        "abandonment": found.abandonment_rate,
        "effective": found.effective_rate,
        "qualified": found.data_qualified_rate,
        "completion": found.completion,
    }
    assert {name: (rate.hits, rate.of) for name, rate in rates.items()} == {
        "contact": (30, 100),
        "right party": (20, 100),
        "success": (5, 20),
        "deal": (5, 40),
        "abandonment": (2, 30),
        "effective": (14, 20),
        "qualified": (40, 50),
        "completion": (30, 40),
    }
    assert (found.in_flight, found.abandoned, found.mean_talk_s) == (2, 2, 50.0)
    assert found.answer_to_agent_ms == Percentiles(20, 190.0, 280.0, 290.0)
    assert found.customer_wait_ms == Percentiles(22, 200.0, 1800.0, 2500.0)
    assert (found.served_in_time.hits, found.served_in_time.of) == (19, 22), "one came to an agent after the limit"


def test_refusals_are_shared_out_by_reason() -> None:
    shares = summarise(DAY, dispositions=STANDARD).refusal_reasons
    assert [(share.name, share.count, share.share) for share in shares] == [
        ("not interested", 12, 0.8),
        ("do not call", 3, 0.2),
    ]


def test_hours_are_shown_one_by_one_by_time_of_day_and_by_weekday() -> None:
    found = summarise(DAY)
    assert [(hour.hour, hour.attempts) for hour in found.by_hour_of_day] == [("10", 70), ("19", 30)]
    assert found.by_hour_of_day[1].contact_rate.value == 0.5
    assert [(cell.weekday, cell.hour, cell.attempts) for cell in found.by_weekday_hour] == [
        ("mon", 10, 40),
        ("mon", 19, 30),
        ("tue", 10, 30),
    ]
    assert sum(hour.attempts for hour in found.by_hour) == DAY.attempts


def test_agents_have_their_own_row() -> None:
    bo, mei = summarise(DAY).by_agent
    assert (bo.agent, bo.mean_talk_s, bo.success_rate.value) == ("bo", 50.0, 0.0)
    assert (mei.success_rate.hits, mei.success_rate.of) == (5, 15)


def test_a_campaign_that_has_not_begun_has_no_rates_and_no_errors() -> None:
    empty = replace(
        DAY, leads=0, leads_by_state={}, attempts=0, outcomes={}, dispositions={}, connected=0, answered_by_person=0,
        contacts=0, successes=0, effective_calls=0, talk_s=0.0, answer_to_agent_ms=(),
        customer_waits_ms=(), connected_in_time=0, connected_late=0, by_agent={}, by_hour={},
    )  # fmt: skip
    found = summarise(empty, dispositions=STANDARD)
    assert found.contact_rate.value is None
    assert (found.contact_rate.low, found.contact_rate.high) == (0.0, 1.0)
    assert found.mean_talk_s is None
    assert found.answer_to_agent_ms == Percentiles(0, None, None, None)


def test_a_success_without_the_contact_flag_does_not_break_the_rate() -> None:
    assert summarise(replace(DAY, contacts=2, effective_calls=2)).success_rate.value == 1.0


def test_wilson_is_the_textbooks() -> None:
    rate = wilson(10, 100)
    assert (round(rate.low, 4), round(rate.high, 4)) == (0.0552, 0.1744)
    assert round(wilson(0, 10).high, 4) == 0.2775
    with pytest.raises(ValueError, match="no rate"):
        wilson(3, 2)


@given(st.integers(0, 10_000), st.integers(0, 10_000))
def test_the_interval_always_holds_the_rate(hits: int, misses: int) -> None:
    rate = wilson(hits, hits + misses)
    assert 0.0 <= rate.low <= rate.high <= 1.0
    assert rate.value is None or rate.low <= rate.value <= rate.high


@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=200))
def test_percentiles_are_values_that_occurred(values: list[float]) -> None:
    found = percentiles(values)
    assert found.p50 in values
    assert found.p95 in values
    assert found.p95 is not None
    assert sum(value <= found.p95 for value in values) >= math.ceil(0.95 * len(values))
