"""The time zone a number lives in, as far as its digits tell."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache
from typing import Final

import phonenumbers
from phonenumbers import timezone as number_zones

from campaigns.windows import zone

# Where a numbering plan covers several zones that keep the same time, the one people know.
_BEST_KNOWN: Final = ("Europe/London", "Europe/Paris", "Asia/Shanghai", "America/New_York", "Australia/Sydney")
_SAME_TIME: Final = tuple(datetime(2026, month, 15, 12, tzinfo=UTC) for month in range(1, 13))


def zone_of(parsed: phonenumbers.PhoneNumber) -> str:
    """ "" where the digits leave several zones with different times."""
    return _common(number_zones.time_zones_for_number(parsed))


@lru_cache(maxsize=4096)
def _common(names: tuple[str, ...]) -> str:
    clocks = {
        name: tuple(at.astimezone(found).utcoffset() for at in _SAME_TIME) for name in names if (found := zone(name))
    }
    if not clocks or len(clocks) < len(names) or len(set(clocks.values())) > 1:
        return ""
    return next((name for name in _BEST_KNOWN if name in clocks), names[0])
