"""How much risk is worth taking: it follows what is left of the budget."""

from __future__ import annotations

import math

from campaigns.pacing.kernel.jit import compiled
from campaigns.pacing.kernel.memory import (
    BINDING,
    CAP,
    CREDIT,
    CREDIT_OVER,
    CREDIT_SHARE,
    GAIN,
    HARD,
    HIGHEST_LOG_THETA,
    LOG_THETA,
    LOWEST_LOG_THETA,
    ROOM_BASE,
    ROOM_ROOT,
    STEP,
    Floats,
    Memory,
)


@compiled
def room(agents: int, rules: Floats) -> float:
    """Calls left in the budget at which a team dials at its steady risk: larger teams lose more of them at once."""
    return rules[ROOM_BASE] + rules[ROOM_ROOT] * math.sqrt(max(agents, 1))


@compiled
def steered(log_theta: float, calls_left: float, agents: int, binding: bool, rules: Floats) -> float:
    """Where theta was not what kept calls from being placed, answers tell nothing that would raise it."""
    middle = room(agents, rules)
    excess = min(max((calls_left - middle) / (middle - rules[HARD]), -1.0), 1.0)
    if excess > 0.0 and not binding:
        return log_theta
    return min(max(log_theta + rules[STEP] * excess, LOWEST_LOG_THETA), HIGHEST_LOG_THETA)


@compiled
def theta_of(log_theta: float, calls_left: float, agents: int, rules: Floats) -> float:
    gain = (calls_left - rules[HARD]) / (room(agents, rules) - rules[HARD])
    return math.exp(log_theta) * min(max(gain, 0.0), rules[GAIN])


@compiled
def earned(answered: int, rules: Floats) -> float:
    credit = min(rules[CREDIT], rules[CREDIT_SHARE] * rules[CAP] * rules[CREDIT_OVER])
    return rules[CAP] * answered + credit * max(0.0, 1.0 - answered / rules[CREDIT_OVER])


@compiled
def steer(memory: Memory, rules: Floats, calls_left: float, agents: int) -> None:
    """After a person answered or was abandoned."""
    numbers = memory.numbers
    numbers[LOG_THETA] = steered(numbers[LOG_THETA], calls_left, agents, numbers[BINDING] > 0.0, rules)
