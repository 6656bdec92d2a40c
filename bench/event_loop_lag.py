"""How late the engine's event loop runs with 20 simulated conversations up, all real SIP and sound.

Carrier, phones and agents share the loop here, so the engine alone is better than this.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from bench.figure import Figure, Goal, quantile
from bench.floor import everybody_talks, floor
from dialer.demo.stage import Stage
from dialer.domain.agent import LegMode
from dialer.domain.call import CallState
from sip.simulator.behaviour import Seconds

CONVERSATIONS = 20
SECONDS = 60.0
STEP_S = 0.01


async def measure() -> list[Figure]:
    numbers = everybody_talks(ring_s=1.0, talk=Seconds(mean=40.0, cv=0.5, least=10.0))
    async with floor(
        agents=CONVERSATIONS,
        lines=CONVERSATIONS,
        leads=400,
        leg_mode=LegMode.ON_CONNECT,
        numbers=numbers,
        wrap_up=Seconds(mean=1.0, cv=0.5),
    ) as stage:
        await asyncio.sleep(10.0)
        lags, busy = await _lags(lambda: _talking(stage))
    return [
        Figure(
            figure="event_loop_lag",
            value=round(quantile(lags, 0.99), 2),
            unit="ms, p99",
            goal=Goal("<=", 20.0),
            details={
                "p50": round(quantile(lags, 0.5), 2),
                "max": round(max(lags), 2),
                "conversations_mean": round(sum(busy) / len(busy), 1),
                "samples": len(lags),
            },
        )
    ]


def _talking(stage: Stage) -> int:
    calls = stage.engine.floor().calls
    return sum(call.state is CallState.CONNECTED for call in calls)


async def _lags(talking: Callable[[], int]) -> tuple[list[float], list[int]]:
    loop = asyncio.get_running_loop()
    lags: list[float] = []
    busy: list[int] = []
    until = loop.time() + SECONDS
    while (before := loop.time()) < until:
        await asyncio.sleep(STEP_S)
        lags.append(1000 * (loop.time() - before - STEP_S))
        if len(lags) % 100 == 0:
            busy.append(talking())
    return lags, busy
