"""What a campaign did minute by minute: a minute without a new attempt is idle, for the reason that held longest."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

DIALLING: Final = ""
SERVER_DOWN: Final = "server_down"
MINUTE: Final = timedelta(minutes=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class IdleRun:
    """Minutes on end with the same reason, [start, end); "" is dialling."""

    start: datetime
    end: datetime
    reason: str

    @property
    def minutes(self) -> int:
        return round((self.end - self.start) / MINUTE)


class IdleMinutes:
    """One campaign's. Every method answers with the (minute, reason) that became known and differ from the last."""

    def __init__(self, at: datetime) -> None:
        self._minute = floor(at)
        self._from = at
        self._reason = DIALLING
        self._held: Counter[str] = Counter()
        self._dialled = False
        self._told: str | None = None

    @property
    def settled(self) -> bool:
        """Nothing will become known before the next change."""
        return self._told == self._reason and not self._dialled and not self._other_than_told()

    def stands(self, reason: str, now: datetime) -> list[tuple[datetime, str]]:
        """The reason holds from now on."""
        found = self.passes(now)
        self._reason = reason
        return found

    def dials(self, now: datetime) -> list[tuple[datetime, str]]:
        found = self.passes(now)
        self._dialled = True
        return found

    def passes(self, now: datetime) -> list[tuple[datetime, str]]:
        """Time: whole minutes are over. A clock that was put back changes nothing."""
        found: list[tuple[datetime, str]] = []
        while now >= self._minute + MINUTE:
            found += self._close(self._minute + MINUTE)
            if self.settled:
                self._minute = self._from = max(floor(now), self._minute)
        if now > self._from:
            self._held[self._reason] += _microseconds(now - self._from)
            self._from = now
        return found

    def _close(self, end: datetime) -> list[tuple[datetime, str]]:
        self._held[self._reason] += _microseconds(end - self._from)
        result = DIALLING if self._dialled else max(self._held, key=lambda reason: (self._held[reason], reason))
        found = [] if result == self._told else [(self._minute, result)]
        self._told, self._dialled = result, False
        self._minute = self._from = end
        self._held.clear()
        return found

    def _other_than_told(self) -> bool:
        return any(reason != self._told for reason in self._held)


def runs(changes: Sequence[tuple[datetime, str]], start: datetime, end: datetime) -> list[IdleRun]:
    """The changes cut to [start, end); the last one holds on to `end`. Before the first change nothing is known."""
    found = []
    for index, (at, reason) in enumerate(changes):
        until = changes[index + 1][0] if index + 1 < len(changes) else end
        first, last = max(at, start), min(until, end)
        if first < last:
            found.append(IdleRun(start=first, end=last, reason=reason))
    return found


def by_reason(found: Iterable[IdleRun]) -> dict[str, int]:
    """Idle minutes by reason, most first."""
    minutes: Counter[str] = Counter()
    for run in found:
        if run.reason != DIALLING:
            minutes[run.reason] += run.minutes
    return dict(minutes.most_common())


def floor(at: datetime) -> datetime:
    return at.replace(second=0, microsecond=0)


def _microseconds(period: timedelta) -> int:
    return period // timedelta(microseconds=1)
