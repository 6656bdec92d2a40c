"""What one rehearsal brought: the figures a planner asks for. Times in seconds unless a name says otherwise."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from campaigns.forecast import quantile
from campaigns.statistics import Rate, wilson


@dataclass(frozen=True, slots=True, kw_only=True)
class Waits:
    """Of so many waits."""

    count: int = 0
    mean: float = 0.0
    p50: float = 0.0
    p95: float = 0.0
    most: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class LinesUsed:
    """Customer legs at the same time, while an agent was at work: `p95` was enough for 95 % of that time."""

    peak: int = 0
    p95: int = 0
    mean: float = 0.0
    calls_per_second: int = 0  # most attempts placed within one second


@dataclass(frozen=True, slots=True, kw_only=True)
class HourRow:
    """`hour` local, "2026-11-30T09"; `busy_s` talk and wrap-up of `staffed_s` logged in and not on a break."""

    hour: str
    attempts: int = 0
    persons: int = 0
    contacts: int = 0
    successes: int = 0
    abandoned: int = 0
    busy_s: float = 0.0
    staffed_s: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentRow:
    agent_id: str
    conversations: int
    talk_s: float
    wrap_up_s: float
    ready_s: float
    paused_s: float
    longest_wait_s: float

    @property
    def utilisation(self) -> float | None:
        return _utilisation(self.talk_s + self.wrap_up_s, self.ready_s)


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """`whole` is False where it was stopped on the way. `runs_dry_at`: the first time that agents stood ready and no
    lead was due; `finished_at`: no lead was open any more. `deadline_holds` None: none was set, or it lies behind the
    last day with leads still open."""

    scenario: str
    policy: str
    seed: int
    starts_on: str
    days: int
    whole: bool = True
    leads: int = 0
    leads_open: int = 0
    leads_reached: int = 0
    attempts: int = 0
    outcomes: Mapping[str, int] = field(default_factory=dict)
    dispositions: Mapping[str, int] = field(default_factory=dict)
    persons: int = 0
    conversations: int = 0
    contacts: int = 0
    successes: int = 0
    abandoned: int = 0
    worst_day_abandoned: tuple[int, int] = (0, 0)  # abandoned, of answered by a person
    talk_s: float = 0.0
    wrap_up_s: float = 0.0
    ready_s: float = 0.0
    paused_s: float = 0.0
    agents_wait: Waits = Waits()
    customers_wait: Waits = Waits()
    lines: LinesUsed = LinesUsed()
    runs_dry_at: str | None = None
    finished_at: str | None = None
    deadline: str | None = None
    deadline_holds: bool | None = None
    goals: Mapping[str, bool] = field(default_factory=dict)
    idle_s: Mapping[str, float] = field(default_factory=dict)
    alarms: tuple[str, ...] = ()
    faults: int = 0  # of our own: anything but 0 is a bug
    by_hour: tuple[HourRow, ...] = ()
    by_agent: tuple[AgentRow, ...] = ()
    took_s: float = 0.0  # real time

    @property
    def utilisation(self) -> float | None:
        """Talk and wrap-up of the time logged in and not on a break."""
        return _utilisation(self.talk_s + self.wrap_up_s, self.ready_s)

    @property
    def abandonment(self) -> Rate:
        return wilson(self.abandoned, self.persons)

    def plain(self) -> dict[str, Any]:
        """For JSON."""
        rate = self.abandonment
        rows = [{**asdict(row), "utilisation": row.utilisation} for row in self.by_agent]
        return {
            **asdict(self),
            "worst_day_abandoned": list(self.worst_day_abandoned),
            "utilisation": self.utilisation,
            "abandonment": {"value": rate.value, "low": rate.low, "high": rate.high},
            "by_agent": rows,
        }


def waits(values: Sequence[float]) -> Waits:
    if not values:
        return Waits()
    ordered = sorted(values)
    return Waits(
        count=len(ordered),
        mean=sum(ordered) / len(ordered),
        p50=quantile(ordered, 0.50),
        p95=quantile(ordered, 0.95),
        most=ordered[-1],
    )


def lines_used(seconds: Mapping[int, float], fastest: int) -> LinesUsed:
    """`seconds`: for how long so many legs were up."""
    total = sum(seconds.values())
    if total <= 0:
        return LinesUsed(peak=max(seconds, default=0), calls_per_second=fastest)
    passed, enough = 0.0, 0
    for legs in sorted(seconds):
        passed, enough = passed + seconds[legs], legs
        if passed >= 0.95 * total:
            break
    mean = sum(legs * share for legs, share in seconds.items()) / total
    return LinesUsed(peak=max(seconds), p95=enough, mean=mean, calls_per_second=fastest)


def _utilisation(busy_s: float, ready_s: float) -> float | None:
    at_work = busy_s + ready_s
    return busy_s / at_work if at_work else None
