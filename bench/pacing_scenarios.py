"""The reference world of the pacing figures: teams, variants, policies, and how many days each is run for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from typing import Any, Final

from campaigns.world import Adaptive, Break, Scenario

TEAMS: Final = (2, 3, 5, 10, 20, 50, 100, 500)
STRESSED: Final = 20
SEED: Final = 1
CAPS: Final = (0.03, 0.01)

BREAKS: Final = (
    Break(at_h=2.0, minutes=15, share=0.4), Break(at_h=4.0, minutes=30, share=0.5),
    Break(at_h=6.0, minutes=15, share=0.4),
)  # fmt: skip
VARIANTS: Final[dict[str, dict[str, Any]]] = {
    "answer rate .15 > .40 > .15": {"answer_rates": ((0.0, 0.15), (1 / 3, 0.40), (2 / 3, 0.15))},
    "breaks of 40-50 %": {"breaks": BREAKS},
    "p = .08": {"answer_rate": 0.08},
    "mean talk 240 s": {"talk_s": 240.0},
    "35 % refusals of 12 s": {"short_share": 0.35},
    "leads .05 or .55, unknown": {"low_share": 0.5, "low_rate": 0.05, "high_rate": 0.55},
    "leads .05 or .55, known": {"low_share": 0.5, "low_rate": 0.05, "high_rate": 0.55, "known_leads": True},
}
OURS: Final = "ours"
PEERS: Final[dict[str, dict[str, Any]]] = {
    "progressive": {"policy": "progressive"},
    "power, 2 lines": {"policy": "power", "lines_per_agent": 2.0},
    "power, 3 lines": {"policy": "power", "lines_per_agent": 3.0},
    "adaptive dial level, default": {"policy": "adaptive"},
}
BOUNDS: Final[dict[str, dict[str, Any]]] = {
    "agents' end times known": {"policy": "known_ends"},
    "fate of calls known": {"policy": "known_fates"},
}
ADAPTIVE: Final = "adaptive dial level"
_PLACES: Final = [(agents, "") for agents in TEAMS] + [(STRESSED, variant) for variant in VARIANTS]
_KERNEL_POLICIES: Final = ("predictive", "known_ends", "known_fates")
_DAYS_OF_PEERS: Final = {2: 10, 3: 10, 5: 10, 10: 5, 20: 4, 50: 2}
_DAYS_OF_OURS: Final = {2: 10, 3: 10, 5: 5, 10: 4, 20: 2}


def team(agents: int, **values: Any) -> Scenario:
    """Eight hours; 500 agents three."""
    return Scenario(agents=agents, hours=3.0 if agents >= 500 else 8.0, seed=SEED, **values)


@dataclass(frozen=True)
class Cell:
    """One policy in one team and variant. `knobs` are of the adaptive dial level, `limit` what it is told of the
    share of abandoned calls."""

    policy: str
    agents: int
    variant: str = ""
    limit: float = 0.03
    knobs: Adaptive | None = None

    @cached_property
    def scenario(self) -> Scenario:
        like = {OURS: {}, ADAPTIVE: {"policy": "adaptive", "adaptive": self.knobs}, **PEERS, **BOUNDS}[self.policy]
        return team(self.agents, abandon_rate_max=self.limit, **like, **VARIANTS.get(self.variant, {}))

    @property
    def decides_with_kernel(self) -> bool:
        return self.scenario.policy in _KERNEL_POLICIES

    @property
    def block_days(self) -> int:
        """Days that are run and kept together: about a second of work."""
        return (_DAYS_OF_OURS if self.decides_with_kernel else _DAYS_OF_PEERS).get(self.agents, 1)


def places() -> list[tuple[int, str]]:
    """Columns of the table: teams, then the variants with 20 agents."""
    return _PLACES


def adaptive_cells(agents: int, variant: str) -> Iterator[Cell]:
    """Every setting a supervisor might try: higher levels where many calls are needed."""
    levels = (2.0, 3.0, 4.0, 5.0, 6.0, 10.0) if agents >= 50 or variant == "p = .08" else (1.5, 2.0, 2.5, 3.0, 4.0, 6.0)
    targets = (-2.0, 0.0) if agents >= 20 else (-1.0, 0.0)
    grid = product(("hard_limit", "tapered", "average"), levels, (-60.0, 0.0), targets, (False, True))
    for method, most, intensity, target, ready_only in grid:
        knobs = Adaptive(method=method, level_max=most, intensity=intensity, target=target, ready_only=ready_only)
        yield Cell(ADAPTIVE, agents, variant, knobs=knobs)
