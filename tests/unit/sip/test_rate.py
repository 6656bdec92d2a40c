"""Calls per second: never more than the carrier meters, never less than it allows."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sip.rate import TokenBucket

RATES = st.floats(0.05, 200)
PAUSES = st.lists(st.floats(0, 30), min_size=1, max_size=60)


@given(rate=RATES, burst=st.floats(1, 10), pauses=PAUSES)
def test_no_stretch_of_time_has_more_calls_than_its_rate_and_one_burst(
    rate: float, burst: float, pauses: list[float]
) -> None:
    bucket, now, taken = TokenBucket(rate=rate, burst=burst), 1000.0, []
    for pause in pauses:
        now += pause
        while bucket.take(now):
            taken.append(now)
    for index, start in enumerate(taken):
        for count, end in enumerate(taken[index:], start=1):
            assert count <= rate * (end - start) + burst + 1e-5


@given(rate=RATES, pauses=PAUSES)
def test_whoever_waits_as_told_gets_a_token_and_nobody_gets_one_before(rate: float, pauses: list[float]) -> None:
    bucket, now = TokenBucket(rate=rate), 0.0
    for pause in pauses:
        now += pause
        wait = bucket.wait_s(now)
        assert (wait == 0.0) == (wait <= 0)
        if wait > 1e-6:
            assert not bucket.take(now + wait * 0.9)
        now += wait
        assert bucket.take(now + 1e-9)


def test_a_pause_does_not_pile_up_calls() -> None:
    bucket = TokenBucket(rate=2.0)
    assert bucket.take(0.0)
    assert bucket.take(3600.0)
    assert not bucket.take(3600.0)
    assert bucket.wait_s(3600.0) == 0.5


def test_a_clock_that_steps_back_gives_nothing_away() -> None:
    bucket = TokenBucket(rate=1.0)
    assert bucket.take(100.0)
    assert not bucket.take(50.0)
    assert not bucket.take(100.5)
    assert bucket.take(101.0)


@pytest.mark.parametrize(("rate", "burst"), [(0.0, 1.0), (-1.0, 1.0), (1.0, 0.5)])
def test_a_budget_that_could_never_place_a_call_is_refused(rate: float, burst: float) -> None:
    with pytest.raises(ValueError, match=r"must be"):
        TokenBucket(rate=rate, burst=burst)
