"""Predictive pacing on real calls, against the twin with the same parameters: five agents, ten minutes, real SIP."""

from __future__ import annotations

import asyncio
import statistics
from collections.abc import Sequence
from pathlib import Path
from zoneinfo import ZoneInfo

from bench import town
from bench.figure import Figure, Goal
from bench.floor import floor
from campaigns.campaign import PacingMode
from dialer.domain.agent import LegMode
from dialer.twin.rehearsal import rehearse
from dialer.twin.report import Report
from dialer.twin.watch import Watch

AGENTS, LINES, LEADS = 5, 20, 2000
MINUTES = 10
SECONDS = 60.0 * MINUTES
TWINS = 20


async def measure() -> list[Figure]:
    seen = await real(PacingMode.PREDICTIVE, seconds=SECONDS)
    before = await real(PacingMode.PROGRESSIVE, seconds=SECONDS / 2)
    twins = await asyncio.to_thread(twin, MINUTES)
    return [_figure(seen, before, twins)]


async def real(mode: PacingMode, *, seconds: float, seed: int = 1, data: Path | None = None) -> Watch:
    """What happened on a floor of real calls in so many seconds from its start."""
    async with floor(
        agents=AGENTS, lines=LINES, leads=LEADS, leg_mode=LegMode.ON_CONNECT, numbers=town.people(seed),
        wrap_up=town.WRAP_UP, pacing=mode, data=data,
    ) as stage:  # fmt: skip
        watch = Watch(ZoneInfo("Asia/Shanghai"), stage.campaign.settings.dispositions)
        with stage.bus.subscribe("watch", watch.take):
            await asyncio.sleep(seconds)
            watch.closes(stage.clock.now())
    return watch


def twin(minutes: int, runs: int = TWINS) -> list[Report]:
    return [
        rehearse(
            town.scenario(
                agents=AGENTS, lines=LINES, leads=LEADS, minutes=minutes, mode=PacingMode.PREDICTIVE, seed=seed
            )
        )
        for seed in range(1, runs + 1)
    ]


def utilisation(watch: Watch, seconds: float) -> float:
    """Share of the agents' time that was talk or wrap-up."""
    return (watch.spent("talk") + watch.spent("wrap_up")) / (AGENTS * seconds)


def _figure(seen: Watch, before: Watch, twins: Sequence[Report]) -> Figure:
    told = [report.utilisation or 0.0 for report in twins]
    rate = seen.abandoned / max(seen.persons, 1)
    return Figure(
        figure="real_floor",
        value=round(100 * rate, 2),
        unit="% abandoned",
        goal=Goal("<=", 100 * town.CAP),
        peer="the twin with the same parameters (utilisation)",
        peer_value=round(statistics.mean(told), 3),
        ratio=round(utilisation(seen, SECONDS) / statistics.mean(told), 3),
        details={
            "persons": seen.persons,
            "abandoned": seen.abandoned,
            "utilisation": round(utilisation(seen, SECONDS), 3),
            "utilisation_progressive": round(utilisation(before, SECONDS / 2), 3),
            "twin_utilisation_sd": round(statistics.stdev(told), 3),
            "twin_abandoned": [f"{report.abandoned}/{report.persons}" for report in twins],
            "agents": AGENTS,
            "minutes": MINUTES,
        },
    )
