"""The numbers of a list in the order in which an index wants them, some twenty bytes each.

Stored as they come, every one would touch another page of the index; in their own order they touch each page once.
"""

from __future__ import annotations

from array import array
from collections.abc import Collection, Iterator
from typing import Final

import numpy as np

from campaigns.importing import AcceptedRow
from dialer.ports.imports import NewNumber

SLICE: Final = 20_000  # in one transaction


class NumberSheet:
    def __init__(self) -> None:
        self._numbers, self._leads = array("Q"), array("Q")
        self._places, self._kinds, self._again = array("B"), array("B"), array("B")
        self._names: dict[str, int] = {}  # of the kinds

    def __len__(self) -> int:
        return len(self._numbers)

    def add(self, lead_id: int, row: AcceptedRow, again: Collection[str] = ()) -> None:
        """`again` are numbers which the campaign has already."""
        for place, (kind, e164) in enumerate(row.numbers):
            self._numbers.append(int(e164[1:]))
            self._leads.append(lead_id)
            self._places.append(place)
            self._kinds.append(self._names.setdefault(kind, len(self._names)))
            self._again.append(e164 in again if again else 0)

    def slices(self, after: str = "") -> Iterator[list[NewNumber]]:
        """From the number behind `after` on."""
        numbers = np.frombuffer(self._numbers, np.uint64)
        order = np.argsort(numbers, kind="stable")
        start = int(np.searchsorted(numbers[order], int(after[1:]), side="right")) if after else 0
        for begin in range(start, len(order), SLICE):
            yield self._slice(order[begin : begin + SLICE])

    def _slice(self, chosen: np.ndarray[tuple[int], np.dtype[np.intp]]) -> list[NewNumber]:
        names = list(self._names)
        columns = [
            np.frombuffer(column, column.typecode)[chosen].tolist()
            for column in (self._leads, self._numbers, self._kinds, self._places, self._again)
        ]
        return [
            NewNumber(lead_id, f"+{number}", names[kind], place, bool(again))
            for lead_id, number, kind, place, again in zip(*columns, strict=True)
        ]
