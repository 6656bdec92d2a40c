"""Other dialers' ways to pace, for comparison: progressive, a fixed number of lines, and one that adapts a dial level
as ViciDial's documentation describes it."""

from __future__ import annotations

from typing import Final

from campaigns.pacing.kernel.jit import compiled
from campaigns.pacing.kernel.memory import Floats
from campaigns.world.floor import ABANDONED, ANSWERED, CALLS, IDLE, NOW, STAYING, WAITING

# What an adaptive dialer is told, and what it remembers.
METHOD, LEVEL_MOST, INTENSITY, TARGET, READY_ONLY, DROP_LIMIT, DAY_S, SETTINGS = range(8)
LEVEL, ADAPTED_AT, SEEN_AT, SUM_WAITING, SUM_AGENTS, SUM_S, ADAPTING = range(7)
HARD_LIMIT, TAPERED, AVERAGE = range(3)
EVERY_S: Final = 15.0


@compiled
def progressive(numbers: Floats) -> int:
    return max(int(numbers[IDLE] - numbers[WAITING] - numbers[CALLS]), 0)


@compiled
def power(numbers: Floats, lines_per_agent: float) -> int:
    return max(int(lines_per_agent * numbers[IDLE]) - int(numbers[CALLS] + numbers[WAITING]), 0)


@compiled
def adaptive(numbers: Floats, settings: Floats, level: Floats) -> int:
    """Calls = dial level x agents: all of them, each with a call, or only those who wait for one."""
    _watch(numbers, level)
    if numbers[NOW] - level[ADAPTED_AT] >= EVERY_S:
        _adapt(numbers, settings, level)
    under_way = numbers[CALLS] + numbers[WAITING]
    if settings[READY_ONLY] > 0.0:
        return max(int(level[LEVEL] * numbers[IDLE]) - int(under_way), 0)
    talking = numbers[STAYING] - numbers[IDLE]
    return max(int(level[LEVEL] * numbers[STAYING]) - int(under_way + talking), 0)


@compiled
def _watch(numbers: Floats, level: Floats) -> None:
    """Means over time of agents who wait less customers who wait, and of agents."""
    lasted = numbers[NOW] - level[SEEN_AT]
    level[SEEN_AT] = numbers[NOW]
    level[SUM_WAITING] += lasted * (numbers[IDLE] - numbers[WAITING])
    level[SUM_AGENTS] += lasted * numbers[STAYING]
    level[SUM_S] += lasted


@compiled
def _adapt(numbers: Floats, settings: Floats, level: Floats) -> None:
    agents = level[SUM_AGENTS] / max(level[SUM_S], 1e-9)
    difference = level[SUM_WAITING] / max(level[SUM_S], 1e-9)
    level[ADAPTED_AT] = numbers[NOW]
    level[SUM_WAITING], level[SUM_AGENTS], level[SUM_S] = 0.0, 0.0, 0.0
    share = (difference - settings[TARGET]) / max(agents, 1.0)
    share *= 1.0 + settings[INTENSITY] / 100.0
    wanted = level[LEVEL] * (1.0 + share)
    dropped = numbers[ABANDONED] / max(numbers[ANSWERED], 1.0)
    limit = settings[DROP_LIMIT]
    if settings[METHOD] == TAPERED:
        limit *= 2.0 - min(numbers[NOW] / settings[DAY_S], 1.0)
    if dropped > limit:
        wanted = min(wanted, level[LEVEL] * 0.9) if settings[METHOD] == AVERAGE else 1.0
    level[LEVEL] = min(max(wanted, 1.0), settings[LEVEL_MOST])
