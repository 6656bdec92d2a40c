"""Legs without SIP: placed, ringing, answered, joined and ended as the people called decide."""

from __future__ import annotations

import re

from dialer.clock import Clock
from dialer.twin.parties import Fate, answers, rings_on
from dialer.twin.sounds import Sounds
from dialer.twin.switch import FakeLeg
from sip.causes import Cause, LegOutcome, Origin
from sip.commands import HangupReason, PlaceLeg
from sip.errors import BadDestination, BadState, UnknownTrunk, WorkerGone
from sip.events import (
    CapacityChanged,
    LegAnswered,
    LegEnded,
    LegPlaced,
    LegRinging,
    LegsBridged,
    LegStatistics,
    LegsUnbridged,
)

_DIGITS = re.compile(r"\+?[0-9]{2,20}")


class Legs(Sounds):
    """`everybody` and `customers` say how people behave when they are called, `phones` what agents' phones do."""

    def __init__(self, clock: Clock, *, workers: int = 1, max_legs: int = 64) -> None:
        super().__init__(clock, workers=workers, max_legs=max_legs)
        self._ended: set[str] = set()
        self.customers: dict[str, Fate] = {}
        self.everybody: Fate = rings_on()
        self.phones: dict[str, Fate] = {}
        self.every_phone: Fate = answers(0.1)
        self.trunk_fates: dict[str, Fate] = {}
        self.placed: list[PlaceLeg] = []
        self.hangups: list[tuple[str, HangupReason]] = []

    async def place(self, worker: str, order: PlaceLeg) -> None:
        if worker not in self._workers or not self._workers[worker].up:
            raise WorkerGone(f"there is no worker {worker}")
        if order.leg_id in self._legs or order.leg_id in self._ended:
            return  # the same order again
        self._check_destination(order)
        await self._reply("place", lambda: self._place(worker, order))

    async def ring(self, leg_id: str, *, early_media_file: str = "") -> None:
        self._leg(leg_id).state = "ringing"

    async def answer(self, leg_id: str, *, send_media: bool = True) -> None:
        self._answer(self._leg(leg_id))

    async def reject(self, leg_id: str, sip_status: int, *, q850: int | None = None) -> None:
        cause = Cause(origin=Origin.US, sip_status=sip_status, q850=q850)
        self._end(self._leg(leg_id), LegOutcome.CANCELLED, cause)

    async def hang_up(self, leg_id: str, reason: HangupReason = HangupReason.NORMAL) -> None:
        leg = self._leg(leg_id)
        self.hangups.append((leg_id, reason))
        await self._reply("hang_up", lambda: self._end(leg, answered_or(leg), Cause(origin=Origin.US)))

    async def bridge(self, leg_id: str, other_leg_id: str) -> None:
        leg, other = self._leg(leg_id), self._leg(other_leg_id)
        if leg.state != "answered" or other.state != "answered":
            raise BadState("both legs must be answered")
        if leg.worker != other.worker:
            raise BadState("both legs must be on one worker")
        await self._reply("bridge", lambda: self._bridge(leg, other))

    async def unbridge(self, leg_id: str, other_leg_id: str) -> None:
        self._part(self._leg(leg_id))

    async def send_dtmf(self, leg_id: str, digits: str) -> None:
        self._leg(leg_id)

    # what happens inside
    def _check_destination(self, order: PlaceLeg) -> None:
        if order.trunk and order.trunk not in self._trunks:
            raise UnknownTrunk(order.trunk)
        if order.trunk and not _DIGITS.fullmatch(order.destination):
            raise BadDestination(order.destination)

    def _place(self, worker: str, order: PlaceLeg) -> None:
        if order.leg_id in self._legs:
            return
        leg = FakeLeg(order.leg_id, worker, order.sip_call_id, trunk=order.trunk, destination=order.destination)
        self._legs[order.leg_id] = leg
        self.placed.append(order)
        if order.trunk:
            self._trunks[order.trunk].legs.add(order.leg_id)
            self.give_back(order.trunk)
        self._tell(
            worker,
            LegPlaced(
                worker=worker, at=self._clock.now(), leg_id=leg.leg_id, sip_call_id=order.sip_call_id, trunk=order.trunk
            ),
        )
        self._live_through(leg, order, self._fate(order))

    def _fate(self, order: PlaceLeg) -> Fate:
        if order.trunk in self.trunk_fates:
            return self.trunk_fates[order.trunk]
        if order.destination in self.customers:
            return self.customers[order.destination]
        if order.auto_answer or not order.trunk:
            return self.phones.get(order.destination, self.every_phone)
        return self.everybody

    def _live_through(self, leg: FakeLeg, order: PlaceLeg, fate: Fate) -> None:
        self._in(leg, fate.rings_after, lambda: self._ring(leg))
        self._in(leg, fate.answers_after, lambda: self._answer(leg, fate.talks))
        if fate.status:
            cause = Cause(origin=Origin.REMOTE, sip_status=fate.status, q850=fate.q850)
            self._in(leg, fate.refuses_after, lambda: self._end(leg, fate.outcome, cause))
        elif fate.rings_after is None and fate.answers_after is None:
            silence = Cause(origin=Origin.NO_PROGRESS)
            self._in(leg, order.no_progress_s, lambda: self._end(leg, LegOutcome.CONGESTED, silence))
        self._in(leg, order.ring_time_s, lambda: self._ring_time_over(leg))

    def _ring(self, leg: FakeLeg) -> None:
        if leg.state == "placing":
            leg.state = "ringing"
            self._tell(
                leg.worker, LegRinging(worker=leg.worker, at=self._clock.now(), leg_id=leg.leg_id, sip_status=180)
            )

    def _answer(self, leg: FakeLeg, talks: float | None = None) -> None:
        leg.state = "answered"
        self._tell(leg.worker, LegAnswered(worker=leg.worker, at=self._clock.now(), leg_id=leg.leg_id))
        if talks is not None:
            bye = Cause(origin=Origin.REMOTE, sip_status=200, q850=16)
            self._in(leg, talks, lambda: self._end(leg, LegOutcome.ANSWERED, bye))

    def _ring_time_over(self, leg: FakeLeg) -> None:
        if leg.state in ("placing", "ringing"):
            self._end(leg, LegOutcome.NO_ANSWER, Cause(origin=Origin.RING_TIMEOUT, sip_status=487))

    def _bridge(self, leg: FakeLeg, other: FakeLeg) -> None:
        leg.bridged_to, other.bridged_to = other.leg_id, leg.leg_id
        now = self._clock.now()
        self._tell(leg.worker, LegsBridged(worker=leg.worker, at=now, leg_id=leg.leg_id, other_leg_id=other.leg_id))

    def _part(self, leg: FakeLeg) -> None:
        if leg.bridged_to is None:
            return
        other_id, leg.bridged_to = leg.bridged_to, None
        if other := self._legs.get(other_id):
            other.bridged_to = None
        now = self._clock.now()
        self._tell(leg.worker, LegsUnbridged(worker=leg.worker, at=now, leg_id=leg.leg_id, other_leg_id=other_id))

    def _end(self, leg: FakeLeg, outcome: LegOutcome, cause: Cause) -> None:
        if leg.leg_id not in self._legs:
            return
        self._silence(leg)
        self._part(leg)
        self._forget(leg)
        statistics = LegStatistics(codec="PCMA", mos=4.3) if outcome is LegOutcome.ANSWERED else None
        self._tell(
            leg.worker,
            LegEnded(
                worker=leg.worker, at=self._clock.now(), leg_id=leg.leg_id, cause=cause, outcome=outcome,
                statistics=statistics,
            ),
        )  # fmt: skip
        free = max(self._free(self._workers[leg.worker]), 0)
        self._tell(
            leg.worker, CapacityChanged(worker=leg.worker, at=self._clock.now(), free_legs=free, draining_legs=0)
        )

    def _forget(self, leg: FakeLeg) -> None:
        super()._forget(leg)
        self._ended.add(leg.leg_id)


def answered_or(leg: FakeLeg) -> LegOutcome:
    return LegOutcome.ANSWERED if leg.state == "answered" else LegOutcome.CANCELLED
