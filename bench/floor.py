"""A whole floor for the figures: engine, lines, simulated carrier and agents, as the demonstration builds it."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from campaigns.campaign import PacingMode
from dialer.clock import SystemClock
from dialer.config import Config
from dialer.demo.order import DemoOrder
from dialer.demo.stage import MakeCarrier, Stage, simulated_carrier, site, staged
from dialer.domain.agent import AgentState, LegMode
from sip.pool import LinePool
from sip.simulator import voice
from sip.simulator.behaviour import Behaviour, Kind, NumberingPlan, Seconds, Share
from sip.simulator.carrier import SimulatedCarrier
from sip.simulator.party import Leg
from sip.simulator.sounds import AGENT_PITCHES, Sounds

AUDIBLE = 0.02  # of full scale; silence and comfort noise stay below
HEARS_WITHIN_S = 5.0
POLL_S = 0.004


class HearingCarrier(SimulatedCarrier):
    """Customers who note how long after their answer they hear the agent, in `heard_ms`, measured on the sound itself.

    The level is read at the customer's own endpoint, so the figure holds the whole way: signalling, bridging, the
    agent's phone, both jitter buffers and 20 ms packets.
    """

    def __init__(self, pool: LinePool, plan: NumberingPlan, sounds: Sounds) -> None:
        super().__init__(pool, plan, sounds)
        self.heard_ms: list[float] = []
        self.deaf = 0

    async def answered(self, leg: Leg) -> None:
        loop = asyncio.get_running_loop()
        since = loop.time()
        while loop.time() - since < HEARS_WITHIN_S:
            if (await self.telephony.levels(leg.leg_id)).received > AUDIBLE:
                self.heard_ms.append(1000 * (loop.time() - since))
                return
            await asyncio.sleep(POLL_S)
        self.deaf += 1


def hearing_carrier(order: DemoOrder, config: Config, sounds: Sounds) -> HearingCarrier:
    plain = simulated_carrier(order, config, sounds)
    return HearingCarrier(plain.telephony, order.plan(), sounds)


def everybody_talks(*, ring_s: float, talk: Seconds) -> NumberingPlan:
    behaviour = Behaviour(kind=Kind.TALKS, ring=Seconds(mean=ring_s, cv=0.3, least=0.1), talk=talk)
    return NumberingPlan(mix=(Share(weight=1.0, behaviour=behaviour),))


@asynccontextmanager
async def floor(
    *,
    agents: int,
    lines: int,
    leads: int,
    leg_mode: LegMode,
    numbers: NumberingPlan,
    wrap_up: Seconds,
    pacing: PacingMode = PacingMode.PROGRESSIVE,
    carrier: MakeCarrier | None = None,
    ending: str = "",
) -> AsyncIterator[Stage]:
    """Agents are ready and the campaign runs."""
    order = DemoOrder(
        agents=agents,
        lines=lines,
        leads=leads,
        data=Path(tempfile.mkdtemp(prefix="goldenhour-bench-")),
        pacing=pacing,
        ending=ending,
        leg_mode=leg_mode,
        numbers=numbers,
        wrap_up=wrap_up,
        calls_per_second=20.0,
    )
    _let_agents_hum(order.data / "simulator" / "sounds")
    clock = SystemClock()
    async with AsyncExitStack() as stack:
        config, store = await stack.enter_async_context(site(order, clock))
        stage = await stack.enter_async_context(staged(order, config, store, clock, carrier or hearing_carrier))
        tasks = await stack.enter_async_context(asyncio.TaskGroup())
        desk = tasks.create_task(stage.desk().run(stage.agents()), name="simulated agents")
        await _until_ready(stage)
        await stage.engine.start_campaign(stage.campaign.settings.code, by="bench")
        yield stage
        stage.engine.stop_dialling()
        desk.cancel()


def _let_agents_hum(folder: Path) -> None:
    """Speech has pauses; a hum is heard the moment it can be heard."""
    for number in range(len(AGENT_PITCHES)):
        voice.write(folder / f"agent-{number}.wav", voice.tone(440, 10.0))


async def _until_ready(stage: Stage) -> None:
    async with asyncio.timeout(30):
        while any(agent.state is not AgentState.READY for agent in stage.engine.floor().agents):
            await asyncio.sleep(0.05)
