"""The only ways from one stage of the funnel to another, and what a customer needs to go up."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Final

from campaigns.disposition import Disposition
from campaigns.lead import Lead
from campaigns.stage import Stage


class StageMove(StrEnum):
    FOUND = "found"  # talked to the right person, and the details are complete
    BOOKED = "booked"  # a visit or event
    APPOINTMENT_CANCELLED = "appointment_cancelled"
    CONFIRMED = "confirmed"  # sales took the hand-over
    RETURNED = "returned"  # sales gave the hand-over back
    SOLD = "sold"
    LOST = "lost"  # a loss that a supervisor approved
    REOPENED = "reopened"  # a lost customer is worked on again


_S, _M = Stage, StageMove
NEXT: Final[Mapping[tuple[Stage, StageMove], Stage]] = {
    (_S.LEAD, _M.FOUND): _S.VALID,
    (_S.LEAD, _M.BOOKED): _S.APPOINTMENT,
    (_S.VALID, _M.BOOKED): _S.APPOINTMENT,
    (_S.APPOINTMENT, _M.APPOINTMENT_CANCELLED): _S.VALID,
    (_S.VALID, _M.CONFIRMED): _S.OPPORTUNITY,
    (_S.APPOINTMENT, _M.CONFIRMED): _S.OPPORTUNITY,
    (_S.VALID, _M.RETURNED): _S.VALID,
    (_S.APPOINTMENT, _M.RETURNED): _S.VALID,
    (_S.OPPORTUNITY, _M.RETURNED): _S.VALID,
    **{(stage, _M.SOLD): _S.DEAL for stage in (_S.LEAD, _S.VALID, _S.APPOINTMENT, _S.OPPORTUNITY)},
    **{(stage, _M.LOST): _S.LOST for stage in (_S.LEAD, _S.VALID, _S.APPOINTMENT, _S.OPPORTUNITY)},
    (_S.LOST, _M.REOPENED): _S.VALID,
}
HANDED_OVER_FROM: Final = (Stage.VALID, Stage.APPOINTMENT)
_UP: Final = frozenset({StageMove.FOUND, StageMove.BOOKED, StageMove.CONFIRMED})


def moves(stage: Stage) -> tuple[StageMove, ...]:
    return tuple(move for move in StageMove if (stage, move) in NEXT)


def missing(lead: Lead, required: Iterable[str]) -> tuple[str, ...]:
    """The details without which a customer does not count as valid: a name, a usable number, and the campaign's own."""
    found = []
    if not lead.name.strip():
        found.append("name")
    if not any(number.usable for number in lead.numbers):
        found.append("number")
    return (*found, *(name for name in required if not str(lead.fields.get(name, "")).strip()))


def after(lead: Lead, move: StageMove, required: Iterable[str]) -> Stage | None:
    """Where the move leads; None where there is no such way, or the details for going up are not complete."""
    target = NEXT.get((lead.stage, move))
    if target is None or (move in _UP and missing(lead, required)):
        return None
    return target


def move_of(disposition: Disposition) -> StageMove | None:
    """What a conversation with this end says about the stage."""
    if disposition.deal:
        return StageMove.SOLD
    if disposition.appointment:
        return StageMove.BOOKED
    if disposition.cancels_appointment:
        return StageMove.APPOINTMENT_CANCELLED
    if disposition.contact and not disposition.do_not_call and not disposition.wrong_number:
        return StageMove.FOUND
    return None
