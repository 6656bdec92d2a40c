"""All of pacing's figures: one decision, the speed of the fast world, and the whole table of utilisation."""

from __future__ import annotations

from bench import pacing_utilisation
from bench.figure import Figure


async def measure() -> list[Figure]:
    return await pacing_utilisation.measure()
