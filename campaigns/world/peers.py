"""Other dialers' ways to pace, for comparison: progressive, a fixed number of lines, and one that adapts a dial level
as ViciDial does."""

from __future__ import annotations

from typing import Final

from campaigns.pacing.kernel.jit import compiled
from campaigns.pacing.kernel.memory import Floats
from campaigns.world.floor import ABANDONED, ANSWERED, CALLS, IDLE, NOW, PLACED, STAYING, WAITING

# What an adaptive dialer is told, and what it remembers.
METHOD, LEVEL_MOST, INTENSITY, TARGET, READY_ONLY, DROP_LIMIT, DAY_S, SETTINGS = range(8)
LEVEL, ADAPTED_AT, SEEN_AT, SUM_WAITING, SUM_AGENTS, SUM_S, ADAPTING = range(7)
HARD_LIMIT, TAPERED, AVERAGE = range(3)
EVERY_S: Final = 15.0
DROPS_COUNT_FROM: Final = 50  # calls
TAPER_S: Final = 36000.0


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
    share, intensity = (difference - settings[TARGET]) / max(agents, 1.0), settings[INTENSITY] / 100.0
    share *= 1.0 + intensity if share >= 0.0 else 1.0 - intensity
    wanted = max(min(level[LEVEL] * (1.0 + share), settings[LEVEL_MOST]), 1.0)
    if numbers[PLACED] > DROPS_COUNT_FROM and numbers[ABANDONED] > settings[DROP_LIMIT] * numbers[ANSWERED]:
        wanted *= _lowered(numbers, settings)
    level[LEVEL] = max(wanted, 1.0)


@compiled
def _lowered(numbers: Floats, settings: Floats) -> float:
    """By what the level is multiplied every 15 s while more than the limit is dropped."""
    if settings[METHOD] == HARD_LIMIT:
        return 0.0
    if settings[METHOD] == AVERAGE:
        return 0.5
    return min((settings[DAY_S] - numbers[NOW]) / TAPER_S, 1.0)
