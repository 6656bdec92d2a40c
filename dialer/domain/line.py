"""The line machine: room for one conversation and the trunk slot taken for it, each given back exactly once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class LineState(StrEnum):
    RESERVED = "RESERVED"  # room on a worker
    ADMITTED = "ADMITTED"  # and a slot and a rate token of a trunk
    IN_USE = "IN_USE"  # the leg was placed: its end gives the trunk's slot back
    RELEASED = "RELEASED"


@dataclass(frozen=True, slots=True)
class Admit:
    trunk: str


@dataclass(frozen=True, slots=True)
class Use:
    """The worker took the order to place the leg, or may have taken it."""


@dataclass(frozen=True, slots=True)
class Release:
    pass


@dataclass(frozen=True, slots=True)
class FreeRoom:
    line_id: str


@dataclass(frozen=True, slots=True)
class GiveBackSlot:
    trunk: str


LineOrder = Admit | Use | Release
Duty = FreeRoom | GiveBackSlot

_S = LineState
NEXT: Final[Mapping[tuple[LineState, type[LineOrder]], LineState]] = {
    (_S.RESERVED, Admit): _S.ADMITTED,
    (_S.ADMITTED, Use): _S.IN_USE,
    **{(state, Release): _S.RELEASED for state in _S if state is not _S.RELEASED},
}


@dataclass(slots=True, kw_only=True)
class HeldLine:
    """`legs` is the room taken: 2, or 1 beside an agent's open leg."""

    line_id: str
    worker: str
    legs: int = 2
    trunk: str = ""
    state: LineState = LineState.RESERVED

    def apply(self, order: LineOrder) -> list[Duty]:
        """What has to be told to the telephony. An order that does not fit the state owes nothing."""
        following = NEXT.get((self.state, type(order)))
        if following is None:
            return []
        previous, self.state = self.state, following
        match order:
            case Admit(trunk=trunk):
                self.trunk = trunk
            case Release() if previous is LineState.ADMITTED:
                return [GiveBackSlot(self.trunk), FreeRoom(self.line_id)]
            case Release():
                return [FreeRoom(self.line_id)]
        return []
