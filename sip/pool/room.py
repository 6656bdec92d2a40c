"""Room for legs on the workers: what is reserved, what is up, what still drains. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field

from sip.errors import LineBusy
from sip.telephony import Line


@dataclass(slots=True)
class Reservation:
    line: Line
    legs: int
    claimed: set[str] = field(default_factory=set)  # legs that are up on it


@dataclass(slots=True)
class WorkerRoom:
    """The legs of one worker process. `max_legs - slack` may be reserved; slack takes what is closing."""

    worker: str
    max_legs: int
    slack: int
    draining: int = 0
    legs: set[str] = field(default_factory=set)
    reservations: dict[str, Reservation] = field(default_factory=dict)

    @property
    def free(self) -> int:
        """Legs that a reservation would get now.

        A reserved leg counts whether it is up or not; besides them count legs nobody reserved (incoming calls,
        adopted calls, what is left of a released line) and slots whose transaction is still open.
        """
        reserved = sum(reservation.legs for reservation in self.reservations.values())
        outside = len(self.legs - self._claimed())
        return max(0, min(self.max_legs - self.slack - reserved, self.max_legs - reserved - outside - self.draining))

    @property
    def lines(self) -> int:
        return (self.max_legs - self.slack) // 2

    def reserve(self, line_id: str, legs: int, *, beside: str | None) -> Line:
        """Raises `LineBusy`. A line whose legs are up already (adopted) claims them."""
        adopted = self._adoptable(line_id, beside, legs)
        if self.free + len(adopted) < legs:
            raise LineBusy(f"worker {self.worker} has room for {self.free} legs, {legs} are asked for")
        reservation = Reservation(Line(line_id=line_id, worker=self.worker), legs, adopted)
        self.reservations[line_id] = reservation
        return reservation.line

    def release(self, line_id: str) -> None:
        self.reservations.pop(line_id, None)

    def leg_up(self, leg_id: str) -> None:
        """A leg exists; it belongs to the line named in it (`<line>.<role>`), else to one that waits for a leg."""
        if leg_id in self.legs:
            return
        self.legs.add(leg_id)
        if (reservation := self._awaiting(leg_id)) is not None:
            reservation.claimed.add(leg_id)

    def leg_gone(self, leg_id: str) -> None:
        self.legs.discard(leg_id)
        for reservation in self.reservations.values():
            reservation.claimed.discard(leg_id)

    def _claimed(self) -> set[str]:
        return {leg for reservation in self.reservations.values() for leg in reservation.claimed}

    def _adoptable(self, line_id: str, beside: str | None, legs: int) -> set[str]:
        outside = self.legs - self._claimed()
        ours = {leg for leg in outside if _names(leg, line_id) or (legs > 1 and leg == beside)}
        return set(sorted(ours)[:legs])

    def _awaiting(self, leg_id: str) -> Reservation | None:
        waiting = [held for held in self.reservations.values() if len(held.claimed) < held.legs]
        named = [held for held in waiting if _names(leg_id, held.line.line_id)]
        return next(iter(named or waiting), None)


def _names(leg_id: str, line_id: str) -> bool:
    return leg_id == line_id or leg_id.startswith(f"{line_id}.")
