"""Calls of a real line pool, in the words the bed's tests use."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sip.errors import TelephonyError
from sip.events import LegAnswered, LegEnded, RecordingStopped
from sip.pool import LinePool
from sip.telephony import Line
from tests import audio
from tests.integration.sip.floor import Listener, eventually, order

_numbers = itertools.count(1)


@dataclass(frozen=True, slots=True)
class Leg:
    leg_id: str
    sip_call_id: str


@dataclass(frozen=True, slots=True)
class Recorded:
    """Both files of a finished recording, the parties apart."""

    customer: audio.Sound
    agent: audio.Sound


@dataclass(frozen=True, slots=True)
class Dialling:
    pool: LinePool
    heard: Listener
    directory: Path

    @asynccontextmanager
    async def line(self) -> AsyncIterator[Line]:
        """A line that is free of legs again at the end."""
        await eventually(lambda: self.pool.capacity().free > 0, within=40, what="a free line")
        line = self.pool.reserve(f"line-{next(_numbers)}")
        try:
            yield line
        finally:
            self.pool.release(line.line_id)

    async def place(self, line: Line, number: str, trunk: str = "pbx", **fields: Any) -> Leg:
        """Call `number` over `trunk`; returns once the worker has accepted it."""
        placed = order(f"{line.line_id}.{next(_numbers)}", number, trunk=trunk, **fields)
        await self.pool.place(line.worker, placed)
        return Leg(placed.leg_id, placed.sip_call_id)

    async def answered(self, line: Line, number: str, trunk: str = "pbx", **fields: Any) -> Leg:
        leg = await self.place(line, number, trunk, **fields)
        await self.heard.until(LegAnswered, leg_id=leg.leg_id, within=12)
        return leg

    async def ended(self, leg: Leg, *, within: float = 15.0) -> LegEnded:
        ended: LegEnded = await self.heard.until(LegEnded, leg_id=leg.leg_id, within=within)
        return ended

    async def hang_up(self, *legs: Leg) -> None:
        for leg in legs:
            try:
                await self.pool.hang_up(leg.leg_id)
            except TelephonyError:
                continue  # the other side was faster
        for leg in legs:
            await self.ended(leg)

    async def record(self, customer: Leg, agent: Leg) -> str:
        recording_id = f"recording-{next(_numbers)}"
        await self.pool.start_recording(
            recording_id, customer_leg=customer.leg_id, agent_leg=agent.leg_id, directory=str(self.directory)
        )
        return recording_id

    async def recorded(self, recording_id: str) -> Recorded:
        """Stop the recording and read both of its files."""
        await self.pool.stop_recording(recording_id)
        stopped: RecordingStopped = await self.heard.until(RecordingStopped, recording_id=recording_id)
        (customer,) = audio.read(self.directory / stopped.customer_file)
        (agent,) = audio.read(self.directory / stopped.agent_file)
        return Recorded(customer, agent)
