"""The simulated numbers behave repeatably, and by their endings where a rule names them."""

from __future__ import annotations

import random
from collections import Counter

import pytest

from sip.simulator.behaviour import STOCK_ENDINGS, Behaviour, Kind, NumberingPlan, NumberRule, Seconds, stock_plan


def test_the_same_seed_repeats_every_fate() -> None:
    first, again, other = stock_plan(seed=1), stock_plan(seed=1), stock_plan(seed=2)
    numbers = [f"+86138123{n:05d}" for n in range(200)]

    def fates(plan: NumberingPlan) -> list[Kind]:
        return [plan.draw(number, 0)[0].kind for number in numbers]

    assert fates(first) == fates(again)
    assert fates(first) != fates(other)


def test_a_number_that_was_busy_may_answer_the_next_time() -> None:
    plan = stock_plan()
    kinds = {plan.draw("+8613812345678", nth)[0].kind for nth in range(60)}
    assert {Kind.BUSY, Kind.TALKS} <= kinds


@pytest.mark.parametrize(("ending", "kind"), sorted(STOCK_ENDINGS.items()))
def test_stock_endings_name_their_behaviour(ending: str, kind: Kind) -> None:
    assert all(stock_plan(seed=s).draw(f"+8613812{ending}", s)[0].kind is kind for s in range(20))


def test_the_longest_ending_wins() -> None:
    plan = NumberingPlan(
        rules=(
            NumberRule(ending="1", behaviour=Behaviour(kind=Kind.BUSY)),
            NumberRule(ending="001", behaviour=Behaviour(kind=Kind.TALKS)),
        )
    )
    assert plan.draw("+86138000001", 0)[0].kind is Kind.TALKS
    assert plan.draw("+86138000011", 0)[0].kind is Kind.BUSY


def test_the_mix_follows_its_weights() -> None:
    plan = stock_plan(weights={Kind.TALKS: 3.0, Kind.BUSY: 1.0})
    seen = Counter(plan.draw(f"+86139{n:08d}", 0)[0].kind for n in range(4000))
    assert 0.70 < seen[Kind.TALKS] / 4000 < 0.80


def test_durations_have_their_mean_and_keep_their_limits() -> None:
    chance = random.Random(5)
    drawn = [Seconds(mean=12, cv=0.6, least=2, most=90).draw(chance) for _ in range(5000)]
    assert 11.5 < sum(drawn) / len(drawn) < 12.6
    assert min(drawn) >= 2
    assert Seconds(mean=4).draw(chance) == 4


@pytest.mark.parametrize("wrong", [{"mean": -1}, {"mean": 1, "cv": -1}, {"mean": 1, "least": 5, "most": 2}])
def test_impossible_durations_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="seconds need"):
        Seconds(**wrong)
