"""One bridged, recorded conversation, kept up for as long as the block lasts."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bench.stage import Stage
from sip.events import LegEnded


@asynccontextmanager
async def conversation(scene: Stage, line_id: str, extension: str = "1001") -> AsyncIterator[None]:
    await scene.customer(line_id)
    await scene.agent(line_id, extension)
    customer, agent = f"{line_id}.c", f"{line_id}.a"
    await scene.lines.bridge(customer, agent)
    await scene.lines.start_recording(line_id, customer_leg=customer, agent_leg=agent, directory=str(scene.folder))
    yield
    for leg in (customer, agent):
        await scene.lines.hang_up(leg)
        await scene.sees(LegEnded, leg)
    scene.lines.release(line_id)
