"""The numbers of registers in force, eight bytes each: asked in memory, a million of them cost nothing any more."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from datetime import datetime
from typing import Final

import numpy as np

from dialer.ports.imports import Lists

_MOST: Final = 5_000_000  # forty megabytes


class RegisterSheet:
    """As it was when the list was opened. Whoever is dialled is asked about again; this is for the list's report."""

    def __init__(self) -> None:
        self._numbers = np.empty(0, np.uint64)

    def add(self, numbers: Sequence[str]) -> None:
        fresh = np.frombuffer(array("Q", [int(e164) for e164 in numbers]), np.uint64)
        self._numbers = np.concatenate((self._numbers, fresh))

    def close(self) -> None:
        """There are no more."""
        self._numbers.sort()

    def among(self, numbers: Sequence[str]) -> list[str]:
        """Those of `numbers` that are registered."""
        if not len(self._numbers):
            return []
        asked = np.frombuffer(array("Q", [int(e164) for e164 in numbers]), np.uint64)
        places = np.minimum(np.searchsorted(self._numbers, asked), len(self._numbers) - 1)
        return [numbers[place] for place in np.flatnonzero(self._numbers[places] == asked).tolist()]


async def register_sheet(lists: Lists, campaign_id: int, now: datetime) -> RegisterSheet | None:
    """None where the registers are too large for it."""
    pages = await lists.registered(campaign_id, now=now, most=_MOST)
    if pages is None:
        return None
    sheet = RegisterSheet()
    async for page in pages:
        sheet.add(page)
    sheet.close()
    return sheet
