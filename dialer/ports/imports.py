"""Lists on their way into a campaign: stored in slices, held until they are whole, resumed, refreshed, taken back."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple, Protocol

from campaigns.importing import AcceptedRow
from dialer.ports import ImportRow


class Phase(StrEnum):
    """How far an import has come. Whatever is neither DONE nor UNDONE can be carried on after an interruption."""

    READING = "READING"  # rows are stored and held
    NUMBERS = "NUMBERS"  # their numbers are stored
    RELEASING = "RELEASING"  # the list is whole; its leads become due
    DONE = "DONE"
    UNDOING = "UNDOING"
    UNDONE = "UNDONE"


class Scope(StrEnum):
    """Where else than in the file a number makes a row a duplicate; each includes the ones before it."""

    FILE = "file"  # nowhere: who is in the campaign already is brought once more
    CAMPAIGN = "campaign"
    RUNNING = "running"  # in every campaign that is not finished and not a draft
    DAYS = "days"  # in every campaign, brought or dialled in the last n days


class NewNumber(NamedTuple):
    """Of a lead that is there already."""

    lead_id: int
    e164: str
    kind: str
    position: int


class NumberSlice(NamedTuple):
    """Many numbers by column, in their order; a million of them one by one would take as long as storing them."""

    lead_ids: Sequence[int]
    numbers: Sequence[int]  # E.164 without the plus
    kinds: Sequence[str]
    positions: Sequence[int]
    again: Sequence[int]  # 1 for one that the campaign has already and that is brought once more on purpose, else 0


class Standing(NamedTuple):
    """What is known about one number before its row is stored."""

    in_campaign: bool = False
    in_running: bool = False  # in another campaign that runs
    recent: bool = False
    suppressed: bool = False  # on any list in force for the campaign
    for_good: bool = False  # suppressed everywhere and for ever


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """A lead that was there before, as a refresh needs it."""

    lead_id: int
    external_id: str
    values: Mapping[str, Any]  # of the columns a refresh may change
    numbers: Mapping[str, tuple[int, bool]]  # e164 -> (position, usable)
    unnamed: tuple[str, ...] = ()  # unusable because an earlier refresh did not name them, and for nothing else


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What a refresh does to one lead. `values` are (before, after) by column."""

    lead_id: int
    values: Mapping[str, tuple[Any, Any]] = field(default_factory=dict)
    added: tuple[NewNumber, ...] = ()
    unusable: tuple[str, ...] = ()  # numbers the file does not name any more
    usable: tuple[str, ...] = ()  # numbers it names again

    @property
    def is_none(self) -> bool:
        return not (self.values or self.added or self.unusable or self.usable)


@dataclass(frozen=True, slots=True, kw_only=True)
class Undone:
    removed: int = 0
    closed: int = 0  # had been dialled already
    restored: int = 0  # had been changed by the refresh


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedMapping:
    name: str
    mapping: tuple[str, ...]  # items like number=手机
    saved_at: datetime


class Unallocated(NamedTuple):
    lead_id: int
    owner: str
    skill: str
    segment: str
    fields: Mapping[str, str]


class Lists(Protocol):
    """Every method is one short transaction, or a few at once, so that a running dialer never waits long."""

    at_once: int  # slices it is worth while to hand over together

    async def begin(
        self,
        campaign_id: int,
        *,
        file_name: str,
        sha256: str,
        stored_file: str,
        size_bytes: int,
        options: Mapping[str, Any],
        at: datetime,
    ) -> int: ...

    async def one(self, import_id: int) -> ImportRow | None: ...
    async def pending(self) -> list[ImportRow]:
        """Of all campaigns, those that are neither done nor undone."""
        ...

    async def standing(
        self,
        import_id: int | None,
        campaign_id: int,
        numbers: Collection[str],
        *,
        now: datetime,
        since: datetime | None = None,
        registers: bool = True,
    ) -> dict[str, Standing]:
        """Of the numbers about which there is something to say. Those of the import itself do not count; `since` is
        from when on a number counts as recent, None: never. Without `registers` none of them is asked."""
        ...

    async def registered(self, campaign_id: int, *, now: datetime, most: int) -> AsyncIterator[list[str]] | None:
        """All numbers of the registers in force for the campaign, in pages; None where there are more than `most`."""
        ...

    async def hold(
        self,
        import_id: int,
        rows: Sequence[AcceptedRow],
        *,
        suppressed: Collection[int],
        at: datetime,
        last_line: int,
        bytes_read: int,
    ) -> list[int]:
        """Store rows that do not count yet, without their numbers, and how far the file is read; their lead ids.

        `suppressed` are the lines of those that must not be called at all.
        """
        ...

    async def held(self, import_id: int) -> AsyncIterator[tuple[int, int]]:
        """(line, lead id) of the rows an interrupted import has stored, in the order of the file."""
        ...

    async def store_numbers(self, import_id: int, slices: Sequence[NumberSlice]) -> int:
        """In the order of the numbers, `at_once` slices at most. Returns how many were stored: one that came into the
        campaign in the meantime, or is there from an interrupted try, stays where it is."""
        ...

    async def note(self, import_id: int, **properties: Any) -> None:
        """Set columns of the import."""
        ...

    async def drop_numberless(self, import_id: int) -> int:
        """Remove held leads all of whose numbers went to others in the meantime."""
        ...

    async def release(self, import_id: int, *, after: int) -> int | None:
        """Let the next held leads count, `at_once` slices of them; the last one, None when there are no more."""
        ...

    async def take_back(self, import_id: int, *, after: int, at: datetime) -> tuple[int | None, Undone]:
        """Undo the next part; the last lead of it, None when there are no more."""
        ...

    async def restore(self, import_id: int) -> int:
        """Undo the next changes of a refresh: how many, 0 when there are no more. What was changed since then stays."""
        ...

    async def matches(
        self, campaign_id: int, external_ids: Collection[str], numbers: Collection[str], *, but: int | None
    ) -> list[Match]:
        """Leads that have one of these; not those which the import `but` brings."""
        ...

    async def change(self, import_id: int, changes: Sequence[Change]) -> None: ...
    async def changed(self, import_id: int) -> int:
        """How many leads a refresh has changed."""
        ...

    async def size(self, campaign_id: int, *, but: int) -> int:
        """Leads of the campaign, without those which the import `but` brings."""
        ...

    async def load(self, campaign_id: int) -> dict[str, int]:
        """Open leads by owner."""
        ...

    async def unallocated(self, campaign_id: int, *, after: int) -> list[Unallocated]:
        """The next open leads of the campaign, owned or not, in the order in which they came."""
        ...

    async def allocate(self, owners: Mapping[int, tuple[str, str]]) -> None:
        """Lead -> (owner, skill). A lead that got an owner in the meantime keeps it."""
        ...

    async def save_mapping(self, name: str, mapping: Sequence[str], *, at: datetime) -> None: ...
    async def mappings(self) -> list[SavedMapping]: ...
    async def delete_mapping(self, name: str) -> bool: ...
