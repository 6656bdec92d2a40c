"""The risk that one more call finds no agent."""

from __future__ import annotations

import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from campaigns.pacing.kernel.busy import normal_below
from campaigns.pacing.kernel.memory import M
from campaigns.pacing.kernel.risk import EXACT, below, mixed, weigh

pytestmark = pytest.mark.usefixtures("warm")
CHANCES = st.floats(0, 1)
MANY = 40


def terms(*rows: float) -> np.ndarray:
    """Chances that are the same at every moment."""
    return np.tile(np.array(rows, dtype=np.float64), (M, 1))


def at_most(chances: list[float], k: int, exact: int = EXACT) -> float:
    found = below(terms(*chances), len(chances), k, k, exact)
    return found[0, 0]


def by_hand(chances: list[float], k: int) -> float:
    """P(at most k of them happen), one event after the other."""
    found = [1.0]
    for p in chances:
        found = [a * (1 - p) + b * p for a, b in zip([*found, 0.0], [0.0, *found], strict=True)]
    return sum(found[: max(k + 1, 0)])


@settings(deadline=None)  # the first one may compile
@given(st.lists(CHANCES, max_size=MANY), st.integers(-3, MANY + 3))
def test_the_number_of_events_is_exact_for_small_teams(chances: list[float], k: int) -> None:
    assert at_most(chances, k) == pytest.approx(by_hand(chances, k), abs=1e-9)


@pytest.mark.parametrize("count", [MANY + 1, 60, 150])
@pytest.mark.parametrize("shape", [(0.7, 0.7), (1, 4), (5, 1)])
def test_it_is_close_for_large_ones_and_never_falls(count: int, shape: tuple[float, float]) -> None:
    luck = random.Random(count)
    chances = [luck.betavariate(*shape) for _ in range(count)]
    found = below(terms(*chances), count, 0, count, 0)[:, 0]
    assert (np.diff(found) >= 0).all()
    middle = int(sum(chances))
    for k in (middle - 3, middle, middle + 2):
        assert found[k] == pytest.approx(by_hand(chances, k), abs=0.003)
        assert at_most(chances, k, exact=10**9) == pytest.approx(by_hand(chances, k), abs=1e-9)


def test_a_large_team_of_the_certain_is_certain() -> None:
    found = below(terms(*[1.0] * 60), 60, 58, 60, 0)[:, 0]
    assert found.tolist() == pytest.approx([0.0, 0.0, 1.0])


def test_the_normal_distribution_is_as_tables_have_it() -> None:
    assert [normal_below(x) for x in (-1.96, 0.0, 1.2816)] == pytest.approx([0.0250, 0.5, 0.9], abs=1e-4)


BUSY, FRESH = (0.9, 0.8, 0.5, 0.7, 0.9), 0.3  # three agents' chances to be free, two calls' not to be answered


def weighed(
    *, rows: np.ndarray | None = None, fresh: float = FRESH, late: float = 1.0, **changes: object
) -> tuple[int, float, bool]:
    events = terms(*BUSY) if rows is None else rows
    values: dict[str, object] = {
        "uncovered": 2, "most": 6, "theta": 0.1, "allowed": 50, "tail": 1e-4, "peak_weight": 0.5, **changes
    }  # fmt: skip
    count = events.shape[1]
    return weigh(events, count, count, late, 1.0, np.full(M, fresh), *values.values())


def test_a_call_is_added_while_its_risk_is_worth_taking() -> None:
    """The risks of the calls, one by one: at most as many agents free as customers who have answered before."""
    risks = [by_hand([*BUSY, *[1 - FRESH] * more], 2 + more) for more in range(4)]
    assert risks == sorted(risks)
    for theta, placed in ((risks[0] - 1e-6, 0), (risks[0] + 1e-6, 1), (risks[2] + 1e-6, 3)):
        found = weighed(theta=theta)
        assert (found[0], found[2]) == (placed, False)
        assert found[1] == pytest.approx(risks[placed], abs=1e-9)


def test_calls_under_way_that_could_use_up_the_budget_stop_the_next_one() -> None:
    assert weighed(theta=1.0)[0] == 6
    assert weighed(theta=1.0, allowed=-1) == (0, pytest.approx(weighed(theta=0.0)[1]), True)
    placed, _, guarded = weighed(theta=1.0, allowed=1)
    assert guarded
    assert placed < 6


def test_the_guard_counts_on_agents_later_than_the_risk_does() -> None:
    sure, doubtful = (weighed(theta=1.0, allowed=2, tail=0.05, late=late) for late in (1.0, 1.6))
    assert sure[0] > doubtful[0]
    assert weighed(theta=0.1, late=1.6) == weighed(theta=0.1)


def test_the_worst_moment_weighs_as_much_as_all_together() -> None:
    rows = np.array([[0.2], [1.0], [1.0], [1.0]])
    assert mixed(1 - rows.T, 0, 0.5) == pytest.approx(0.5 * 0.8 / 4 + 0.5 * 0.8)
    assert weighed(rows=rows, uncovered=0, theta=0.0)[1] == pytest.approx(0.5 * 0.8 / 4 + 0.5 * 0.8)


def test_an_agent_who_is_ready_and_has_no_call_makes_the_next_one_free_of_risk() -> None:
    assert weighed(uncovered=-1, theta=0.0, most=1) == (1, 0.0, False)


@pytest.mark.parametrize("agents", [5, 90])
def test_nobody_to_come_is_a_certain_loss(agents: int) -> None:
    assert weighed(rows=terms(*[0.0] * agents), uncovered=0, theta=0.99) == (0, pytest.approx(1.0), False)
