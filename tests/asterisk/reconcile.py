"""Do our attempts and the other side's call records tell the same story? Everything that differs is listed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from dialer.ports import AttemptRow
from tests.asterisk.cdr import Cdr

TOLERANCE = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Difference:
    """What does not agree about one call; `sip_call_id` is empty where it is about the whole list."""

    sip_call_id: str
    what: str

    def __str__(self) -> str:
        return f"{self.sip_call_id or 'all'}: {self.what}"


def reconcile(
    attempts: Sequence[AttemptRow], records: Sequence[Cdr], *, tolerance: timedelta = TOLERANCE
) -> list[Difference]:
    """Pair finished attempts and call records by SIP Call-ID and compare them.

    Agreed means: as many on both sides, each with exactly one partner, the same number called, start, answer and end
    within `tolerance` of each other, and answered on both sides or on neither. An empty list is full agreement.

    Give only the attempts that reached this carrier: those that failed before their INVITE left (outcome FAILED or
    CONGESTED without a SIP status) have no record anywhere.
    """
    return [
        *_counts(attempts, records),
        *_repeated("attempts", [attempt.sip_call_id for attempt in attempts]),
        *_repeated("records", [record.sip_call_id for record in records]),
        *_unpaired(attempts, records),
        *_pairs(attempts, records, tolerance),
    ]


def _counts(attempts: Sequence[AttemptRow], records: Sequence[Cdr]) -> Iterable[Difference]:
    if len(attempts) != len(records):
        yield Difference("", f"{len(attempts)} attempts and {len(records)} call records")


def _repeated(side: str, call_ids: Sequence[str]) -> Iterable[Difference]:
    for call_id, count in Counter(call_ids).items():
        if count > 1:
            yield Difference(call_id, f"{count} {side} have this Call-ID")


def _unpaired(attempts: Sequence[AttemptRow], records: Sequence[Cdr]) -> Iterable[Difference]:
    ours = {attempt.sip_call_id: attempt for attempt in attempts}
    theirs = {record.sip_call_id: record for record in records}
    for call_id in ours.keys() - theirs.keys():
        yield Difference(call_id, f"attempt {ours[call_id].attempt_id} ({ours[call_id].outcome}) has no call record")
    for call_id in theirs.keys() - ours.keys():
        yield Difference(call_id, f"call record of {theirs[call_id].disposition} call has no attempt")


def _pairs(attempts: Sequence[AttemptRow], records: Sequence[Cdr], tolerance: timedelta) -> Iterable[Difference]:
    theirs = {record.sip_call_id: record for record in records}
    for attempt in attempts:
        if (record := theirs.get(attempt.sip_call_id)) is not None:
            yield from (Difference(attempt.sip_call_id, what) for what in _compared(attempt, record, tolerance))


def _compared(attempt: AttemptRow, record: Cdr, tolerance: timedelta) -> Iterable[str]:
    if not _same_number(attempt.number, record.called):
        yield "the number dialled and the number called differ"
    yield from _moment("start", attempt.placed_at, record.started_at, tolerance)
    yield from _moment("end", attempt.ended_at, record.ended_at, tolerance)
    if (attempt.answered_at is None) != (record.answered_at is None):
        yield f"answered: we say {attempt.answered_at}, the record says {record.answered_at}"
    else:
        yield from _moment("answer", attempt.answered_at, record.answered_at, tolerance)


def _moment(name: str, ours: datetime | None, theirs: datetime | None, tolerance: timedelta) -> Iterable[str]:
    if ours is None and theirs is None:
        return
    if ours is None or theirs is None or abs(ours - theirs) > tolerance:
        yield f"{name}: we say {ours}, the record says {theirs}"


def _same_number(dialled: str, called: str) -> bool:
    """A trunk may strip the plus or put a prefix before the digits."""
    return called.lstrip("+").endswith(dialled.lstrip("+"))
