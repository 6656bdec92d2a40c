"""Runs scenarios: values in, compiled days, values out."""

from __future__ import annotations

import math
import time
from typing import Any, Final

import numpy as np

from campaigns.pacing.kernel import memory as rows
from campaigns.pacing.kernel.memory import Floats, Memory
from campaigns.pacing.prior import memory_of
from campaigns.pacing.tuning import THETA, rules_of
from campaigns.world.result import Day, Outcome
from campaigns.world.scenario import Adaptive, PolicyName, Scenario

_KINDS: Final = (
    PolicyName.PREDICTIVE, PolicyName.PROGRESSIVE, PolicyName.POWER, PolicyName.ADAPTIVE, PolicyName.KNOWN_ENDS,
    PolicyName.KNOWN_FATES,
)  # fmt: skip
_METHODS: Final = ("hard_limit", "tapered", "average")


def simulate(scenario: Scenario, *, learned: bool = False, tuned: dict[int, float] | None = None) -> Outcome:
    """`tuned`: other values for rules of the predictive policy, by their place in `kernel.memory`."""
    from campaigns.world import floor
    from campaigns.world.day import run_day

    parts = _parts(scenario, tuned)
    memory, days = None, []
    agents, numbers = np.zeros((floor.AGENT_ROWS, scenario.agents)), np.zeros(floor.NUMBERS)
    began = time.process_time()
    for k in range(scenario.days):
        if memory is None or not learned:
            memory = memory_of(scenario.prior, scenario.patience_s, THETA)
        run_day(scenario.seed + k, scenario.hours * 3600.0, *parts, memory, agents, numbers)
        _next_morning(memory)
        days.append(_day(scenario, scenario.seed + k, numbers, memory, floor))
    return Outcome(
        per_day=tuple(days),
        agent_hours=scenario.agents * scenario.hours * scenario.days,
        seconds=time.process_time() - began,
    )


def _next_morning(memory: Memory) -> None:
    """The clock begins at 0 again."""
    memory.cohorts[:, rows.COHORT_MINUTE] = rows.NEVER
    memory.numbers[[rows.RING_AT, rows.BUSY_AT]] = rows.NEVER


def _parts(scenario: Scenario, tuned: dict[int, float] | None) -> tuple[Floats, Floats, Floats, Floats, Floats, Floats]:
    """As the compiled day takes them."""
    like = np.array([
        scenario.setup_from_s, scenario.setup_to_s, scenario.ring_s, scenario.ring_cv, scenario.ring_limit_s,
        scenario.refused, scenario.machines, scenario.talk_s, scenario.talk_cv, scenario.short_share, scenario.short_s,
        scenario.wrap_s, scenario.low_share, scenario.low_rate, scenario.high_rate,
    ])  # fmt: skip
    rates = np.array([(0.0, scenario.answer_rate), *scenario.answer_rates])
    breaks = np.array([(b.at_h * 3600, b.minutes * 60, b.share) for b in scenario.breaks]).reshape(-1, 3)
    lines = scenario.lines if scenario.lines is not None else 400 + 20 * scenario.agents
    plan = np.array([
        _KINDS.index(scenario.policy), scenario.lines_per_agent, scenario.ticks, _gap(scenario),
        scenario.known_leads, lines, scenario.end_known,
    ])  # fmt: skip
    rules = rules_of(abandon_rate_max=scenario.abandon_rate_max, patience_s=scenario.patience_s)
    for place, value in (tuned or {}).items():
        rules[place] = value
    return like, rates, breaks, plan.astype(float), _peer(scenario, scenario.adaptive), rules


def _gap(scenario: Scenario) -> float:
    """Large teams need not decide at every event."""
    return scenario.gap_s if scenario.gap_s is not None else min(0.25, scenario.agents / 2000)


def _peer(scenario: Scenario, knobs: Adaptive) -> Floats:
    return np.array([
        _METHODS.index(knobs.method), knobs.level_max, knobs.intensity, knobs.target, knobs.ready_only,
        scenario.abandon_rate_max, scenario.hours * 3600,
    ], dtype=float)  # fmt: skip


def _day(scenario: Scenario, seed: int, numbers: Floats, memory: Memory, at: Any) -> Day:
    logged_in = scenario.agents * scenario.hours * 3600 - numbers[at.AWAY_S]
    waits, mean = max(numbers[at.AGENT_WAITS], 1.0), numbers[at.AGENT_WAITED_S] / max(numbers[at.AGENT_WAITS], 1.0)
    return Day(
        seed=seed,
        utilisation=float(numbers[at.BUSY_S] / logged_in),
        talk_share=float(numbers[at.TALK_S] / logged_in),
        attempts=int(numbers[at.PLACED]),
        answered=int(numbers[at.ANSWERED]),
        abandoned=int(numbers[at.ABANDONED]),
        cancelled=int(numbers[at.CANCELLED]),
        worst_rate=float(numbers[at.WORST]),
        waited_mean_s=float(numbers[at.WAITED_S] / waits),
        waited_most_s=float(numbers[at.WAITED_MOST_S]),
        agent_waited_s=float(mean),
        agent_waited_spread_s=math.sqrt(max(float(numbers[at.AGENT_WAITED_2] / waits - mean * mean), 0.0)),
        conversations=int(numbers[at.AGENT_WAITS]),
        lines_most=int(numbers[at.MOST_LINES]),
        decisions=int(numbers[at.DECISIONS]),
        theta=math.exp(memory.numbers[rows.LOG_THETA]),
    )
