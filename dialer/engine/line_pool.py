"""Lines in the engine's hands: taken before an attempt, given back exactly once."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from dialer.domain.line import Admit, FreeRoom, GiveBackSlot, HeldLine, LineOrder, LineState, Release, Use
from sip.errors import RateLimited, UnknownTrunk
from sip.telephony import Telephony


class LinePool:
    def __init__(self, telephony: Telephony, freed: Callable[[], None]) -> None:
        self._telephony, self._freed = telephony, freed
        self._held: dict[str, HeldLine] = {}

    def take(self, line_id: str, trunks: Sequence[str], *, beside: str | None = None) -> HeldLine:
        """Room on a worker (one leg beside an agent's open leg, else a whole line) and a trunk's slot and token.

        Raises `LineBusy`, `UnknownLeg`, `RateLimited` or `UnknownTrunk`; nothing is held then.
        """
        legs = 1 if beside else 2
        room = self._telephony.reserve(line_id, beside=beside, legs=legs)
        line = HeldLine(line_id=line_id, worker=room.worker, legs=legs)
        self._held[line_id] = line
        try:
            line.apply(Admit(self._telephony.admit(trunks)))
        except (RateLimited, UnknownTrunk):
            self.release(line, unused=True)
            raise
        return line

    def reserve_open(self, line_id: str) -> HeldLine:
        """Room for an agent's always-open leg. Raises `LineBusy`."""
        room = self._telephony.reserve(line_id, legs=1)
        line = HeldLine(line_id=line_id, worker=room.worker, legs=1)
        self._held[line_id] = line
        return line

    def take_in(self, line_id: str, leg_id: str, trunk: str) -> HeldLine:
        """The line of a call that has come in: its leg is up and holds its trunk's slot already. Raises `LineBusy`."""
        room = self._telephony.reserve(line_id, beside=leg_id, legs=2)
        line = HeldLine(line_id=line_id, worker=room.worker, legs=2, trunk=trunk, state=LineState.IN_USE)
        self._held[line_id] = line
        return line

    def use(self, line: HeldLine) -> None:
        line.apply(Use())

    def release(self, line: HeldLine, *, unused: bool = False) -> None:
        """Tells that there is room again, unless the line was never used: then nothing has changed for others."""
        if line.state is LineState.RELEASED:
            return
        self._carry_out(line, Release())
        self._held.pop(line.line_id, None)
        if not unused:
            self._freed()

    def held(self) -> int:
        return len(self._held)

    def _carry_out(self, line: HeldLine, order: LineOrder) -> None:
        for duty in line.apply(order):
            match duty:
                case FreeRoom(line_id=line_id):
                    self._telephony.release(line_id)
                case GiveBackSlot(trunk=trunk):
                    self._telephony.give_back(trunk)


def adopted(worker: str, trunk: str) -> HeldLine:
    """The line of a call that outlived an engine: the worker counts its legs itself, nothing is owed."""
    return HeldLine(line_id="", worker=worker, trunk=trunk, state=LineState.RELEASED)
