"""The figures that follow from the table: goals of utilisation, the cap, and the comparison at a third of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from bench.figure import Figure, Goal
from bench.pacing_plan import STRESS, best_adaptive, ours
from bench.pacing_runs import Runs, rolling
from bench.pacing_scenarios import CAPS, STRESSED, TEAMS, Cell, places
from campaigns.world import Day

_PERSONS: Final = 200  # who must have answered before a day's rate counts
_GOALS: Final = {
    0.03: {3: 0.72, 5: 0.77, 10: 0.83, 20: 0.885, 50: 0.94, 100: 0.965, 500: 0.985},
    0.01: {3: 0.67, 5: 0.715, 10: 0.785, 20: 0.85, 50: 0.915, 100: 0.945, 500: 0.97},
}
_STRESS_GOALS: Final = dict(zip(STRESS, (0.87, 0.875, 0.855, 0.915), strict=True))
_BEST: Final = "adaptive dial level at 3 %, best of all its settings in hindsight"


@dataclass(frozen=True, slots=True)
class Target:
    title: str
    cell: Cell
    goal: float


_OF_TEAMS: Final = [
    Target(f"{agents} agents, {cap:.0%}", ours(agents, cap), goal)
    for cap, goals in _GOALS.items()
    for agents, goal in goals.items()
]
_OF_STRESS: Final = [Target(name, ours(STRESSED, 0.03, name), goal) for name, goal in _STRESS_GOALS.items()]
TARGETS: Final = (*_OF_TEAMS, *_OF_STRESS)


def figures(runs: Runs) -> list[Figure]:
    """Those of which anything was run."""
    found = [
        _distance("pacing_utilisation", runs, _OF_TEAMS), _distance("pacing_stress", runs, _OF_STRESS), _cap(runs),
        _one_percent(runs),
    ]  # fmt: skip
    return [figure for figure in found if figure is not None]


def days_above(days: Sequence[Day], cap: float) -> int:
    return sum(day.worst_rate > cap for day in days)


def _distance(name: str, runs: Runs, targets: Sequence[Target]) -> Figure | None:
    """How far the worst one is below its goal; below 0, all of them are reached."""
    short: dict[str, float] = {}
    table: dict[str, dict[str, Any]] = {}
    for target in targets:
        if found := runs.outcome(target.cell):
            short[target.title] = round(target.goal - found.utilisation, 4)
            table[target.title] = {
                "goal": target.goal, "utilisation": round(found.utilisation, 4),
                "standard_error": round(found.spread, 4), "abandonment": round(found.abandonment, 4),
                "days": len(found.per_day),
            }  # fmt: skip
    if not short:
        return None
    missed = [title for title, distance in short.items() if distance > 0]
    return Figure(
        figure=name, value=max(short.values()), unit="below the goal, worst of all", goal=Goal("<=", 0.0),
        details={"of": len(targets), "missed": missed, "not_run": len(targets) - len(short), "table": table},
    )  # fmt: skip


def _cap(runs: Runs) -> Figure | None:
    """Days on which more than the cap was ever abandoned after 200 persons had answered."""
    details: dict[str, Any] = {}
    above, of = 0, 0
    for cap in CAPS:
        days = {place: runs.days(ours(*_at(place, cap))) for place in places()}
        counted = {place: [day for day in found if day.answered >= _PERSONS] for place, found in days.items()}
        above += sum(days_above(found, cap) for found in counted.values())
        of += sum(map(len, counted.values()))
        details[f"{cap:.0%}"] = {
            "days": {_title(place): len(found) for place, found in counted.items()},
            "days_above": {_title(place): n for place, found in counted.items() if (n := days_above(found, cap))},
            "worst_rate": round(max((day.worst_rate for found in counted.values() for day in found), default=0.0), 5),
            "rolling_30_days": round(max(map(rolling, days.values())), 5),
        }
    if not of:
        return None
    return Figure(
        figure="pacing_cap", value=above, unit=f"days above the cap, of {of}", goal=Goal("<=", 0.0), details=details
    )


def _at(place: tuple[int, str], cap: float) -> tuple[int, float, str]:
    return place[0], cap, place[1]


def _title(place: tuple[int, str]) -> str:
    return place[1] or str(place[0])


def _one_percent(runs: Runs) -> Figure | None:
    """At a third of its abandonment: by how much the best adaptive setting is passed, in the team where it is least."""
    lead: dict[int, float] = {}
    table: dict[str, dict[str, float]] = {}
    for agents in TEAMS[1:]:
        best = best_adaptive(runs, agents, "")
        peer, own = runs.outcome(best) if best else None, runs.outcome(ours(agents, 0.01))
        if peer and own:
            lead[agents] = round(own.utilisation - peer.utilisation, 4)
            table[str(agents)] = {
                "ours": round(own.utilisation, 4), "days": len(own.per_day), "peer": round(peer.utilisation, 4),
                "peer_abandonment": round(peer.abandonment, 4), "peer_days": len(peer.per_day),
            }  # fmt: skip
    if not lead:
        return None
    return Figure(
        figure="pacing_one_percent_vs_adaptive", value=min(lead.values()), unit="share of log-in time",
        goal=Goal(">=", 0.0), peer=_BEST, details={"by_team": lead, "table": table},
    )  # fmt: skip
