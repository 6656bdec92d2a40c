"""Simulated agents at their screens: they log in, and after every conversation they save its result."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Final

import structlog

from dialer.bus import Bus
from dialer.clock import Clock
from dialer.domain.agent import AgentState
from dialer.domain.events import AgentStateChanged
from dialer.engine.engine import Engine
from dialer.errors import Refused
from sip.simulator.behaviour import Kind, Seconds

log = structlog.get_logger(__name__)

# What an agent makes of a conversation, by what the other side was; weights.
DISPOSITIONS: Final[Mapping[Kind, Mapping[str, float]]] = {
    Kind.TALKS: {"SALE": 2, "APPOINTMENT": 2, "NOT_INTERESTED": 5, "WRONG_PERSON": 0.6, "DO_NOT_CALL": 0.4},
    Kind.EARLY_MEDIA: {"APPOINTMENT": 1, "NOT_INTERESTED": 2},
    Kind.PRESSES_KEYS: {"NOT_INTERESTED": 1},
    Kind.MACHINE: {"MACHINE": 1},
    Kind.HANGS_UP: {"NO_TALK": 1},
    Kind.SILENT: {"NO_TALK": 1},
}


class SimulatedDesk:
    """`kind_of(attempt_id)` tells what answered, as an agent would hear it."""

    def __init__(
        self,
        engine: Engine,
        bus: Bus,
        clock: Clock,
        *,
        kind_of: Callable[[str], Awaitable[Kind]],
        wrap_up: Seconds,
        seed: int,
    ) -> None:
        self._engine = engine
        self._bus = bus
        self._clock = clock
        self._kind_of = kind_of
        self._wrap_up = wrap_up
        self._chance = random.Random(seed)  # noqa: S311 - a repeatable simulation, not a secret

    async def run(self, agents: Sequence[str]) -> None:
        """Until cancelled. Every save is a task of this call's own group."""
        with self._bus.stream("simulated agents") as events:
            for agent_id in agents:
                await self._engine.make_ready(agent_id)
            async with asyncio.TaskGroup() as saves:
                async for event in events:
                    if isinstance(event, AgentStateChanged) and event.state is AgentState.WRAP_UP and event.attempt_id:
                        saves.create_task(self._save(event.agent_id, event.attempt_id), name=f"save {event.attempt_id}")

    async def _save(self, agent_id: str, attempt_id: str) -> None:
        await self._clock.sleep(self._wrap_up.draw(self._chance))
        weights = DISPOSITIONS.get(await self._kind_of(attempt_id), DISPOSITIONS[Kind.HANGS_UP])
        code = self._chance.choices(list(weights), list(weights.values()))[0]
        try:
            await self._engine.dispose(attempt_id, code, agent_id=agent_id)
        except Refused as refusal:
            log.warning("simulated disposition refused", code=refusal.code, attempt_id=attempt_id)
