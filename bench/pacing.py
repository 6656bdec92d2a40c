"""Utilisation and abandonment of every policy by size of the team, in the reference world.

Runs until everything is there or PACING_MINUTES (15) are over, on PACING_PROCESSES (2); whatever has been run with the
same sources is kept in the cache folder, so the next run goes on from there."""

from __future__ import annotations

from bench.figure import Figure
from bench.pacing_figures import figures
from bench.pacing_plan import carry_out
from bench.pacing_runs import Runs, minutes, processes
from bench.pacing_table import write


async def measure() -> list[Figure]:
    runs = Runs(minutes(), processes())
    try:
        carry_out(runs)
    finally:
        runs.close()
    write(runs)
    return figures(runs)
