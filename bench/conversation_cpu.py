"""Processor time of one bridged, recorded conversation on a stock worker, Python included.

The worker's whole use of a core while it carries the conversation is measured, and the same worker idle; the
figure is the difference, which is what one more conversation costs. Both are in the details.
"""

from __future__ import annotations

import asyncio
import time

from bench.conversation import conversation
from bench.figure import Figure, Goal
from bench.process import cpu_seconds
from bench.stage import stage

SECONDS = 30.0
ROUNDS = 2


async def _share(pid: int) -> float:
    """Per cent of a core over the measured time."""
    before, since = cpu_seconds(pid), time.monotonic()
    await asyncio.sleep(SECONDS)
    return 100 * (cpu_seconds(pid) - before) / (time.monotonic() - since)


async def measure() -> list[Figure]:
    idle: list[float] = []
    busy: list[float] = []
    async with stage() as scene:
        pid = scene.lines.worker_pid(next(iter(scene.lines.workers())))
        for number in range(ROUNDS):
            idle.append(await _share(pid))
            async with conversation(scene, f"bench{number}"):
                busy.append(await _share(pid))
    cost = sum(busy) / ROUNDS - sum(idle) / ROUNDS
    return [
        Figure(
            figure="conversation_cpu",
            value=round(cost, 2),
            unit="% of a core",
            goal=Goal("<=", 1.0),
            details={
                "worker_idle": [round(value, 2) for value in idle],
                "worker_with_conversation": [round(value, 2) for value in busy],
                "seconds_each": SECONDS,
            },
        )
    ]
