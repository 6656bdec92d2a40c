"""Runs days of the fast world in two processes and puts them together again."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass

from campaigns.world import Outcome, Scenario, simulate

WORKERS = 2
_HOURS_A_PIECE = 6000.0


@dataclass(frozen=True, slots=True)
class Job:
    name: str
    scenario: Scenario


def run_all(jobs: Sequence[Job], *, title: str) -> dict[str, Outcome]:
    """By name; long ones are cut into pieces of whole days. Prints progress to the error output."""
    pieces = [(job.name, piece) for job in jobs for piece in _pieces(job.scenario)]
    parts: dict[str, list[Outcome]] = {}
    began = time.monotonic()
    with ProcessPoolExecutor(WORKERS) as pool:
        for done, ((name, _), found) in enumerate(zip(pieces, pool.map(simulate, _scenarios(pieces)), strict=True), 1):
            parts.setdefault(name, []).append(found)
            if done % 20 == 0 or done == len(pieces):
                print(f"{title}: {done} of {len(pieces)} pieces, {time.monotonic() - began:.0f} s", file=sys.stderr)
    return {name: _joined(found) for name, found in parts.items()}


def _scenarios(pieces: Iterable[tuple[str, Scenario]]) -> list[Scenario]:
    return [scenario for _, scenario in pieces]


def _pieces(scenario: Scenario) -> list[Scenario]:
    each = max(1, int(_HOURS_A_PIECE / (scenario.agents * scenario.hours)))
    return [
        scenario.model_copy(update={"seed": scenario.seed + first, "days": min(each, scenario.days - first)})
        for first in range(0, scenario.days, each)
    ]


def _joined(found: list[Outcome]) -> Outcome:
    return Outcome(
        per_day=tuple(day for outcome in found for day in outcome.per_day),
        agent_hours=sum(outcome.agent_hours for outcome in found),
        seconds=sum(outcome.seconds for outcome in found),
    )


def rolling(outcome: Outcome, days: int = 30) -> float:
    """The highest abandonment rate of that many days in a row."""
    answered = [day.answered for day in outcome.per_day]
    abandoned = [day.abandoned for day in outcome.per_day]
    ends = range(min(days, len(answered)), len(answered) + 1)
    return max(sum(abandoned[max(e - days, 0) : e]) / max(sum(answered[max(e - days, 0) : e]), 1) for e in ends)
