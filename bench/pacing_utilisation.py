"""Utilisation and abandonment by size of the team, of every policy, in the reference world."""

from __future__ import annotations

import sys
from typing import Any, Final

from bench.figure import Figure, Goal
from bench.pacing_runs import Job, rolling, run_all
from bench.pacing_scenarios import CAPS, DAYS, PLAIN, TEAMS, VARIANTS, adaptive_grid, days_for, team
from bench.pacing_table import cell, write
from campaigns.world import Outcome

GOALS: Final = {
    0.03: {3: 0.72, 5: 0.77, 10: 0.83, 20: 0.885, 50: 0.94, 100: 0.965, 500: 0.985},
    0.01: {3: 0.67, 5: 0.715, 10: 0.785, 20: 0.85, 50: 0.915, 100: 0.945, 500: 0.97},
}
STRESS: Final = {
    "answer rate .15 > .40 > .15": 0.87, "breaks of 40-50 %": 0.875, "p = .08": 0.855, "mean talk 240 s": 0.915,
}  # fmt: skip
BEST: Final = "adaptive dial level, best of all knobs"
_STRESSED: Final = 20


async def measure() -> list[Figure]:
    ours = _ours()
    for name, found in ours.items():
        print(f"{name}: {cell(found)}, worst {100 * found.worst_rate:.2f} %", file=sys.stderr)
    peers = run_all(_peer_jobs(), title="other policies")
    best = {(agents, name): found for agents, name, found in _best_adaptive()}
    table = _table(ours, peers, best)
    write(table)
    return [*_utilisation(ours, best), *_stress(ours, best), *_caps(ours), *_below_peer(ours, best)]


def _ours() -> dict[str, Outcome]:
    jobs = [
        Job(_name(agents, cap), team(agents, abandon_rate_max=cap, days=DAYS)) for agents in TEAMS for cap in CAPS
    ] + [
        Job(_name(_STRESSED, cap, name), team(_STRESSED, abandon_rate_max=cap, days=DAYS, **values))
        for name, values in VARIANTS.items()
        for cap in CAPS
    ]
    return run_all(jobs, title="ours")


def _name(agents: int, cap: float, variant: str = "") -> str:
    return f"{agents}|{cap:g}|{variant}"


def _peer_jobs() -> list[Job]:
    found = []
    for name, policy in PLAIN.items():
        for agents in TEAMS:
            found.append(Job(f"{agents}|{name}|", team(agents, days=days_for(agents), **policy)))
        for variant, values in VARIANTS.items():
            scenario = team(_STRESSED, days=days_for(_STRESSED), **policy, **values)
            found.append(Job(f"{_STRESSED}|{name}|{variant}", scenario))
    return found


def _best_adaptive() -> list[tuple[int, str, Outcome]]:
    """For each team and variant: of all knobs that lost at most 3 % in hindsight, the ones with the busiest agents."""
    places: list[tuple[int, str, dict[str, Any]]] = [(agents, "", {}) for agents in TEAMS]
    places += [(_STRESSED, variant, values) for variant, values in VARIANTS.items()]
    jobs = [
        Job(f"{agents}|{variant}|{number}", _adaptive(agents, values, knobs))
        for agents, variant, values in places
        for number, knobs in enumerate(adaptive_grid(agents))
    ]
    found = run_all(jobs, title="adaptive dial level, all knobs")
    best = []
    for agents, variant, _ in places:
        tried = [outcome for name, outcome in found.items() if name.startswith(f"{agents}|{variant}|")]
        inside = [outcome for outcome in tried if outcome.abandonment <= 0.03] or tried
        best.append((agents, variant, max(inside, key=lambda outcome: outcome.utilisation)))
    return best


