"""Processor time of one bridged, recorded conversation on a stock worker, Python included.

The worker's whole use of a core while it carries the conversation is measured, and the same worker idle; the
figure is the difference, which is what one more conversation costs. Both are in the details.
"""

from __future__ import annotations

from bench.conversation import conversation
from bench.figure import Figure, Goal
from bench.process import share_of_core
from bench.stage import stage

SECONDS = 30.0
ROUNDS = 2


async def measure() -> list[Figure]:
    idle: list[float] = []
    busy: list[float] = []
    async with stage() as scene:
        pid = scene.lines.worker_pid(next(iter(scene.lines.workers())))
        for number in range(ROUNDS):
            idle.append(await share_of_core(pid, SECONDS))
            async with conversation(scene, f"bench{number}"):
                busy.append(await share_of_core(pid, SECONDS))
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
