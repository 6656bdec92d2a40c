"""Milliseconds of one predictive decision, from what the engine sees to the answer, on the processor: time in which
other processes run is not counted."""

from __future__ import annotations

import random
import time

from bench.figure import Figure, Goal, quantile
from campaigns.pacing import CallSeen, PacingView, Predictive, PredictiveSettings, Window, warm_up

_ROUNDS = 3000
_GOALS = {50: 1.0, 500: 5.0}


async def measure() -> list[Figure]:
    warm_up()
    return [_figure(agents, goal) for agents, goal in _GOALS.items()]


def _figure(agents: int, goal: float) -> Figure:
    luck = random.Random(agents)
    policy = Predictive(PredictiveSettings(burst=1.0))
    took = []
    for number in range(_ROUNDS):
        parts = _parts(luck, agents)
        began = time.thread_time()
        policy.decide(_view(number * 0.5, *parts))
        took.append((time.thread_time() - began) * 1000)
    return Figure(
        figure=f"pacing_decision_{agents}", value=round(quantile(took, 0.99), 3), unit="ms of processor time, 99 %",
        goal=Goal("<=", goal),
        details={"median_ms": round(quantile(took, 0.5), 3), "rounds": _ROUNDS},
    )  # fmt: skip


def _parts(luck: random.Random, agents: int) -> tuple[tuple[float, ...], tuple[float, ...], list[tuple[float, float]]]:
    talks = int(agents * 0.85)
    calls = [(age, age - 2) for age in (luck.uniform(0, 27) for _ in range(agents // 2))]
    return (
        tuple(luck.lognormvariate(4, 1) for _ in range(talks)),
        tuple(luck.uniform(0, 20) for _ in range(agents - talks - 1)),
        calls,
    )


def _view(
    at_s: float, talking: tuple[float, ...], wrapping: tuple[float, ...], calls: list[tuple[float, float]]
) -> PacingView:
    ringing = tuple(CallSeen(n, age, rang if rang > 0 else None) for n, (age, rang) in enumerate(calls))
    return PacingView(
        ready_agents=1, covered=len(calls), lines_free=1000, rate_tokens_s=50.0, at_s=at_s, talking_s=talking,
        wrapping_s=wrapping, calls=ringing,
        windows=(Window(name="24h", answered=9000, abandoned=200), Window(name="30d", answered=90_000, abandoned=2000)),
    )  # fmt: skip
