"""How many calls may still be abandoned."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.pacing import Earning, Window
from campaigns.pacing.budget import earned, earns, is_abandoned, left
from campaigns.statistics import wilson


def window(answered: int, abandoned: int, name: str = "24h", **leaving: int) -> Window:
    return Window(name=name, answered=answered, abandoned=abandoned, **leaving)


@pytest.mark.parametrize(("answered", "abandoned", "expected"), [
    (1000, 20, 10.0),
    (1000, 30, 0.0),
    (1000, 35, -5.0),
    (150, 0, 4.5),
    (0, 0, 3.825),  # a day may begin with a few, or a small team could never begin
    (75, 2, 2.1625),
])  # fmt: skip
def test_persons_who_answer_earn_the_calls_that_may_be_abandoned(answered, abandoned, expected) -> None:
    assert left([window(answered, abandoned)], 0.03) == pytest.approx(expected)


def test_the_strictest_window_counts() -> None:
    assert left([window(1000, 10), window(9000, 268, "30d")], 0.03) == pytest.approx(2.0)


def test_a_good_morning_that_falls_out_of_the_window_is_no_budget_any_more() -> None:
    assert left([window(1000, 28, leaving_answered=300, leaving_abandoned=0)], 0.03) == pytest.approx(21 - 28)


def test_nothing_counted_or_nothing_allowed_leaves_nothing() -> None:
    assert left([], 0.03) == 0
    assert left([window(10_000, 0)], 0.0) == 0


@given(st.integers(1, 20_000), st.floats(0.005, 0.1))
def test_where_the_bound_has_to_hold_the_wilson_interval_stays_below_the_cap(answered: int, cap: float) -> None:
    allowed = earned(answered, cap, Earning.BOUND)
    whole = int(allowed)
    if whole >= 1:
        assert wilson(whole, answered).high <= cap + 1e-9
    if allowed >= 0 and whole + 1 <= answered:
        assert wilson(whole + 1, answered).high > cap


def test_a_bound_cannot_hold_before_enough_persons_have_answered() -> None:
    assert not earns([window(150, 0)], 0.03, Earning.BOUND)
    assert earns([window(250, 0)], 0.03, Earning.BOUND)
    assert earns([window(0, 0)], 0.03, Earning.PLAIN)
    assert not earns([window(9000, 0)], 0.0, Earning.PLAIN)


@pytest.mark.parametrize(("seen", "expected"), [
    ({"by_person": True, "waited_s": 1.9}, False),
    ({"by_person": True, "waited_s": 2.0}, True),  # the limit ended the call
    ({"by_person": True, "waited_s": 2.4}, True),  # an agent came too late
    ({"by_person": True, "waited_s": 1.0, "hung_up": True}, False),
    ({"by_person": True, "waited_s": 3.0, "hung_up": True}, True),
    ({"by_person": False, "waited_s": 9.0}, False),
])  # fmt: skip
def test_a_person_with_no_agent_inside_the_limit_is_abandoned(seen, expected) -> None:
    assert is_abandoned(limit_s=2.0, **seen) is expected


def test_a_window_tells_its_rate_with_its_interval() -> None:
    rate = window(1000, 25).rate
    assert (rate.value, round(rate.low, 4), round(rate.high, 4)) == (0.025, 0.017, 0.0366)
    assert window(0, 3).rate.value == 1.0  # counts that cannot be are not hidden
