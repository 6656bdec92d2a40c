"""Persons who answered and persons who were abandoned, counted over the policy's windows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from campaigns.pacing.budget import Window

SPANS_S: Final[Mapping[str, int]] = {"24h": 86_400, "30d": 30 * 86_400}
_BIN_S: Final = 300
_HOUR_BINS: Final = 3600 // _BIN_S


class Tally:
    """In bins of five minutes, at the time of the answer. The bin at a window's old edge counts for its abandoned calls
    and not for its answers, so that the rate is never taken for lower than it is."""

    def __init__(self) -> None:
        self._bins: dict[int, list[int]] = {}  # answered, abandoned
        self._sums: tuple[int, dict[str, list[int]]] | None = None

    def answered(self, at_s: float) -> None:
        self._count(at_s, 0)

    def abandoned(self, answered_at_s: float) -> None:
        """Of the person counted by `answered` at that time."""
        self._count(answered_at_s, 1)

    def taken_back(self, answered_at_s: float, *, abandoned: bool) -> None:
        """Who was counted by `answered`, and by `abandoned` where it says so, was no person."""
        for which in (0, 1) if abandoned else (0,):
            if self._bins.get(int(answered_at_s // _BIN_S), [0, 0])[which]:
                self._count(answered_at_s, which, -1)

    def windows(self, at_s: float) -> tuple[Window, ...]:
        now = int(at_s // _BIN_S)
        if self._sums is None or self._sums[0] != now:
            self._sums = (now, {name: self._sum(now, span // _BIN_S) for name, span in SPANS_S.items()})
        return tuple(
            Window(name=name, answered=a, abandoned=b, leaving_answered=c, leaving_abandoned=d)
            for name, (a, b, c, d) in self._sums[1].items()
        )

    def to_dict(self) -> dict[str, Any]:
        return {str(number): list(counts) for number, counts in sorted(self._bins.items())}

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> Tally:
        """Raises `ValueError` where it was not made by `to_dict`."""
        tally = cls()
        for number, counts in stored.items():
            if not isinstance(counts, list) or len(counts) != 2 or not all(isinstance(n, int) for n in counts):
                raise ValueError(f"bin {number} of the abandonment tally is not two whole numbers")
            tally._bins[int(number)] = list(counts)
        return tally

    def _count(self, at_s: float, which: int, by: int = 1) -> None:
        number = int(at_s // _BIN_S)
        self._bins.setdefault(number, [0, 0])[which] += by
        if self._sums is None or number != self._sums[0]:
            self._sums = None
            return
        for sums in self._sums[1].values():
            sums[which] += by

    def _sum(self, now: int, bins: int) -> list[int]:
        """Answered, abandoned, and those of both that leave within the hour. Older bins than the longest window's go;
        what lies in the future, after a clock was set back, counts."""
        longest = max(SPANS_S.values()) // _BIN_S
        self._bins = {number: counts for number, counts in self._bins.items() if number >= now - longest}
        edge, found = now - bins, [0, 0, 0, 0]
        for number, (answered, abandoned) in self._bins.items():
            if number < edge:
                continue
            inside = answered if number > edge else 0
            found[0] += inside
            found[1] += abandoned
            if number <= edge + _HOUR_BINS:
                found[2] += inside
                found[3] += abandoned if number < edge + _HOUR_BINS else 0
        return found
