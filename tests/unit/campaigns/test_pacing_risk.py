"""The risk that one more call finds no agent."""

from __future__ import annotations

import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.pacing.risk import EXACT, Number, Odds, normal_cdf, weigh

CHANCES = st.floats(0, 1)


def by_hand(chances: list[float], k: int) -> float:
    """P(at most k of them happen), one event after the other."""
    found = [1.0]
    for p in chances:
        found = [a * (1 - p) + b * p for a, b in zip([*found, 0.0], [0.0, *found], strict=True)]
    return sum(found[: max(k + 1, 0)])


@given(st.lists(CHANCES, max_size=EXACT), st.integers(-3, EXACT + 3))
def test_the_number_of_events_is_exact_for_small_teams(chances: list[float], k: int) -> None:
    found = Number(np.array(chances).reshape(-1, 1)).at_most(k, 1)[0, 0]
    assert found == pytest.approx(by_hand(chances, k), abs=1e-9)


@pytest.mark.parametrize("count", [EXACT + 1, 60, 150])
@pytest.mark.parametrize("shape", [(0.7, 0.7), (1, 4), (5, 1)])
def test_it_is_close_for_large_ones_and_never_falls(count: int, shape: tuple[float, float]) -> None:
    luck = random.Random(count)
    chances = [luck.betavariate(*shape) for _ in range(count)]
    found = Number(np.array(chances).reshape(-1, 1)).at_most(0, len(chances) + 1)[0]
    assert (np.diff(found) >= 0).all()
    middle = int(sum(chances))
    for k in (middle - 3, middle, middle + 2):
        assert found[k] == pytest.approx(by_hand(chances, k), abs=0.003)


def test_a_large_team_of_the_certain_is_certain() -> None:
    found = Number(np.ones((60, 1))).at_most(58, 3)[0]
    assert found.tolist() == pytest.approx([0.0, 0.0, 1.0])


def test_the_normal_distribution_is_as_tables_have_it() -> None:
    assert normal_cdf(np.array([-1.96, 0.0, 1.2816])) == pytest.approx([0.0250, 0.5, 0.9], abs=1e-4)


def moments(*rows: float) -> np.ndarray:
    """Chances that are the same at each of two moments."""
    return np.array([[row, row] for row in rows]).reshape(-1, 2)


def weighed(**changes: object):
    values: dict[str, object] = {
        "odds": Odds(moments(0.9, 0.8, 0.5), moments(0.3, 0.1), np.array([0.3, 0.3])),
        "floor": 0, "uncovered": 2, "most": 6, "theta": 0.1, "allowed": 50, "tail": 1e-4, "peak_weight": 0.5,
    }  # fmt: skip
    return weigh(**{**values, **changes})


def test_a_call_is_added_while_its_risk_is_worth_taking() -> None:
    """The risks of the calls, one by one: at most as many agents free as customers who have answered before."""
    risks = [by_hand([0.9, 0.8, 0.5, 0.7, 0.9, *[0.7] * more], 2 + more) for more in range(4)]
    assert risks == sorted(risks)
    for theta, placed in ((risks[0] - 1e-6, 0), (risks[0] + 1e-6, 1), (risks[2] + 1e-6, 3)):
        found = weighed(theta=theta)
        assert (found.placed, found.guarded) == (placed, False)
        assert found.risk == pytest.approx(risks[placed], abs=1e-9)


def test_calls_under_way_that_could_use_up_the_budget_stop_the_next_one() -> None:
    assert weighed(theta=1.0).placed == 6
    assert weighed(theta=1.0, allowed=-1) == (0, pytest.approx(weighed(theta=0).risk), True)
    found = weighed(theta=1.0, allowed=1)
    assert found.guarded
    assert found.placed < 6


def test_calls_of_the_floor_count_as_placed() -> None:
    """Two more calls that may be answered, and two agents fewer without a call."""
    beside = weighed(odds=Odds(moments(0.9, 0.8, 0.5), moments(0.3, 0.1, 0.3), np.array([0.3, 0.3])), theta=0)
    assert weighed(floor=1, theta=0).risk == pytest.approx(beside.risk)


def test_the_worst_moment_weighs_as_much_as_all_together() -> None:
    odds = Odds(np.array([[0.2, 1.0]]), np.zeros((0, 2)), np.array([0.3, 0.3]))
    found = weighed(odds=odds, uncovered=0, theta=0)
    assert found.risk == pytest.approx(0.5 * (0.8 + 0.0) / 2 + 0.5 * 0.8)


@pytest.mark.parametrize("agents", [5, 90])
def test_nobody_to_come_is_a_certain_loss(agents: int) -> None:
    odds = Odds(np.zeros((agents, 2)), np.zeros((0, 2)), np.array([0.3, 0.3]))
    found = weighed(odds=odds, uncovered=0, theta=0.99)
    assert found == (0, pytest.approx(1.0), False)
