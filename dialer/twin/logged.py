"""What became of attempts that were made, as the fates of a day that is replayed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Final

from campaigns.attempt import AttemptOutcome
from campaigns.disposition import Disposition
from dialer.ports import AttemptRow
from dialer.twin.fit import is_machine, is_person, seconds
from dialer.twin.parties import Fate
from dialer.twin.people import Party
from sip.causes import LegOutcome

_O = AttemptOutcome
_STATUS: Final[Mapping[AttemptOutcome, tuple[int, int | None]]] = {
    _O.BUSY: (486, 17),
    _O.INVALID_NUMBER: (404, 1),
    _O.DECLINED: (603, 21),
    _O.CONGESTED: (503, 34),
    _O.FAILED: (488, None),
    _O.NO_ANSWER: (480, 19),
    _O.MACHINE: (480, 19),
}


class Logged:
    """Asked for the k-th attempt on a number; None where the log does not say what would have become of it."""

    def __init__(self, rows: Iterable[AttemptRow], dispositions: Iterable[Disposition]) -> None:
        flags = {d.code: d for d in dispositions}
        self._parties: dict[str, list[Party | None]] = defaultdict(list)
        for row in sorted(rows, key=lambda row: (row.placed_at, row.attempt_id)):
            self._parties[row.number].append(_party(row, flags))

    def __call__(self, number: str, attempt: int) -> Party | None:
        known = self._parties.get(number, [])
        return known[attempt - 1] if attempt <= len(known) else None


def _party(row: AttemptRow, flags: Mapping[str, Disposition]) -> Party | None:
    rang = seconds(row.placed_at, row.ringing_at)
    answered, ended = seconds(row.placed_at, row.answered_at), seconds(row.placed_at, row.ended_at)
    if row.outcome in (_O.HUMAN, _O.ABANDONED) and answered is not None:
        machine = is_machine(row, flags)
        return Party(
            fate=Fate(rings_after=rang, answers_after=answered),
            person=is_person(row, flags),
            machine=machine,
            talk_s=seconds(row.connected_at, row.ended_at),
            disposition=row.disposition if row.disposition and row.disposition in flags else "",
        )
    if row.outcome is None or row.outcome not in _STATUS or ended is None:
        return None
    if row.outcome is _O.NO_ANSWER and not row.sip_status:
        return Party(fate=Fate(rings_after=rang))  # rang until we gave up
    status, q850 = _STATUS[row.outcome]
    outcome = LegOutcome.NO_ANSWER if row.outcome is _O.MACHINE else LegOutcome(row.outcome.value)
    fate = Fate(rings_after=rang, refuses_after=ended, status=status, q850=q850, outcome=outcome)
    return Party(fate=fate, machine=row.outcome is _O.MACHINE)
