"""Verdicts on who answered, counted beside what agents said of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class ScreenedRow:
    """Ended attempts that were alike; `marked`: their agents said during the call that it was a person. `delay_ms` is
    the sum of the verdicts' delays."""

    campaign_id: int
    trunk: str
    verdict: str
    treatment: str
    disposition: str | None
    marked: bool
    calls: int
    delay_ms: int


class ScreeningBook(Protocol):
    async def counted(
        self, *, since: datetime, trunk: str | None = None, campaign_id: int | None = None
    ) -> list[ScreenedRow]:
        """Of the attempts placed from `since` on, in the order of their fields."""
        ...
