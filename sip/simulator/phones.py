"""Simulated agents' phones: they answer by themselves and talk until one side hangs up."""

from __future__ import annotations

import random
import zlib
from collections.abc import Sequence

from sip.events import LegAnswered
from sip.pool import LinePool
from sip.simulator.behaviour import Seconds
from sip.simulator.party import Leg, Party
from sip.simulator.sounds import Sounds


class SimulatedPhones(Party):
    """Phones for `extensions`, spread over the pool's workers; `phone(extension)` is the address to call.

    `hangs_up_after`, where given, lets the agent end a conversation; otherwise only the customer does.
    """

    telephony: LinePool

    def __init__(
        self,
        pool: LinePool,
        extensions: Sequence[str],
        sounds: Sounds,
        *,
        answers_after: float = 0.0,
        hangs_up_after: Seconds | None = None,
        seed: int = 1,
    ) -> None:
        super().__init__(pool)
        self._extensions = list(extensions)
        self._sounds = sounds
        self._answers_after = answers_after
        self._hangs_up_after = hangs_up_after
        self._chance = random.Random(seed)  # noqa: S311 - a repeatable simulation, not a secret

    def phone(self, extension: str) -> str:
        """The `sip:` address of one phone; known once running."""
        workers = sorted(self.telephony.workers())
        worker = workers[self._extensions.index(extension) % len(workers)]
        return f"sip:{extension}@{self.telephony.worker_address(worker)}"

    async def conduct(self, leg: Leg) -> None:
        await self.telephony.ring(leg.leg_id)
        await leg.lasts(self._answers_after)
        await self.telephony.answer(leg.leg_id)
        if not await leg.wait_for(LegAnswered, 10.0):
            return
        voice = self._sounds.agents[zlib.crc32(leg.incoming.to_number.encode()) % len(self._sounds.agents)]
        await self.telephony.play(f"{leg.leg_id}.voice", leg.leg_id, voice, loop=True)
        await leg.lasts(self._hangs_up_after.draw(self._chance) if self._hangs_up_after else 86400.0)
        await self.telephony.hang_up(leg.leg_id)
