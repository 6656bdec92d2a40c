"""The E-model (ITU-T G.107), checked against figures published with it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sip.quality import delay_impairment, loss_impairment, mean_opinion_score, opinion, rating

CODECS = st.sampled_from(["PCMA", "PCMU", "G722", "something"])


@pytest.mark.parametrize(
    ("r", "mos"), [(93.2, 4.41), (80, 4.02), (70, 3.60), (60, 3.10), (50, 2.58), (0, 1.0), (100, 4.5)]
)
def test_mos_of_r_is_that_of_annex_b(r: float, mos: float) -> None:
    assert opinion(r) == pytest.approx(mos, abs=0.01)


@pytest.mark.parametrize(("delay", "idd"), [(0, 0.0), (100, 0.0), (150, 0.2), (200, 3.0), (300, 14.6), (400, 24.0)])
def test_delay_costs_nothing_up_to_100_ms(delay: float, idd: float) -> None:
    assert delay_impairment(delay) == pytest.approx(idd, abs=0.6)


def test_one_percent_of_random_loss_on_g711_with_concealment() -> None:
    assert loss_impairment("PCMA", 1.0) == pytest.approx(95 / 26.1)


def test_a_perfect_g711_call_is_rated_4_41() -> None:
    assert mean_opinion_score("PCMA", received=5000, lost=0, jitter_ms=0.2, round_trip_ms=1.0) == 4.41


def test_nothing_received_has_no_score() -> None:
    assert mean_opinion_score("PCMA", received=0, lost=10, jitter_ms=0.0, round_trip_ms=0.0) is None


@given(CODECS, st.integers(1, 100_000), st.integers(0, 100_000), st.floats(0, 2000), st.floats(0, 10_000))
def test_the_score_stays_on_its_scale(codec: str, received: int, lost: int, jitter: float, trip: float) -> None:
    score = mean_opinion_score(codec, received=received, lost=lost, jitter_ms=jitter, round_trip_ms=trip)
    assert score is not None
    assert 1.0 <= score <= 4.5


@given(CODECS, st.floats(0, 99), st.floats(0.01, 1), st.floats(0, 1000))
def test_more_loss_is_never_better(codec: str, loss: float, more: float, delay: float) -> None:
    assert rating(codec, loss_percent=loss + more, delay_ms=delay) <= rating(codec, loss_percent=loss, delay_ms=delay)


@given(CODECS, st.floats(0, 20), st.floats(0, 1000), st.floats(0.1, 100))
def test_more_delay_is_never_better(codec: str, loss: float, delay: float, more: float) -> None:
    worse = rating(codec, loss_percent=loss, delay_ms=delay + more)
    assert worse <= rating(codec, loss_percent=loss, delay_ms=delay) + 1e-9
