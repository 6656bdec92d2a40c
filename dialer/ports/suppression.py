"""Who must not be called: entries of the site, and registers that are uploaded as a whole."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from campaigns.hold import Hold


@dataclass(frozen=True, slots=True, kw_only=True)
class SuppressionEntry:
    """`e164` is a number, or how numbers begin where `prefix`. `campaign_id` None: it holds for every campaign."""

    suppression_id: int
    e164: str
    prefix: bool
    campaign_id: int | None
    reason: str
    source: str
    by: str
    at: datetime
    expires_at: datetime | None
    removed_at: datetime | None
    removed_by: str

    def in_force(self, now: datetime) -> bool:
        return self.removed_at is None and (self.expires_at is None or self.expires_at > now)


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterRow:
    """One upload of a register. `state` LOADING, CURRENT or REPLACED; `dated` as the register says of itself."""

    register_id: int
    name: str
    campaign_id: int | None
    dated: date
    state: str
    file_name: str
    by: str
    started_at: datetime
    finished_at: datetime | None
    expires_at: datetime | None
    entries: int
    refused: int


class SuppressionLists(Protocol):
    async def add(
        self,
        e164: str,
        *,
        reason: str,
        source: str,
        by: str,
        at: datetime,
        prefix: bool = False,
        campaign_id: int | None = None,
        expires_at: datetime | None = None,
    ) -> None: ...

    async def remove(
        self, e164: str, *, at: datetime, by: str, prefix: bool = False, campaign_id: int | None = None
    ) -> bool:
        """False where no such entry is in force. Leads it has closed stay closed."""
        ...

    async def holds(
        self, numbers: Collection[str], *, now: datetime, campaign_id: int | None = None
    ) -> dict[str, Hold]: ...

    async def history(self, e164: str) -> list[SuppressionEntry]:
        """Every entry there ever was for the number, the newest first."""
        ...

    async def entries(
        self,
        *,
        campaign_id: int | None = None,
        in_force_at: datetime | None = None,
        after: int = 0,
        limit: int = 1000,
    ) -> list[SuppressionEntry]: ...

    async def begin_register(
        self,
        name: str,
        *,
        dated: date,
        at: datetime,
        by: str,
        file_name: str = "",
        campaign_id: int | None = None,
        expires_at: datetime | None = None,
    ) -> int:
        """A new version, which counts only once it is finished. What an earlier upload of it left half is dropped."""
        ...

    async def add_to_register(self, register_id: int, numbers: Collection[str]) -> None:
        """Numbers that it has already are left out."""
        ...

    async def finish_register(self, register_id: int, *, at: datetime, refused: int = 0) -> RegisterRow:
        """From here on it counts, and the version before it does not."""
        ...

    async def drop_register(self, register_id: int) -> None:
        """Take an unfinished version, or one that is in force, away."""
        ...

    async def registers(self) -> list[RegisterRow]:
        """Every version ever uploaded, the newest first."""
        ...
