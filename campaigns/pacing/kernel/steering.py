"""How much risk is worth taking: it follows what is left of the budget."""

from __future__ import annotations

import math
from typing import Final

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
    HORIZON,
    LOG_THETA,
    LOWEST_LOG_THETA,
    ROOM_BASE,
    ROOM_ROOT,
    STEP,
    Floats,
    Memory,
)

_USUAL_CAP: Final = 0.029
_SMALL_TEAM: Final = 30.0


@compiled
def room(agents: int, closes_in_s: float, rules: Floats) -> float:
    """Calls left in the budget at which a team dials at its steady risk: larger teams and larger budgets lose more of
    them at once, and towards the end of the calling time there is less to keep them for."""
    share = math.sqrt(min(max(closes_in_s, 0.0) / rules[HORIZON], 1.0) * min(rules[CAP] / _USUAL_CAP, 1.0))
    return rules[ROOM_BASE] + rules[ROOM_ROOT] * math.sqrt(max(agents, 1)) * share


@compiled
def usual(agents: int, rules: Floats) -> float:
    """The steady risk of such a team under such a cap, against a small one's under the usual cap."""
    return max(agents / _SMALL_TEAM, 1.0) ** 0.6 * min(rules[CAP] / _USUAL_CAP, 1.0) ** 0.7


@compiled
def steered(log_theta: float, calls_left: float, middle: float, binding: bool, rules: Floats) -> float:
    """Where theta was not what kept calls from being placed, answers tell nothing that would raise it."""
    excess = min(max((calls_left - middle) / (middle - rules[HARD]), -1.0), 1.0)
    if excess > 0.0 and not binding:
        return log_theta
    return min(max(log_theta + rules[STEP] * excess, LOWEST_LOG_THETA), HIGHEST_LOG_THETA)


@compiled
def theta_of(log_theta: float, calls_left: float, agents: int, closes_in_s: float, rules: Floats) -> float:
    gain = (calls_left - rules[HARD]) / (room(agents, closes_in_s, rules) - rules[HARD])
    return min(math.exp(log_theta) * usual(agents, rules) * min(max(gain, 0.0), rules[GAIN]), 1.0)


@compiled
def earned(answered: int, rules: Floats) -> float:
    credit = min(rules[CREDIT], rules[CREDIT_SHARE] * rules[CAP] * rules[CREDIT_OVER])
    return rules[CAP] * answered + credit * max(0.0, 1.0 - answered / rules[CREDIT_OVER])


@compiled
def steer(memory: Memory, rules: Floats, calls_left: float, agents: int, closes_in_s: float) -> None:
    """After a person answered or was abandoned."""
    numbers, middle = memory.numbers, room(agents, closes_in_s, rules)
    numbers[LOG_THETA] = steered(numbers[LOG_THETA], calls_left, middle, numbers[BINDING] > 0.0, rules)
