"""The reference world of the pacing figures: teams, variants, policies, and how many days each is run for."""

from __future__ import annotations

import os
from collections.abc import Iterator
from itertools import product
from typing import Any, Final

from campaigns.world import Adaptive, Break, Scenario

TEAMS: Final = (2, 3, 5, 10, 20, 50, 100, 500)
SEED: Final = 1
DAYS: Final = int(os.environ.get("PACING_DAYS", "200"))  # fewer for a quick look
CAPS: Final = (0.03, 0.01)

BREAKS: Final = (
    Break(at_h=2.0, minutes=15, share=0.4), Break(at_h=4.0, minutes=30, share=0.5),
    Break(at_h=6.0, minutes=15, share=0.4),
)  # fmt: skip
VARIANTS: Final[dict[str, dict[str, Any]]] = {
    "answer rate .15 > .40 > .15": {"answer_rates": ((0.0, 0.15), (1 / 3, 0.40), (2 / 3, 0.15))},
    "breaks of 40-50 %": {"breaks": BREAKS},
    "p = .08": {"answer_rate": 0.08},
    "35 % refusals of 12 s": {"short_share": 0.35},
    "mean talk 240 s": {"talk_s": 240.0},
    "leads .05 or .55, unknown": {"low_share": 0.5, "low_rate": 0.05, "high_rate": 0.55},
    "leads .05 or .55, known": {"low_share": 0.5, "low_rate": 0.05, "high_rate": 0.55, "known_leads": True},
}
PLAIN: Final[dict[str, dict[str, Any]]] = {
    "progressive": {"policy": "progressive"},
    "power 2": {"policy": "power", "lines_per_agent": 2.0},
    "power 3": {"policy": "power", "lines_per_agent": 3.0},
    "adaptive dial level, default": {"policy": "adaptive"},
    "ours, agents' end times known": {"policy": "known_ends"},
    "ours, fate of calls known": {"policy": "known_fates"},
}


def team(agents: int, **values: Any) -> Scenario:
    """Eight hours; 500 agents three."""
    return Scenario(agents=agents, hours=3.0 if agents >= 500 else 8.0, seed=SEED, **values)


def days_for(agents: int) -> int:
    """Of policies that need no proof of their worst day."""
    return max(2, min(60, 3000 // (agents * 8)))


def adaptive_grid(agents: int) -> Iterator[Adaptive]:
    """Every setting a supervisor might try."""
    targets = (-2.0, 0.0, 2.0) if agents >= 20 else (-1.0, 0.0)
    grid = product(("hard_limit", "tapered", "average"), (1.5, 2.0, 3.0, 6.0), (-60.0, 0.0), targets, (False, True))
    for method, most, intensity, target, ready_only in grid:
        yield Adaptive(method=method, level_max=most, intensity=intensity, target=target, ready_only=ready_only)
