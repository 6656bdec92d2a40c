"""The numbers of a list in the order in which an index wants them, some twenty bytes each.

Stored as they come, every one would touch another page of the index; in their own order they touch each page once.
"""

from __future__ import annotations

from array import array
from collections.abc import Collection, Iterator, Sequence
from typing import Final

import numpy as np

from campaigns.importing import AcceptedRow
from dialer.ports.imports import NumberSlice

SLICE: Final = 10_000  # in one transaction


class NumberSheet:
    def __init__(self) -> None:
        self._numbers, self._leads = array("Q"), array("Q")
        self._places, self._kinds, self._again = array("B"), array("B"), array("B")
        self._names: dict[str, int] = {}  # of the kinds

    def __len__(self) -> int:
        return len(self._numbers)

    def add(self, lead_ids: Sequence[int], rows: Sequence[AcceptedRow], again: Collection[str] = ()) -> None:
        """`again` are numbers which the campaign has already."""
        pairs = [pair for row in rows for pair in row.numbers]
        if not pairs:
            return
        kinds, written = [kind for kind, _ in pairs], [e164 for _, e164 in pairs]  # zip would make as many iterators
        counts = [len(row.numbers) for row in rows]
        ends = np.cumsum(counts)
        places = np.arange(len(pairs)) - np.repeat(ends - counts, counts)
        names = self._names
        for kind in set(kinds):
            names.setdefault(kind, len(names))
        self._numbers.extend(map(int, written))
        self._leads.frombytes(np.repeat(np.array(lead_ids, np.uint64), counts).tobytes())
        self._places.frombytes(places.astype(np.uint8).tobytes())
        self._kinds.extend(map(names.__getitem__, kinds))
        self._again.extend([e164 in again for e164 in written] if again else bytes(len(written)))

    def slices(self, after: str = "") -> Iterator[NumberSlice]:
        """From the number behind `after` on."""
        numbers = np.frombuffer(self._numbers, np.uint64)
        order = np.argsort(numbers, kind="stable")
        start = int(np.searchsorted(numbers[order], int(after[1:]), side="right")) if after else 0
        for begin in range(start, len(order), SLICE):
            yield self._slice(order[begin : begin + SLICE])

    def _slice(self, chosen: np.ndarray[tuple[int], np.dtype[np.intp]]) -> NumberSlice:
        names = list(self._names)
        leads, numbers, kinds, places, again = (
            np.frombuffer(column, column.typecode)[chosen].tolist()
            for column in (self._leads, self._numbers, self._kinds, self._places, self._again)
        )
        return NumberSlice(leads, numbers, [names[kind] for kind in kinds], places, again)
