"""Real people on loopback: a pool of its own that takes calls and behaves by the last digit that was dialled."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from sip.commands import PlaceLeg
from sip.errors import TelephonyError
from sip.events import Delivered, LegEnded, LegIncoming
from sip.pool import LinePool, PoolSettings

REFUSALS = {"3": 486, "4": 404, "5": 603, "6": 503}


class Parties:
    """...1 rings and answers, ...2 rings on, ...3 is busy, ...4 unknown, ...5 declines, ...6 is congested."""

    def __init__(self, pool: LinePool) -> None:
        self.pool = pool
        self.legs: dict[str, str] = {}  # Call-ID -> our leg
        self.ended: dict[str, LegEnded] = {}
        self._last = 0

    def address(self, number: str, worker: str = "far1") -> str:
        return f"sip:{number}@{self.pool.worker_address(worker)}"

    async def answer_calls(self) -> None:
        async for delivered in self.pool.events():
            await self._take(delivered)
            self.pool.acknowledge(delivered.worker, delivered.seq)

    async def _take(self, delivered: Delivered) -> None:
        match delivered.event:
            case LegIncoming() as call:
                self.legs[call.sip_call_id] = call.leg_id
                with suppress(TelephonyError):  # the caller was quicker in giving up
                    await self._behave(call)
            case LegEnded(leg_id=leg) as ended:
                self.ended[leg] = ended
            case _:
                pass

    async def _behave(self, call: LegIncoming) -> None:
        last = call.to_number[-1:]
        if (status := REFUSALS.get(last)) is not None:
            await self.pool.reject(call.leg_id, status)
            return
        await self.pool.ring(call.leg_id)
        if last == "1":
            await self.pool.answer(call.leg_id)

    async def hang_up(self, sip_call_id: str) -> None:
        await self.pool.hang_up(self.legs[sip_call_id])

    async def press(self, sip_call_id: str, digits: str) -> None:
        await self.pool.send_dtmf(self.legs[sip_call_id], digits)

    async def call(self, address: str) -> None:
        self._last += 1
        name = f"caller-{self._last}"
        order = PlaceLeg(command_id=name, leg_id=name, destination=address, caller_id="4930123456", ring_time_s=30)
        await self.pool.place("far1", order)


@asynccontextmanager
async def parties(directory: Path, *, workers: int = 1) -> AsyncIterator[Parties]:
    pool = LinePool(
        PoolSettings(
            run_directory=directory / "far",
            workers=workers,
            worker_prefix="far",
            accept_incoming=True,
            rtp_port_from=34000,
            rtp_port_to=37999,
            idle_exit_s=5.0,
        )
    )
    everybody = Parties(pool)
    task = asyncio.create_task(everybody.answer_calls(), name="parties")
    try:
        await pool.start()
        yield everybody
    finally:
        await pool.close()
        await asyncio.gather(task, return_exceptions=True)