def _adaptive(agents: int, values: dict[str, Any], knobs: Any) -> Any:
    return team(agents, days=max(2, days_for(agents) // 3), policy="adaptive", adaptive=knobs, **values)


def _table(
    ours: dict[str, Outcome], peers: dict[str, Outcome], best: dict[tuple[int, str], Outcome]
) -> dict[str, dict[str, str]]:
    """Rows of policies; columns of teams, then of the variants with 20 agents."""
    columns = [(str(agents), agents, "") for agents in TEAMS] + [(name, _STRESSED, name) for name in VARIANTS]
    rows: dict[str, dict[str, str]] = {}
    for name in PLAIN:
        rows[name] = {title: cell(peers[f"{agents}|{name}|{variant}"]) for title, agents, variant in columns}
    rows[BEST] = {title: cell(best[agents, variant]) for title, agents, variant in columns}
    for cap in CAPS:
        rows[f"ours, cap {cap:.0%}"] = {
            title: cell(ours[_name(agents, cap, variant)]) for title, agents, variant in columns
        }
        rows[f"ours, cap {cap:.0%}: worst rate of a day"] = {
            title: f"{100 * ours[_name(agents, cap, variant)].worst_rate:.2f}" for title, agents, variant in columns
        }
    return rows


def _utilisation(ours: dict[str, Outcome], best: dict[tuple[int, str], Outcome]) -> list[Figure]:
    return [
        _figure(
            f"pacing_utilisation_{cap:.0%}_{agents}", ours[_name(agents, cap)], goal, best[agents, ""], agents=agents
        )
        for cap, goals in GOALS.items()
        for agents, goal in goals.items()
    ]


def _stress(ours: dict[str, Outcome], best: dict[tuple[int, str], Outcome]) -> list[Figure]:
    return [
        _figure(
            f"pacing_stress_{number}", ours[_name(_STRESSED, 0.03, name)], goal, best[_STRESSED, name], variant=name
        )
        for number, (name, goal) in enumerate(STRESS.items(), 1)
    ]


def _figure(name: str, found: Outcome, goal: float, peer: Outcome, **details: Any) -> Figure:
    more = {
        "abandonment": round(found.abandonment, 4), "worst_rate_of_a_day": round(found.worst_rate, 4),
        "standard_error": round(found.spread, 4), "days": len(found.per_day), "answered": found.answered,
        "agent_wait_s": round(sum(day.agent_waited_s for day in found.per_day) / len(found.per_day), 1),
        "peer_abandonment": round(peer.abandonment, 4),
    }  # fmt: skip
    return Figure(
        figure=name.replace("%", "pct"), value=round(found.utilisation, 4), unit="share of log-in time",
        goal=Goal(">=", goal), peer=BEST, peer_value=round(peer.utilisation, 4), details={**details, **more},
    )  # fmt: skip


def _caps(ours: dict[str, Outcome]) -> list[Figure]:
    """The highest rate, at any moment after 200 persons had answered, of any day of any team and variant."""
    figures = []
    for cap in CAPS:
        of = {name: found for name, found in ours.items() if f"|{cap:g}|" in name}
        worst = max(of, key=lambda name: of[name].worst_rate)
        above = sum(day.worst_rate > cap for found in of.values() for day in found.per_day)
        days = sum(len(found.per_day) for found in of.values())
        figures.append(Figure(
            figure=f"pacing_cap_{cap:.0%}".replace("%", "pct"), value=round(of[worst].worst_rate, 5),
            unit="abandoned / answered", goal=Goal("<=", cap),
            details={"where": worst, "days": days, "days_above": above,
                     "rolling_30_days": round(max(rolling(found) for found in of.values()), 5)},
        ))  # fmt: skip
    return figures


def _below_peer(ours: dict[str, Outcome], best: dict[tuple[int, str], Outcome]) -> list[Figure]:
    """At a third of its abandonment: by how much the best adaptive setting is passed, in the team where it is least."""
    lead = {agents: ours[_name(agents, 0.01)].utilisation - best[agents, ""].utilisation for agents in TEAMS[1:]}
    least = min(lead, key=lambda agents: lead[agents])
    return [
        Figure(
            figure="pacing_1pct_above_adaptive_3pct", value=round(lead[least], 4), unit="share of log-in time",
            goal=Goal(">=", 0.0), peer=BEST, details={str(agents): round(gain, 4) for agents, gain in lead.items()},
        )
    ]  # fmt: skip
