"""What pacing keeps: what it has learned, its decisions of a day, and the persons counted for the abandonment rate."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Protocol

USUAL_LIMIT_S: Final = 2.0  # of attempts that were placed before theirs was kept


@dataclass(frozen=True, slots=True, kw_only=True)
class CountedBin:
    """Persons who answered in the five minutes from `at_s` (seconds since 1970), and those of them abandoned."""

    at_s: int
    answered: int
    abandoned: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LearnedState:
    """`state` as the policy's own `to_dict` makes it."""

    at: datetime
    state: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionPage:
    """Decisions one after another, the first begun at `first`, the last at `last`; `body` is packed by the engine."""

    campaign_id: int
    first: datetime
    last: datetime
    decisions: int
    body: bytes


class PacingBook(Protocol):
    async def counted(self, campaign_id: int, *, since: datetime, sayings: Mapping[str, bool]) -> list[CountedBin]:
        """From the attempt rows, by the time of the answer. Persons as `campaigns.screening_errors.is_person` has them;
        `sayings` are its dispositions that tell. Abandoned: ended so, or given an agent after the attempt's limit."""
        ...

    async def guaranteed(self, campaign_id: int) -> dict[int, datetime]:
        """OPEN leads that are called only with an agent kept for them, and when they are due."""
        ...

    async def learned(self, campaign_id: int) -> LearnedState | None: ...

    async def keep_learned(self, states: Mapping[int, Mapping[str, Any]], *, at: datetime) -> None:
        """By campaign; what was kept before is replaced."""
        ...

    async def forget(self, campaign_id: int) -> bool:
        """Whether anything had been kept."""
        ...

    async def log(self, pages: Sequence[DecisionPage]) -> None: ...

    async def logged(self, campaign_id: int, *, at: datetime) -> list[DecisionPage]:
        """In time order: the last two pages begun at or before `at`, and the first begun later."""
        ...

    async def purge(self, *, before: datetime) -> int:
        """Drop pages whose last decision is older; returns how many."""
        ...
