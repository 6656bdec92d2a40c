"""Abandonment over the last 24 hours and 30 days."""

from __future__ import annotations

import json

import pytest

from campaigns.pacing import Tally

HOUR = 3600.0
NOON = 20_000 * 86_400.0 + 12 * HOUR


def tallied(*days: tuple[float, int, int]) -> Tally:
    tally = Tally()
    for at, answered, abandoned in days:
        for _ in range(answered):
            tally.answered(at)
        for _ in range(abandoned):
            tally.abandoned(at)
    return tally


def read(tally: Tally, at: float) -> dict[str, tuple[int, int]]:
    return {window.name: (window.answered, window.abandoned) for window in tally.windows(at)}


def test_a_day_and_thirty_days_are_counted_apart() -> None:
    tally = tallied((NOON - 20 * 24 * HOUR, 500, 14), (NOON - 3 * HOUR, 100, 2))
    assert read(tally, NOON) == {"24h": (100, 2), "30d": (600, 16)}
    assert read(tally, NOON + 11 * 24 * HOUR) == {"24h": (0, 0), "30d": (100, 2)}


def test_what_happens_now_counts_at_once() -> None:
    tally = tallied((NOON - HOUR, 10, 0))
    assert read(tally, NOON)["24h"] == (10, 0)
    tally.answered(NOON + 1)
    tally.abandoned(NOON + 1)
    assert read(tally, NOON + 4)["24h"] == (11, 1)
    tally.abandoned(NOON - HOUR)  # answered in another bin than this one
    assert read(tally, NOON + 5)["24h"] == (11, 2)


def test_at_the_edge_of_a_window_the_rate_is_rather_too_high_than_too_low() -> None:
    tally = tallied((NOON - 24 * HOUR + 60, 50, 3))
    assert read(tally, NOON)["24h"] == (0, 3)


@pytest.mark.parametrize(("ago_h", "leaving"), [(23.5, (40, 1)), (22.0, (0, 0))])
def test_what_leaves_the_window_within_the_hour_is_told(ago_h: float, leaving: tuple[int, int]) -> None:
    window = tallied((NOON - ago_h * HOUR, 40, 1)).windows(NOON)[0]
    assert (window.leaving_answered, window.leaving_abandoned) == leaving


def test_it_is_stored_as_plain_data_and_only_as_long_as_it_counts() -> None:
    tally = tallied((NOON - 40 * 24 * HOUR, 9, 9), (NOON - HOUR, 5, 1))
    tally.windows(NOON)
    stored = json.loads(json.dumps(tally.to_dict()))
    assert len(stored) == 1
    assert read(Tally.from_dict(stored), NOON) == read(tally, NOON)
    with pytest.raises(ValueError, match="two whole numbers"):
        Tally.from_dict({"7": ["many", 0]})
