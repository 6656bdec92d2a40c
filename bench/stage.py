"""A pool of stock line workers with the simulated carrier and phones, for the figures."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import TypeVar

from sip.commands import PlaceLeg
from sip.events import AnyEvent, LegAnswered, LegEvent
from sip.pool import LinePool, PoolSettings
from sip.simulator.behaviour import Behaviour, Kind, NumberingPlan, Seconds, Share
from sip.simulator.carrier import SimulatedCarrier
from sip.simulator.phones import SimulatedPhones
from sip.simulator.sounds import prepare
from sip.trunks import Trunk

DEADLINE_S = 30.0
TALKER = Behaviour(kind=Kind.TALKS, ring=Seconds(mean=0.2), talk=Seconds(mean=600))
Event = TypeVar("Event", bound=LegEvent)


class Stage:
    """The caller's side: places legs and waits for what becomes of them."""

    def __init__(self, folder: Path, lines: LinePool, carrier: SimulatedCarrier, phones: SimulatedPhones) -> None:
        self.folder, self.lines, self.carrier, self.phones = folder, lines, carrier, phones
        self._events: list[AnyEvent] = []
        self._news = asyncio.Condition()

    async def listen(self) -> None:
        async for delivered in self.lines.events():
            self.lines.acknowledge(delivered.worker, delivered.seq)
            async with self._news:
                self._events.append(delivered.event)
                self._news.notify_all()

    async def sees(self, kind: type[Event], leg_id: str) -> Event:
        async with asyncio.timeout(DEADLINE_S), self._news:
            while True:
                for event in self._events:
                    if isinstance(event, kind) and event.leg_id == leg_id:
                        return event
                await self._news.wait()

    async def customer(self, line_id: str, number: str = "+8613812345678") -> LegAnswered:
        """Call a customer who answers and talks."""
        line = self.lines.reserve(line_id)
        trunk = self.lines.admit(["carrier"])
        leg_id = f"{line_id}.c"
        await self.lines.place(line.worker, PlaceLeg(command_id=leg_id, leg_id=leg_id, destination=number, trunk=trunk))
        return await self.sees(LegAnswered, leg_id)

    async def agent(self, line_id: str, extension: str) -> LegAnswered:
        """Call an agent's phone on the same worker."""
        line = self.lines.reserve(line_id)
        leg_id = f"{line_id}.a"
        order = PlaceLeg(command_id=leg_id, leg_id=leg_id, destination=self.phones.phone(extension), auto_answer=True)
        await self.lines.place(line.worker, order)
        return await self.sees(LegAnswered, leg_id)


@asynccontextmanager
async def stage(*, lines: int = 1, agents: int = 1) -> AsyncIterator[Stage]:
    folder = Path(tempfile.mkdtemp(prefix="goldenhour-bench-"))

    def pool(prefix: str, ports: int, workers: int, *, incoming: bool) -> LinePool:
        return LinePool(
            PoolSettings(
                run_directory=folder / prefix,
                workers=workers,
                worker_prefix=prefix,
                accept_incoming=incoming,
                rtp_port_from=ports,
                rtp_port_to=ports + 2999,
            )
        )

    sounds = prepare(folder / "sounds")
    plan = NumberingPlan(mix=(Share(weight=1.0, behaviour=TALKER),))
    carrier = SimulatedCarrier(pool("c", 41000, -(-lines // 3), incoming=True), plan, sounds)
    extensions = [str(1001 + n) for n in range(agents)]
    phones = SimulatedPhones(pool("p", 44000, -(-agents // 2), incoming=True), extensions, sounds)
    ours = pool("w", 47000, lines, incoming=False)
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(carrier.running())
        await stack.enter_async_context(phones.running())
        await ours.start()
        stack.push_async_callback(ours.close)
        await ours.connect_trunk(Trunk(name="carrier", address=carrier.address, lines=1000, calls_per_second=1000))
        scene = Stage(folder, ours, carrier, phones)
        listening = asyncio.create_task(scene.listen(), name="bench stage")
        stack.callback(listening.cancel)
        yield scene
