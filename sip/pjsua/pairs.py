"""Which two legs hear each other; at most one partner per leg."""

from __future__ import annotations

from collections.abc import Callable

from sip.errors import BadState
from sip.events import LegsBridged, LegsUnbridged
from sip.pjsua.bridge import Bridge
from sip.pjsua.leg import Leg


class Pairs:
    def __init__(self, bridge: Bridge, emit: Callable[..., None]) -> None:
        self._bridge = bridge
        self._emit = emit
        self._partner: dict[Leg, Leg] = {}
        self._lost: set[Leg] = set()

    def join(self, leg: Leg, other: Leg, quieten: Callable[[Leg], None]) -> None:
        """Both hear each other and nothing else."""
        if leg is other:
            raise BadState("a leg cannot be bridged to itself")
        if self._partner.get(leg) is not other:
            self._release(leg)
            self._release(other)
        quieten(leg)
        quieten(other)
        self._partner[leg], self._partner[other] = other, leg
        self._bridge.connect(leg, other)
        self._bridge.connect(other, leg)
        self._emit(LegsBridged, leg_id=leg.leg_id, other_leg_id=other.leg_id)

    def part(self, leg: Leg, other: Leg) -> None:
        if self._partner.get(leg) is not other:
            raise BadState(f"legs {leg.leg_id} and {other.leg_id} are not bridged")
        self._release(leg)

    def forget(self, leg: Leg) -> None:
        """The leg ends; that says enough about its bridge."""
        self._lost.discard(leg)
        other = self._partner.pop(leg, None)
        if other is not None:
            self._partner.pop(other, None)
            self._lost.discard(other)

    def other(self, leg: Leg) -> str | None:
        partner = self._partner.get(leg)
        return partner.leg_id if partner else None

    def media_changed(self, leg: Leg) -> None:
        """A pair of which one side was on hold and is back is announced again."""
        other = self._partner.get(leg)
        if other is None:
            return
        if not leg.hears_us():
            self._lost.add(leg)
        elif leg in self._lost:
            self._lost.discard(leg)
            self._emit(LegsBridged, leg_id=leg.leg_id, other_leg_id=other.leg_id)

    def _release(self, leg: Leg) -> None:
        other = self._partner.get(leg)
        if other is None:
            return
        self.forget(leg)
        self._bridge.disconnect(leg, other)
        self._bridge.disconnect(other, leg)
        self._emit(LegsUnbridged, leg_id=leg.leg_id, other_leg_id=other.leg_id)
