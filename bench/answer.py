"""How long an answered customer waits for the agent's voice, through the whole dialer."""

from __future__ import annotations

import asyncio

from bench.figure import Figure, Goal, quantile
from bench.floor import HearingCarrier, everybody_talks, floor
from dialer.domain.agent import LegMode
from sip.simulator.behaviour import Seconds

CALLS = 60
AGENTS = 3
DEADLINE_S = 300.0


async def answer_to_voice(name: str, leg_mode: LegMode, goal_ms: float) -> list[Figure]:
    numbers = everybody_talks(ring_s=0.5, talk=Seconds(mean=3.0, cv=0.3, least=2.0))
    async with floor(
        agents=AGENTS, lines=AGENTS, leads=CALLS, leg_mode=leg_mode, numbers=numbers, wrap_up=Seconds(mean=0.3)
    ) as stage:
        carrier = stage.carrier
        assert isinstance(carrier, HearingCarrier)
        async with asyncio.timeout(DEADLINE_S):
            while len(carrier.heard_ms) + carrier.deaf < CALLS:
                await asyncio.sleep(0.1)
        waits = (await stage.store.counts(stage.campaign.campaign_id)).answer_to_agent_ms
    heard = carrier.heard_ms
    return [
        Figure(
            figure=name,
            value=round(quantile(heard, 0.95), 1),
            unit="ms, p95",
            goal=Goal("<=", goal_ms),
            details={
                "calls": len(heard),
                "never_heard": carrier.deaf,
                "heard_p50": round(quantile(heard, 0.5), 1),
                "heard_max": round(max(heard), 1),
                "answer_to_bridge_ms": {"p50": quantile(waits, 0.5), "p95": quantile(waits, 0.95), "max": max(waits)},
                "measured": "from the customer's ACK to the agent's voice at the customer's ear, on the sound",
            },
        )
    ]
