"""How people behaved, out of the attempts of a log."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from campaigns.attempt import AttemptOutcome
from campaigns.disposition import Disposition
from dialer.errors import Invalid
from dialer.ports import AttemptRow
from dialer.twin.behaviour import Behaviour
from dialer.twin.spread import Spread, observed

FEWEST: Final = 30  # attempts
_SEEN: Final = 20  # values of which a shape is made
_SHRINK: Final = 20.0  # attempts that an hour's own rate is worth against the day's
_O = AttemptOutcome
_REFUSED: Final[Mapping[AttemptOutcome, str]] = {
    _O.BUSY: "busy",
    _O.INVALID_NUMBER: "invalid",
    _O.DECLINED: "declined",
    _O.CONGESTED: "congested",
    _O.FAILED: "failed",
}
_UNKNOWN: Final = (None, _O.CANCELLED, _O.LOST)  # what would have become of them nobody knows


@dataclass(frozen=True, slots=True, kw_only=True)
class Fitted:
    """`usual`: what the log had too little of; it is as in the reference world."""

    behaviour: Behaviour
    attempts: int
    persons: int
    conversations: int
    usual: tuple[str, ...]


def fit(rows: Iterable[AttemptRow], dispositions: Iterable[Disposition], zone: ZoneInfo) -> Fitted:
    """`zone` is that of the called. Raises `Invalid` for too few attempts."""
    flags = {d.code: d for d in dispositions}
    ended = [row for row in rows if row.outcome not in _UNKNOWN]
    if len(ended) < FEWEST:
        raise Invalid(
            f"only {len(ended)} attempts have ended in that time; {FEWEST} are needed to fit how people behave",
            field="day",
        )
    machines = [row for row in ended if is_machine(row, flags)]
    persons = [row for row in ended if is_person(row, flags)]
    talks = [row for row in persons if row.connected_at is not None]
    times, usual = _times(ended, persons, machines, talks)
    shares = _shares(ended, len(ended) - len(persons), machines)
    codes = Counter(row.disposition for row in talks if row.disposition)
    told = not any(row.connected_at is not None for row in machines)
    behaviour = Behaviour(
        person=len(persons) / len(ended),
        person_by_hour=_by_hour(ended, persons, zone),
        machine_is_told=told,
        dispositions={code: float(count) for code, count in sorted(codes.items()) if code in flags},
        **shares,
        **times,
    )
    return Fitted(
        behaviour=behaviour, attempts=len(ended), persons=len(persons), conversations=len(talks), usual=tuple(usual)
    )


def is_machine(row: AttemptRow, flags: Mapping[str, Disposition]) -> bool:
    found = flags.get(row.disposition or "")
    return row.outcome is _O.MACHINE or (row.outcome is _O.HUMAN and found is not None and found.machine)


def is_person(row: AttemptRow, flags: Mapping[str, Disposition]) -> bool:
    return row.outcome in (_O.HUMAN, _O.ABANDONED) and not is_machine(row, flags)


def seconds(start: datetime | None, end: datetime | None) -> float | None:
    return None if start is None or end is None else max((end - start).total_seconds(), 0.0)


def _times(
    ended: Sequence[AttemptRow], persons: Sequence[AttemptRow], machines: Sequence[AttemptRow],
    talks: Sequence[AttemptRow],
) -> tuple[dict[str, Any], list[str]]:  # fmt: skip
    seen: dict[str, list[float | None]] = {
        "post_dial_s": [seconds(row.placed_at, row.ringing_at) for row in ended],
        "ring_s": [seconds(row.ringing_at or row.placed_at, row.answered_at) for row in persons],
        "refusal_s": [seconds(row.placed_at, row.ended_at) for row in ended if row.outcome in _REFUSED],
        "machine_ring_s": [seconds(row.ringing_at or row.placed_at, row.answered_at) for row in machines],
        "machine_s": [seconds(row.connected_at or row.answered_at, row.ended_at) for row in machines],
        "talk_s": [seconds(row.connected_at, row.ended_at) for row in talks],
        "wrap_up_s": [seconds(row.ended_at, row.disposed_at) for row in talks],
    }
    found: dict[str, Spread] = {}
    for name, values in seen.items():
        known = [value for value in values if value is not None]
        if len(known) >= _SEEN:
            found[name] = observed(known)
    return found, [name for name in seen if name not in found]


def _shares(ended: Sequence[AttemptRow], unanswered: int, machines: Sequence[AttemptRow]) -> dict[str, float]:
    counts = Counter(_REFUSED[row.outcome] for row in ended if row.outcome is not None and row.outcome in _REFUSED)
    counts["machine"] = len(machines)
    return {name: counts[name] / max(unanswered, 1) for name in (*_REFUSED.values(), "machine")}


def _by_hour(ended: Sequence[AttemptRow], persons: Sequence[AttemptRow], zone: ZoneInfo) -> dict[str, float]:
    """Each hour's own chance, drawn towards the whole's where it had few attempts."""
    mean = len(persons) / len(ended)
    of: dict[int, int] = defaultdict(int)
    hits: dict[int, int] = defaultdict(int)
    for row in ended:
        of[row.placed_at.astimezone(zone).hour] += 1
    for row in persons:
        hits[row.placed_at.astimezone(zone).hour] += 1
    return {str(hour): (hits[hour] + _SHRINK * mean) / (of[hour] + _SHRINK) for hour in sorted(of)}
