"""Real people on loopback: a pool of its own that takes calls and behaves by the last digit that was dialled."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import numpy as np

from sip.commands import PlaceLeg
from sip.errors import TelephonyError
from sip.events import Delivered, LegAnswered, LegEnded, LegIncoming
from sip.pool import LinePool, PoolSettings
from sip.simulator import voice

_SOUNDS = {
    "greets": lambda: np.concatenate([voice.silence(0.3), voice.speech(0.5, pitch=120.0, seed=3), voice.silence(8.0)]),
    "machine": lambda: np.concatenate([
        voice.silence(0.4), *(voice.speech(0.7, pitch=190.0, seed=n) for n in range(8)), voice.silence(0.5),
        voice.tone(1000, 0.4), voice.silence(8.0),
    ]),
}  # fmt: skip
REFUSALS = {"3": 486, "4": 404, "5": 603, "6": 503}


class Parties:
    """...1 rings and answers, ...2 rings on, ...3 is busy, ...4 unknown, ...5 declines, ...6 is congested,
    ...7 answers with a short word, ...8 is a machine that speaks without a pause, beeps and is silent."""

    def __init__(self, pool: LinePool, sounds: Path) -> None:
        self.pool = pool
        self._sounds = {"7": sounds / "greets.wav", "8": sounds / "machine.wav"}
        self._playback = itertools.count(1)
        self.legs: dict[str, str] = {}  # Call-ID -> our leg
        self.dialled: dict[str, str] = {}  # our leg -> number
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
                self.dialled[call.leg_id] = call.to_number
                with suppress(TelephonyError):  # the caller was quicker in giving up
                    await self._behave(call)
            case LegAnswered(leg_id=leg) if leg in self.dialled:
                await self._speak(leg, self.dialled[leg])
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
        if last == "1" or last in self._sounds:
            await self.pool.answer(call.leg_id)

    async def _speak(self, leg_id: str, number: str) -> None:
        sound = self._sounds.get(number[-1:])
        if sound is None:
            return
        if not sound.exists():
            voice.write(sound, _SOUNDS[sound.stem]())
        with suppress(TelephonyError):
            await self.pool.play(f"voice-{next(self._playback)}", leg_id, str(sound))

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
    everybody = Parties(pool, directory)
    task = asyncio.create_task(everybody.answer_calls(), name="parties")
    try:
        await pool.start()
        yield everybody
    finally:
        await pool.close()
        await asyncio.gather(task, return_exceptions=True)
