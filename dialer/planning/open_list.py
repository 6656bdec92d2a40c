"""What an import asks of a list that is open, however it is read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from campaigns.importing import AcceptedRow, CleaningReport, Reason

Duplicate = tuple[int, str, Reason]


class SourceBatch(Protocol):
    """A piece of a list. `last_line` is where it ends in the file, `bytes_read` how far that is."""

    accepted: list[AcceptedRow]
    refused: int
    duplicates: int  # of rows refused, those that repeat an earlier row
    last_line: int
    bytes_read: int


class ListSource(Protocol):
    """A list that is open: take a batch, settle it, until there is none; then finish."""

    name: str
    sha256: str
    size_bytes: int
    empty: bool  # there is no row below the header
    roles: Mapping[str, str]  # header -> what the column stands for

    async def next_batch(self) -> SourceBatch | None: ...
    async def settle(self, batch: SourceBatch, duplicates: list[Duplicate]) -> None:
        """`duplicates` are rows of the batch that are known already: line, number, and where it is known."""
        ...

    async def finish(self) -> CleaningReport: ...
