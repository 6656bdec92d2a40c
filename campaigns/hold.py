"""What keeps a number from being dialled, and for how long."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple


class Hold(NamedTuple):
    """What keeps a number from being dialled. `until` None: for good, or until somebody takes it back."""

    reason: str
    until: datetime | None = None

    @classmethod
    def both(cls, several: Iterable[Hold]) -> Hold:
        """All of them at once: each reason once, and the longest of them."""
        met = tuple(several)
        ends = [hold.until for hold in met if hold.until is not None]
        return cls("; ".join(dict.fromkeys(hold.reason for hold in met)), max(ends) if len(ends) == len(met) else None)
