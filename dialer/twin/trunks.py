"""Trunks without a carrier behind them: their lines, their tokens, and whether they are up."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

from dialer.clock import Clock
from dialer.twin.switch import FakeLeg, Switch
from sip.errors import RateLimited, UnknownTrunk
from sip.events import TrunkDown, TrunkUp
from sip.rate import TokenBucket
from sip.trunks import Trunk


@dataclass
class FakeTrunk:
    trunk: Trunk
    bucket: TokenBucket
    up: bool = True
    admitted: int = 0
    legs: set[str] = field(default_factory=set)

    @property
    def room(self) -> bool:
        return self.admitted + len(self.legs) < self.trunk.lines


class Trunks(Switch):
    def __init__(self, clock: Clock, *, workers: int = 1, max_legs: int = 64) -> None:
        super().__init__(clock, workers=workers, max_legs=max_legs)
        self._trunks: dict[str, FakeTrunk] = {}
        self.trunk_refusals: dict[str, int] = {}  # registration is answered with this status

    async def connect_trunk(self, trunk: Trunk) -> None:
        self._trunks[trunk.name] = FakeTrunk(trunk, TokenBucket(trunk.calls_per_second))
        for leg in self._legs.values():
            if leg.trunk == trunk.name:
                self._trunks[trunk.name].legs.add(leg.leg_id)
        if status := self.trunk_refusals.get(trunk.name):
            self.trunk_goes_down(trunk.name, status)
        else:
            self.trunk_comes_up(trunk.name)

    async def disconnect_trunk(self, name: str) -> None:
        self._trunks.pop(name, None)

    def trunk_goes_down(self, name: str, status: int = 503) -> None:
        self._trunks[name].up = False
        worker = next(iter(self._workers))
        self._tell(worker, TrunkDown(worker=worker, at=self._clock.now(), trunk=name, sip_status=status, reason="lost"))

    def trunk_comes_up(self, name: str) -> None:
        self._trunks[name].up = True
        worker = next(iter(self._workers))
        self._tell(worker, TrunkUp(worker=worker, at=self._clock.now(), trunk=name))

    def admit(self, trunks: Sequence[str]) -> str:
        now = self._clock.monotonic()
        up = [self._trunks[name] for name in trunks if name in self._trunks and self._trunks[name].up]
        if not up:
            raise UnknownTrunk(f"none of {', '.join(trunks)} is up")
        for trunk in up:
            if trunk.room and trunk.bucket.take(now):
                trunk.admitted += 1
                return trunk.trunk.name
        raise RateLimited("every trunk is at its limit")

    def give_back(self, trunk: str) -> None:
        self._trunks[trunk].admitted = max(0, self._trunks[trunk].admitted - 1)

    def next_admission_s(self, trunks: Sequence[str]) -> float:
        now = self._clock.monotonic()
        up = (self._trunks[name] for name in trunks if name in self._trunks and self._trunks[name].up)
        return min((trunk.bucket.wait_s(now) for trunk in up), default=math.inf)

    def slots_taken(self) -> int:
        return sum(trunk.admitted + len(trunk.legs) for trunk in self._trunks.values())

    def _forget(self, leg: FakeLeg) -> None:
        super()._forget(leg)
        for trunk in self._trunks.values():
            trunk.legs.discard(leg.leg_id)
