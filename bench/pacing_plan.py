"""What is run, in the order of its importance, and which settings of the adaptive dial level are tried for longer."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

from bench.pacing_runs import Runs, Wanted
from bench.pacing_scenarios import BOUNDS, CAPS, OURS, PEERS, STRESSED, TEAMS, VARIANTS, Cell, adaptive_cells, places

PROVEN: Final = 200  # days of ours, of each team and cap
STRESS: Final = ("answer rate .15 > .40 > .15", "breaks of 40-50 %", "p = .08", "mean talk 240 s")
# Days after which the mean of the utilisation is known to a tenth of a point or two.
_ENOUGH: Final = {2: 100, 3: 100, 5: 80, 10: 60, 20: 40, 50: 16, 100: 10, 500: 4}
_ENOUGH_OF_PEERS: Final = {2: 200, 3: 200, 5: 200, 10: 200, 20: 100, 50: 40, 100: 20, 500: 8}
# Of all settings: how many blocks of days, how many of the settings go on, and how far over the limit these may be.
_ROUNDS: Final = ((1, 4, 1.25), (3, 4, 1.1), (9, 2, 1.03))


def ours(agents: int, cap: float, variant: str = "") -> Cell:
    return Cell(OURS, agents, variant, limit=cap)


def carry_out(runs: Runs, only: Iterable[str] = ()) -> None:
    """All stages, or those named, as long as there is time."""
    for name, stage in _STAGES.items():
        if not only or name in set(only):
            stage(runs)


def best_adaptive(runs: Runs, agents: int, variant: str) -> Cell | None:
    """Of the settings that were tried longest, or a third as long: in hindsight the busiest agents at no more than 3 %;
    where none kept to it, the one that lost fewest."""
    tried = {cell: len(runs.days(cell)) for cell in adaptive_cells(agents, variant)}
    longest = max(tried.values())
    return _best(runs, [cell for cell, days in tried.items() if 3 * days >= longest], 1, 1.0)[0] if longest else None


def _halve(runs: Runs, agents: int, variant: str) -> None:
    title, cells = f"adaptive dial level, {agents} agents {variant}".strip(), list(adaptive_cells(agents, variant))
    for blocks, share, slack in _ROUNDS:
        runs.reach(title, [(cell, blocks * cell.block_days) for cell in cells])
        if runs.over:
            return
        cells = _best(runs, cells, max(2, len(cells) // share), slack, blocks * cells[0].block_days)
    runs.reach(title, [(cell, _ENOUGH_OF_PEERS[agents]) for cell in cells])


def _best(runs: Runs, cells: list[Cell], most: int, slack: float, days: int | None = None) -> list[Cell]:
    """Those inside the limit by their utilisation, then the others by what they lost. By their first days, so that a
    run that goes on later chooses the same."""

    def rank(cell: Cell) -> tuple[bool, float]:
        found = runs.outcome(cell, days)
        if found is None:
            return True, 1.0
        over = found.abandonment > cell.limit * slack
        return over, found.abandonment if over else -found.utilisation

    return sorted(cells, key=rank)[:most]


def _ours(title: str, places: Iterable[tuple[int, str]], caps: Iterable[float], share: float) -> Callable[[Runs], None]:
    wanted = [(ours(agents, cap, variant), agents) for cap in caps for agents, variant in places]
    return lambda runs: runs.reach(title, [(cell, _some(_ENOUGH[agents], share)) for cell, agents in wanted])


def _some(days: int, share: float) -> int:
    return max(2, round(days * share))


def _peers(runs: Runs) -> None:
    runs.reach("other policies", _rows(PEERS, _ENOUGH_OF_PEERS))


def _bounds(runs: Runs) -> None:
    runs.reach("bounds", _rows(BOUNDS, {agents: _some(days, 0.5) for agents, days in _ENOUGH.items()}))


def _rows(policies: Iterable[str], days: dict[int, int]) -> Wanted:
    return [(Cell(policy, agents, variant), days[agents]) for policy in policies for agents, variant in places()]


def _adaptive(variants: bool) -> Callable[[Runs], None]:
    def stage(runs: Runs) -> None:
        for agents, variant in places():
            if bool(variant) is variants and not runs.over:
                _halve(runs, agents, variant)

    return stage


def _proof(runs: Runs) -> None:
    cells = [ours(agents, cap, variant) for agents, variant in places() for cap in CAPS]
    for days in range(25, PROVEN + 1, 25):
        runs.reach(f"ours, {days} days each", [(cell, days) for cell in cells])


_TEAMS: Final = [(agents, "") for agents in TEAMS]
_VARIANTS: Final = [(STRESSED, variant) for variant in VARIANTS]
_STRESS: Final = [(STRESSED, variant) for variant in STRESS]
_STAGES: Final[dict[str, Callable[[Runs], None]]] = {
    "first": _ours("ours, first days", _TEAMS + _STRESS, CAPS, 0.2),
    "peers": _peers,
    "adaptive": _adaptive(variants=False),
    "teams": _ours("ours, teams", _TEAMS, CAPS, 1.0),
    "stress": _ours("ours, stress", _STRESS, (0.03,), 1.0),
    "adaptive variants": _adaptive(variants=True),
    "variants": _ours("ours, variants", _VARIANTS, CAPS, 0.5),
    "bounds": _bounds,
    "proof": _proof,
}
