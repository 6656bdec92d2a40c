"""A simulated carrier: every number behaves by the numbering plan, with real SIP and real sound."""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from sip.events import DtmfReceived, LegAnswered
from sip.pool import LinePool
from sip.simulator.behaviour import ANSWERING, REFUSALS, Behaviour, Kind, NumberingPlan
from sip.simulator.front import Address, CarrierFront
from sip.simulator.party import Leg, Party
from sip.simulator.sounds import Sounds

TAKEN_FOR_LOST_S: Final = 5.0  # an INVITE forwarded to a worker that never showed up as a leg
EARLY_MEDIA_S: Final = 2.0
FOR_EVER_S: Final = 3600.0


class SimulatedCarrier(Party):
    """Serve `plan` behind one SIP address (`address`, known once running).

    `kinds` tells how each number behaved the last time, `keys` the DTMF digits sent to it; both by number without plus.
    """

    telephony: LinePool

    def __init__(self, pool: LinePool, plan: NumberingPlan, sounds: Sounds, *, port: int = 0) -> None:
        super().__init__(pool)
        self.plan = plan
        self.calls: Counter[str] = Counter()
        self.kinds: dict[str, Kind] = {}
        self.keys: dict[str, str] = {}
        self._sounds = sounds
        self._port = port
        self._load: dict[str, dict[str, float | None]] = {}  # worker -> Call-ID -> since when unseen; None once seen
        self._front = CarrierFront(self._choose)
        self.address = ""

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        async with super().running():
            host, port = await self._front.start(port=self._port)
            self.address = f"{host}:{port}"
            try:
                yield
            finally:
                self._front.close()

    def _choose(self, call_id: str) -> Address | None:
        """The worker with most free legs; None when the carrier is full."""
        free = {name: capacity.max_legs - self._busy(name) for name, capacity in self.telephony.workers().items()}
        worker = max(free, key=lambda name: free[name], default=None)
        if worker is None or free[worker] <= 0:
            return None
        self._load.setdefault(worker, {})[call_id] = time.monotonic()
        host, _, port = self.telephony.worker_address(worker).rpartition(":")
        return host, int(port)

    def _busy(self, worker: str) -> int:
        load, now = self._load.setdefault(worker, {}), time.monotonic()
        for call_id, unseen_since in list(load.items()):
            if unseen_since is not None and now - unseen_since > TAKEN_FOR_LOST_S:
                del load[call_id]
        return len(load)

    def ended(self, leg: Leg) -> None:
        super().ended(leg)
        self._load.get(leg.incoming.worker, {}).pop(leg.incoming.sip_call_id, None)

    async def conduct(self, leg: Leg) -> None:
        self._load.setdefault(leg.incoming.worker, {})[leg.incoming.sip_call_id] = None
        number = leg.incoming.to_number.lstrip("+")
        behaviour, chance = self.plan.draw(number, self.calls[number])
        self.calls[number] += 1
        self.kinds[number] = behaviour.kind
        if behaviour.kind is Kind.DEAD:
            await leg.lasts(FOR_EVER_S)
        await self._ring(leg, behaviour, chance)
        if behaviour.kind in ANSWERING:
            await self._answer(leg, behaviour, chance)
        else:
            await self._refuse(leg, behaviour)

    async def answered(self, leg: Leg) -> None:
        """Called when a person or machine has answered and speaks; measuring carriers listen here."""

    async def _ring(self, leg: Leg, behaviour: Behaviour, chance: random.Random) -> None:
        refused_by_network = behaviour.kind in (Kind.BUSY, Kind.INVALID, Kind.CONGESTION)
        if refused_by_network:
            await leg.lasts(min(behaviour.ring.draw(chance), 1.0))
            return
        if behaviour.kind is Kind.EARLY_MEDIA:
            await self.telephony.ring(leg.leg_id, early_media_file=self._sounds.ringback)
            await leg.lasts(EARLY_MEDIA_S)
        else:
            await self.telephony.ring(leg.leg_id)
        await leg.lasts(FOR_EVER_S if behaviour.kind is Kind.NO_ANSWER else behaviour.ring.draw(chance))

    async def _refuse(self, leg: Leg, behaviour: Behaviour) -> None:
        status, q850 = REFUSALS[behaviour.kind]
        await self.telephony.reject(leg.leg_id, status, q850=q850)
        await leg.lasts(FOR_EVER_S)

    async def _answer(self, leg: Leg, behaviour: Behaviour, chance: random.Random) -> None:
        await self.telephony.answer(leg.leg_id, send_media=behaviour.kind is not Kind.SILENT)
        if not await leg.wait_for(LegAnswered, 10.0):
            return
        if behaviour.kind is Kind.HANGS_UP:
            await self.telephony.hang_up(leg.leg_id)
            return
        if behaviour.kind is not Kind.SILENT:
            sound = self._sounds.greeting if behaviour.kind is Kind.MACHINE else chance.choice(self._sounds.customers)
            await self.telephony.play(f"{leg.leg_id}.voice", leg.leg_id, sound, loop=True)
        await self.answered(leg)
        if behaviour.kind is Kind.PRESSES_KEYS:
            await leg.lasts(1.0)
            await self.telephony.send_dtmf(leg.leg_id, behaviour.keys)
        await self._listen_to(leg, behaviour.talk.draw(chance))
        await self.telephony.hang_up(leg.leg_id)

    async def _listen_to(self, leg: Leg, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                while True:
                    event = await leg.next()
                    if isinstance(event, DtmfReceived):
                        number = leg.incoming.to_number.lstrip("+")
                        self.keys[number] = (self.keys.get(number, "") + event.digit)[-64:]
        except TimeoutError:
            return
