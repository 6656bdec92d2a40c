"""Private memory of one stock worker while it carries one bridged, recorded conversation."""

from __future__ import annotations

import asyncio

from bench.conversation import conversation
from bench.figure import Figure, Goal
from bench.process import private_mb
from bench.stage import stage

SETTLE_S = 5.0


async def measure() -> list[Figure]:
    async with stage() as scene:
        pid = scene.lines.worker_pid(next(iter(scene.lines.workers())))
        idle = private_mb(pid)
        async with conversation(scene, "bench"):
            await asyncio.sleep(SETTLE_S)
            busy = private_mb(pid)
    return [
        Figure(
            figure="worker_memory",
            value=round(busy, 1),
            unit="MB",
            goal=Goal("<=", 30.0),
            details={"idle_mb": round(idle, 1), "measured": "smaps_rollup, Private_Clean + Private_Dirty"},
        )
    ]
