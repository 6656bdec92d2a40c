"""Predictive pacing on real calls against the twin with the same parameters: five agents, ten minutes, real SIP.

Once with the simulated carrier, once with Asterisk as the carrier.
"""

from __future__ import annotations

import asyncio
import statistics
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final
from zoneinfo import ZoneInfo

from bench import town
from bench.figure import Figure, Goal
from bench.floor import floor
from campaigns.campaign import PacingMode
from dialer.demo.stage import MakeCarrier
from dialer.domain.agent import LegMode
from dialer.twin.rehearsal import rehearse
from dialer.twin.report import Report
from dialer.twin.watch import Watch
from sip.simulator.behaviour import Kind
from tests.asterisk.chroot import chroot
from tests.asterisk.instance import running_asterisk

AGENTS, LINES, LEADS = 5, 20, 2000
SECONDS: Final = 600.0
TWINS: Final = 20


class AsteriskCarrier:
    """A bed that runs already."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.kinds: dict[str, Kind] = {}

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        yield


async def measure() -> list[Figure]:
    before = await real(PacingMode.PROGRESSIVE, seconds=SECONDS / 2)
    seen = await real(PacingMode.PREDICTIVE, seconds=SECONDS)
    told = await asyncio.to_thread(twin, SECONDS, town.SIMULATED)
    with running_asterisk(chroot()) as asterisk:
        carrier = AsteriskCarrier(asterisk.address_trunk_address)
        heard = await real(
            PacingMode.PREDICTIVE, seconds=SECONDS, carrier=lambda *_: carrier, ending=town.ASTERISK_ENDING
        )
    told_of_asterisk = await asyncio.to_thread(twin, SECONDS, town.ASTERISK)
    progressive = {"utilisation_progressive": round(utilisation(before, SECONDS / 2), 3)}
    return [
        _figure("real_floor", seen, told, progressive),
        _figure("real_floor_asterisk", heard, told_of_asterisk, {}),
    ]


async def real(mode: PacingMode, *, seconds: float, carrier: MakeCarrier | None = None, ending: str = "") -> Watch:
    """What happened on a floor of real calls in so many seconds from its start."""
    async with floor(
        agents=AGENTS, lines=LINES, leads=LEADS, leg_mode=LegMode.ON_CONNECT, numbers=town.people(1),
        wrap_up=town.WRAP_UP, pacing=mode, carrier=carrier, ending=ending,
    ) as stage:  # fmt: skip
        watch = Watch(ZoneInfo("Asia/Shanghai"), stage.campaign.settings.dispositions)
        with stage.bus.subscribe("watch", watch.take):
            await asyncio.sleep(seconds)
            watch.closes(stage.clock.now())
    return watch


def twin(seconds: float, people: dict[str, Any], runs: int = TWINS) -> list[Report]:
    """The same floor on virtual time, with other chances each time."""
    shape = {"agents": AGENTS, "lines": LINES, "leads": LEADS, "seconds": seconds, "people": people}
    return [
        rehearse(town.scenario(mode=PacingMode.PREDICTIVE, seed=seed, **shape))  # type: ignore[arg-type]
        for seed in range(1, runs + 1)
    ]


def utilisation(watch: Watch, seconds: float) -> float:
    """Share of the agents' time that was talk or wrap-up."""
    return (watch.spent("talk") + watch.spent("wrap_up")) / (AGENTS * seconds)


def _figure(name: str, seen: Watch, twins: Sequence[Report], more: Mapping[str, Any]) -> Figure:
    told, mine = [report.utilisation or 0.0 for report in twins], utilisation(seen, SECONDS)
    return Figure(
        figure=name,
        value=round(100 * seen.abandoned / max(seen.persons, 1), 2),
        unit="% abandoned",
        goal=Goal("<=", 100 * town.CAP),
        peer="utilisation of the twin with the same parameters",
        peer_value=round(statistics.mean(told), 3),
        ratio=round(mine / statistics.mean(told), 3),
        details={
            "persons": seen.persons,
            "abandoned": seen.abandoned,
            "utilisation": round(mine, 3),
            "twin_sd": round(statistics.stdev(told), 3),
            "twins": [f"{report.utilisation:.3f} {report.abandoned}/{report.persons}" for report in twins],
            **more,
        },
    )
