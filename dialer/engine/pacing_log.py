"""The decisions of a day: joined where nothing changed, packed into pages, found again by time."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any, Final

import msgspec

from campaigns.pacing import PacingDecision, Seen
from campaigns.pacing_words import Decided
from dialer.ports.pacing import DecisionPage

FIELDS: Final = tuple(Decided.__dataclass_fields__)
_DIGITS: Final = 5


class Logged(msgspec.Struct, array_like=True, kw_only=True):
    """Times in seconds since 1970: the same was decided `times` times from `first` to `last`."""

    first: float
    last: float
    times: int
    values: tuple[Any, ...]  # of `Decided`, in the order of its fields

    @property
    def decided(self) -> Decided:
        return Decided(**dict(zip(FIELDS, self.values, strict=False)))


class DecisionLog:
    """One campaign's, in memory until it is taken as a page. `most` decisions fit in."""

    def __init__(self, campaign_id: int, most: int = 1000) -> None:
        self._campaign_id, self._most = campaign_id, most
        self._open: list[Logged] = []
        self.lost = 0

    def note(self, at: datetime, values: tuple[Any, ...]) -> None:
        at_s = round(at.timestamp(), 3)
        if self._open and self._open[-1].values == values:
            self._open[-1].last, self._open[-1].times = at_s, self._open[-1].times + 1
        elif len(self._open) >= self._most:
            self.lost += 1  # the store is away
        else:
            self._open.append(Logged(first=at_s, last=at_s, times=1, values=values))

    def __len__(self) -> int:
        return len(self._open)

    @property
    def full(self) -> bool:
        return len(self._open) >= self._most // 2

    def page(self) -> DecisionPage | None:
        return pack(self._campaign_id, self._open) if self._open else None

    def written(self, page: DecisionPage) -> None:
        del self._open[: page.decisions]


def values_of(
    decision: PacingDecision, seen: Seen, *, mode: str, placed: int, limit: str, cancelled: int, offered: int
) -> tuple[Any, ...]:
    """In the order of the fields of `Decided`."""
    return (
        mode, placed, decision.place, limit, decision.floor, cancelled, offered, _short(decision.risk),
        _short(decision.theta), _short(decision.left), str(decision.note or ""), seen.ready, seen.talking,
        seen.wrapping, seen.leaving, seen.promised, seen.in_flight, seen.waiting, seen.lines_free, seen.answered,
        seen.abandoned, _short(seen.free_soon), _short(seen.answers_soon),
    )  # fmt: skip


def pack(campaign_id: int, entries: Sequence[Logged]) -> DecisionPage:
    return DecisionPage(
        campaign_id=campaign_id,
        first=_time(entries[0].first),
        last=_time(entries[-1].last),
        decisions=len(entries),
        body=zlib.compress(msgspec.msgpack.encode(list(entries)), 1),
    )


def unpack(pages: Iterable[DecisionPage]) -> list[Logged]:
    """In time order."""
    return [entry for page in pages for entry in msgspec.msgpack.decode(zlib.decompress(page.body), type=list[Logged])]


def around(entries: Sequence[Logged], at: datetime, *, before: int = 3, after: int = 2) -> tuple[int, list[Logged]]:
    """The decision in force at that time with its neighbours, and its place among them; -1 where all are later."""
    at_s = at.timestamp()
    found = sum(entry.first <= at_s + 0.0005 for entry in entries) - 1
    start = max(found - before, 0)
    return (found - start if found >= 0 else -1), list(entries[start : max(found, -1) + 1 + after])


def moment(entry: Logged) -> tuple[datetime, datetime]:
    return _time(entry.first), _time(entry.last)


def _time(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _short(number: float | None) -> float | None:
    return None if number is None else round(float(number), _DIGITS)
