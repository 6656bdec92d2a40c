"""What came of simulated days."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import fmean


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """`utilisation`: share of the log-in time, breaks taken off, spent talking or wrapping up. `worst_rate`: the
    highest abandonment rate after 200 persons had answered. `waited_*`: customers from the answer to an agent.
    `agent_waited_*`: agents from one conversation to the next; the spread is their standard deviation.
    `theta`: the steady risk at the end."""

    seed: int
    utilisation: float
    talk_share: float
    attempts: int
    answered: int
    abandoned: int
    cancelled: int
    worst_rate: float
    waited_mean_s: float
    waited_most_s: float
    agent_waited_s: float
    agent_waited_spread_s: float
    conversations: int
    lines_most: int
    decisions: int
    theta: float

    @property
    def abandonment(self) -> float:
        return self.abandoned / self.answered if self.answered else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """`spread`: standard error of the mean utilisation. `worst_rate`: of all days."""

    per_day: tuple[Day, ...]
    agent_hours: float
    seconds: float

    @property
    def utilisation(self) -> float:
        return fmean(day.utilisation for day in self.per_day)

    @property
    def spread(self) -> float:
        mean, n = self.utilisation, len(self.per_day)
        return float((sum((day.utilisation - mean) ** 2 for day in self.per_day) / max(n - 1, 1) / n) ** 0.5)

    @property
    def answered(self) -> int:
        return sum(day.answered for day in self.per_day)

    @property
    def abandoned(self) -> int:
        return sum(day.abandoned for day in self.per_day)

    @property
    def abandonment(self) -> float:
        return self.abandoned / self.answered if self.answered else 0.0

    @property
    def worst_day(self) -> float:
        return max((day.abandonment for day in self.per_day if day.answered >= 200), default=0.0)

    @property
    def worst_rate(self) -> float:
        return max(day.worst_rate for day in self.per_day)
