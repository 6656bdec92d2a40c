"""The world outside the site: a carrier that keeps its own books, and the agents' phones. It survives the site."""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from sip.errors import TelephonyError
from sip.pool import LinePool, PoolSettings
from sip.simulator.behaviour import Behaviour, Kind, NumberingPlan, NumberRule, Seconds, Share
from sip.simulator.carrier import SimulatedCarrier
from sip.simulator.party import Leg
from sip.simulator.phones import SimulatedPhones
from sip.simulator.sounds import Sounds, prepare

LEGS_PER_WORKER = 3  # of four on the stock build; one may still be closing
AUDIBLE = 0.02
LONGEST_PAUSE_S = 3.0  # a speaker takes breath for less than a second
AT_ONCE = Seconds(mean=0.0)
FOR_LONG = Seconds(mean=600.0)
SHORT = {Kind.BUSY: 3.0, Kind.INVALID: 3.0, Kind.DECLINES: 3.0, Kind.HANGS_UP: 1.0}


def conduct(kind: Kind, *, ring: Seconds = AT_ONCE, talk: Seconds = FOR_LONG) -> Behaviour:
    return Behaviour(kind=kind, ring=ring, talk=talk)


def everybody(kind: Kind, **endings: Behaviour) -> NumberingPlan:
    """All numbers are of one kind, those with an ending (`n0001`) behave as given."""
    rules = tuple(NumberRule(ending=name.lstrip("n"), behaviour=behaviour) for name, behaviour in endings.items())
    return NumberingPlan(rules=rules, mix=(Share(weight=1.0, behaviour=conduct(kind)),))


def short_calls(ring: Seconds = AT_ONCE) -> NumberingPlan:
    """Numbers that refuse, and people who hang up as soon as they have answered."""
    shares = (Share(weight=weight, behaviour=conduct(kind, ring=ring)) for kind, weight in SHORT.items())
    return NumberingPlan(mix=tuple(shares))


@dataclass(frozen=True, slots=True)
class Invite:
    """A line of the carrier's book."""

    number: str
    call_id: str


class WatchedCarrier(SimulatedCarrier):
    """Writes down every call it is given; people talk until `hangs_up`, and ring while in `kept_ringing`."""

    def __init__(self, pool: LinePool, plan: NumberingPlan, sounds: Sounds) -> None:
        super().__init__(pool, plan, sounds)
        self.invites: list[Invite] = []
        self.kept_ringing: set[str] = set()
        self._talking: dict[str, str] = {}

    def calls_to(self) -> Counter[str]:
        return Counter(invite.number for invite in self.invites)

    async def conduct(self, leg: Leg) -> None:
        self.invites.append(Invite("+" + leg.incoming.to_number.lstrip("+"), leg.incoming.sip_call_id))
        await super().conduct(leg)

    async def answered(self, leg: Leg) -> None:
        self._talking["+" + leg.incoming.to_number.lstrip("+")] = leg.leg_id

    async def _ring(self, leg: Leg, behaviour: Behaviour, chance: random.Random) -> None:
        await super()._ring(leg, behaviour, chance)
        while "+" + leg.incoming.to_number.lstrip("+") in self.kept_ringing:
            await leg.lasts(0.05)

    async def hangs_up(self, number: str) -> None:
        await self.telephony.hang_up(self._talking[number])

    async def hears(self, number: str, within: float = LONGEST_PAUSE_S) -> bool:
        """Whether the customer hears somebody."""
        return await sounds_on(self.telephony, self._talking[number], within)


class WatchedPhones(SimulatedPhones):
    """Phones whose ears can be asked. A phone has one conversation; the newest leg is the one that counts."""

    def __init__(self, pool: LinePool, extensions: Sequence[str], sounds: Sounds) -> None:
        super().__init__(pool, extensions, sounds)
        self._in_call: dict[str, str] = {}

    async def conduct(self, leg: Leg) -> None:
        self._in_call[leg.incoming.to_number] = leg.leg_id
        await super().conduct(leg)

    async def hears(self, extension: str, within: float = LONGEST_PAUSE_S) -> bool:
        return await sounds_on(self.telephony, self._in_call[extension], within)


async def sounds_on(telephony: LinePool, leg_id: str, within: float) -> bool:
    deadline = time.monotonic() + within
    while time.monotonic() < deadline:
        try:
            if (await telephony.levels(leg_id)).received > AUDIBLE:
                return True
        except TelephonyError:
            return False
        await asyncio.sleep(0.05)
    return False


@dataclass(frozen=True, slots=True)
class Town:
    carrier: WatchedCarrier
    phones: WatchedPhones
    agents: tuple[str, ...]

    async def converse(self, pairs: dict[str, str]) -> bool:
        """Whether all these customers (number: agent) and their agents hear each other, both ways."""
        ears: list[Awaitable[bool]] = [self.carrier.hears(number) for number in pairs]
        ears += [self.phones.hears(agent) for agent in pairs.values()]
        return all(await asyncio.gather(*ears))


def _pool(folder: Path, name: str, workers: int, ports_from: int) -> LinePool:
    return LinePool(
        PoolSettings(
            run_directory=folder / name,
            workers=workers,
            worker_prefix=name,
            accept_incoming=True,
            rtp_port_from=ports_from,
            rtp_port_to=ports_from + 1999,
        )
    )


@asynccontextmanager
async def town(folder: Path, plan: NumberingPlan, *, agents: int, carrier_legs: int) -> AsyncIterator[Town]:
    sounds = await asyncio.to_thread(prepare, folder / "sounds")
    extensions = tuple(str(1001 + n) for n in range(agents))
    carrier = WatchedCarrier(_pool(folder, "c", -(-carrier_legs // LEGS_PER_WORKER), 44000), plan, sounds)
    phones = WatchedPhones(_pool(folder, "p", -(-agents // 2), 46000), extensions, sounds)
    async with carrier.running(), phones.running():
        yield Town(carrier, phones, extensions)
