"""The whole table, printed and kept beside the results."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final

from bench.pacing_figures import TARGETS, Target, days_above
from bench.pacing_plan import best_adaptive, ours
from bench.pacing_runs import Runs, rolling
from bench.pacing_scenarios import BOUNDS, CAPS, PEERS, TEAMS, VARIANTS, Cell, places
from campaigns.world import Outcome

KEPT: Final = Path(__file__).with_name("pacing.md")
_HEAD: Final = """# Pacing, all policies

Made by `make bench FIGURE=pacing`. Utilisation @ abandonment in per cent, and in parentheses the simulated days behind
the cell; a dash: not run. Every day begins knowing nothing and everybody starts in the same second; 8 hours, 500 agents
3 hours; the variants with 20 agents. The same seeds for all policies. Power and the adaptive dial level (as ViciDial
has it) are told 3 %. The two last rows know what no dialer knows, at 3 %.
"""
Of = Callable[[int, str], Cell | None]


def write(runs: Runs) -> None:
    text = "\n".join([_HEAD, *_policies(runs), *_targets(runs), *_caps(runs), *_settings(runs)])
    KEPT.write_text(text)
    print(text, file=sys.stderr)


def _policies(runs: Runs) -> list[str]:
    rows = {name: _row(runs, of) for name, of in _rows(runs).items()}
    teams, variants = [str(agents) for agents in TEAMS], list(VARIANTS)
    return [
        *_lines("agents", teams, {name: cells[: len(teams)] for name, cells in rows.items()}),
        *_lines("20 agents", variants, {name: cells[len(teams) :] for name, cells in rows.items()}),
    ]


def _rows(runs: Runs) -> dict[str, Of]:
    def of(policy: str) -> Of:
        return lambda agents, variant: Cell(policy, agents, variant)

    def of_ours(cap: float) -> Of:
        return lambda agents, variant: ours(agents, cap, variant)

    return {
        **{name: of(name) for name in PEERS},
        "adaptive dial level, best setting": lambda agents, variant: best_adaptive(runs, agents, variant),
        **{f"**ours, at most {cap:.0%}**": of_ours(cap) for cap in reversed(CAPS)},
        **{f"ours, {name}": of(name) for name in BOUNDS},
    }


def _row(runs: Runs, of: Of) -> list[str]:
    cells = (of(agents, variant) for agents, variant in places())
    return [_cell(runs.outcome(cell) if cell else None) for cell in cells]


def _cell(found: Outcome | None) -> str:
    if found is None:
        return "–"
    return f"{100 * found.utilisation:.1f} @ {100 * found.abandonment:.1f} ({len(found.per_day)})"


def _targets(runs: Runs) -> list[str]:
    rows = {target.title: _target(target, runs.outcome(target.cell)) for target in TARGETS}
    columns = ["cap", "goal", "measured", "standard error", "reached"]
    return ["## Goals of utilisation", "", *_lines("days of", columns, rows)]


def _target(target: Target, found: Outcome | None) -> list[str]:
    goal = [f"{target.cell.limit:.0%}", f"{target.goal:g}"]
    if found is None:
        return [*goal, "–", "–", "–"]
    reached = "yes" if found.utilisation >= target.goal else f"no, by {target.goal - found.utilisation:.4f}"
    return [*goal, f"{found.utilisation:.4f}", f"{found.spread:.4f}", reached]


def _caps(runs: Runs) -> list[str]:
    rows: dict[str, list[str]] = {}
    for agents, variant in places():
        for cap in CAPS:
            days = runs.days(ours(agents, cap, variant))
            worst = max((day.worst_rate for day in days), default=0.0)
            counts = [f"{100 * cap:g}", str(len(days)), str(days_above(days, cap))]
            rates = [f"{100 * worst:.3f}", f"{100 * rolling(days):.3f}"]
            rows[f"{_place(agents, variant)}, {cap:.0%}"] = counts + (rates if days else ["–", "–"])
    columns = ["cap %", "days", "days above", "worst %, from 200 persons on", "worst 30 days in a row %"]
    return ["## The cap", "", *_lines("ours", columns, rows)]


def _settings(runs: Runs) -> list[str]:
    rows: dict[str, list[str]] = {}
    for agents, variant in places():
        best = best_adaptive(runs, agents, variant)
        if best and best.knobs:
            knobs = best.knobs
            values = [knobs.method, f"{knobs.level_max:g}", f"{knobs.intensity:g}", f"{knobs.target:g}"]
            rows[_place(agents, variant)] = [*values, "yes" if knobs.ready_only else "no"]
    columns = ["method", "most", "intensity", "agents who should wait", "ready agents only"]
    return ["## Best settings of the adaptive dial level", "", *_lines("where", columns, rows)]


def _place(agents: int, variant: str) -> str:
    return variant or f"{agents} agents"


def _lines(corner: str, columns: Iterable[str], rows: dict[str, list[str]]) -> list[str]:
    titles = list(columns)
    head = [f"| {corner} | " + " | ".join(titles) + " |", "|---|" + "---|" * len(titles)]
    return [*head, *(f"| {name} | " + " | ".join(cells) + " |" for name, cells in rows.items()), ""]
