"""The fast world: days of a simulated centre, the same for every policy."""

from __future__ import annotations

import pytest

from campaigns.world import Break, Scenario, simulate

HOURS = 2.0


def run(agents: int = 4, **values: object):
    return simulate(Scenario(agents=agents, hours=HOURS, seed=5, **values))


def test_one_call_per_ready_agent_abandons_nobody_and_leaves_agents_waiting() -> None:
    """Closed form: busy time over busy time and the calls it takes to reach a person."""
    found = run(20, policy="progressive", days=3)
    busy, line = 105.0, 0.3 * 10.7 + 0.07 * 1.5 + 0.14 * 21 + 0.49 * 27
    assert found.abandoned == 0
    assert found.utilisation == pytest.approx(busy / (busy + line / 0.3), abs=0.03)


def test_predictive_keeps_agents_busier_inside_its_limit() -> None:
    ours, plain = run(10, days=3, abandon_rate_max=0.03), run(10, days=3, policy="progressive")
    assert ours.utilisation > plain.utilisation + 0.15
    assert ours.abandonment > 0
    assert ours.worst_rate <= 0.03


def test_without_an_allowance_predictive_dials_one_call_per_ready_agent() -> None:
    ours, plain = run(abandon_rate_max=0.0), run(policy="progressive")
    assert (ours.utilisation, ours.answered) == (plain.utilisation, plain.answered)


def test_the_same_seed_is_the_same_day_and_another_one_is_another() -> None:
    first, again, other = run(), run(), run(days=2).per_day[1]
    assert first.per_day == again.per_day
    assert other.answered != first.per_day[0].answered
    assert other == simulate(Scenario(agents=4, hours=HOURS, seed=6)).per_day[0]


def test_two_lines_per_agent_lose_many_customers_of_a_small_team() -> None:
    assert run(3, policy="power", lines_per_agent=2.0, days=2).abandonment > 0.05


def test_a_break_is_no_log_in_time() -> None:
    """Half of the team away for an hour of two: the rest goes on as if nothing were."""
    pause = Break(at_h=0.5, minutes=60, share=0.5)
    rested, plain = run(policy="progressive", breaks=(pause,)), run(policy="progressive")
    assert rested.answered < plain.answered * 0.9
    assert rested.utilisation == pytest.approx(plain.utilisation, abs=0.06)


def test_a_dialer_that_knows_its_leads_does_better() -> None:
    leads = {"low_share": 0.5, "low_rate": 0.05, "high_rate": 0.55, "days": 3}
    assert run(10, known_leads=True, **leads).utilisation > run(10, **leads).utilisation - 0.01


@pytest.mark.parametrize("values", [
    {"agents": 0}, {"agents": 3, "setup_from_s": 4.0}, {"agents": 3, "answer_rates": ((0.5, 0.2), (0.1, 0.3))},
    {"agents": 3, "policy": "psychic"},
])  # fmt: skip
def test_a_scenario_that_cannot_be_is_refused(values: dict[str, object]) -> None:
    with pytest.raises(ValueError):
        Scenario(**values)
