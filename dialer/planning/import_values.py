"""What an import is asked to do, how far it has come, and what it reports."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, fields
from enum import StrEnum
from typing import Any, Final, Self

from campaigns.importing import CleaningReport, Reason, RefusedRow
from dialer.errors import Invalid
from dialer.ports import ImportRow
from dialer.ports.imports import Phase, Scope

_READING, _NUMBERS = 0.65, 0.25  # of the whole way


class Mode(StrEnum):
    APPEND = "append"  # only people who are new
    REFRESH = "refresh"  # people who are there are brought up to date


class Unnamed(StrEnum):
    """What becomes of a lead's numbers which a refreshed list does not name any more."""

    KEEP = "keep"
    MARK = "mark"  # they are not dialled any more


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportOptions:
    """`country` "" is the campaign's; `encoding` "" finds out; `sheet` "" is the first one."""

    mapping: tuple[str, ...] = ()  # items like number=手机
    saved_mapping: tuple[str, ...] = ()  # of a mapping kept by name: columns a file lacks are only reported
    country: str = ""
    encoding: str = ""
    sheet: str = ""
    source: str = ""  # of rows that name none
    mode: Mode = Mode.APPEND
    scope: Scope = Scope.CAMPAIGN
    days: int = 0  # for the scope of days
    unnamed_numbers: Unnamed = Unnamed.KEEP
    allocation: str = ""

    def plain(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def of(cls, plain: Mapping[str, Any]) -> Self:
        """As `plain` made them."""
        known = {each.name for each in fields(cls)}
        kinds = {"mode": Mode, "scope": Scope, "unnamed_numbers": Unnamed, "mapping": tuple, "saved_mapping": tuple}
        return cls(**{name: kinds.get(name, _same)(value) for name, value in plain.items() if name in known})


def _same(value: Any) -> Any:
    return value


def parse_scope(text: str) -> tuple[Scope, int]:
    """`file`, `campaign`, `running` or `days:N`. Raises `Invalid`."""
    word, separator, number = text.strip().lower().partition(":")
    if word == Scope.DAYS and number.isascii() and number.isdigit() and 1 <= int(number) <= 3650:
        return Scope.DAYS, int(number)
    if not separator and word in (Scope.FILE, Scope.CAMPAIGN, Scope.RUNNING):
        return Scope(word), 0
    raise Invalid(
        f"duplicates {text!r} is not understood; write file, campaign, running or days:N with N from 1 to 3650",
        field="duplicates",
    )


@dataclass(slots=True, kw_only=True)
class Progress:
    """Of an import under way."""

    phase: Phase = Phase.READING
    size_bytes: int = 0
    bytes_read: int = 0
    rows: int = 0
    accepted: int = 0
    duplicates: int = 0
    refused: int = 0
    share: float = 0.0  # of the phase, where it is not READING
    seconds: float = 0.0

    @property
    def rows_per_s(self) -> float:
        return self.rows / self.seconds if self.seconds > 0 else 0.0

    @property
    def percent(self) -> float:
        """0 to 100; while the list is read by its bytes."""
        match self.phase:
            case Phase.READING:
                way = _READING * (self.bytes_read / self.size_bytes if self.size_bytes else 0.0)
            case Phase.NUMBERS:
                way = _READING + _NUMBERS * self.share
            case Phase.RELEASING:
                way = _READING + _NUMBERS + (1 - _READING - _NUMBERS) * self.share
            case _:
                way = 1.0
        return round(100 * min(way, 1.0), 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportReport:
    """What became of a list: the cleaning report, and what the campaign made of the usable rows.

    A dry run reports what an import would do now; it stores nothing and has no `import_id`.
    """

    campaign: str
    import_id: int | None
    dry_run: bool
    cleaning: CleaningReport
    new: int
    updated: int = 0
    unchanged: int = 0
    missing: int = 0  # leads of the campaign which the refreshed list does not name
    suppressed: int = 0  # usable rows with a number that must not be called; it will not be dialled
    also_in_running: int = 0  # usable rows with a number that another running campaign has as well
    allocated: Mapping[str, int] = field(default_factory=dict)  # agent -> leads
    not_allocated: int = 0

    @property
    def rows(self) -> int:
        return self.cleaning.quality.rows

    @property
    def accepted(self) -> int:
        return self.cleaning.quality.usable

    @property
    def duplicates(self) -> int:
        return self.cleaning.quality.duplicates

    @property
    def refused(self) -> int:
        return self.cleaning.quality.refused

    @property
    def data_qualified_rate(self) -> float:
        return self.cleaning.quality.data_qualified_rate

    @property
    def refusals(self) -> Mapping[str, int]:
        return self.cleaning.refusals

    @property
    def columns(self) -> Mapping[str, str]:
        return self.cleaning.columns

    @property
    def refused_file(self) -> str:
        return self.cleaning.refused_file

    @property
    def examples(self) -> tuple[RefusedRow, ...]:
        return self.cleaning.examples

    def plain(self) -> dict[str, Any]:
        """As JSON has it."""
        own = {each.name: getattr(self, each.name) for each in fields(self) if each.name not in _RENAMED}
        return {
            "campaign": self.campaign,
            "id": self.import_id,
            "dry_run": self.dry_run,
            **self.cleaning.plain(),
            **own,
            "allocated": dict(self.allocated),
            "accepted": self.accepted,
            "duplicates_in_file": self.cleaning.duplicates_by.get(Reason.DUPLICATE_IN_FILE, 0),
            "duplicates_in_campaign": self.cleaning.duplicates_by.get(Reason.DUPLICATE_IN_CAMPAIGN, 0),
        }


_RENAMED: Final = ("import_id", "cleaning", "campaign", "dry_run")


@dataclass(frozen=True, slots=True, kw_only=True)
class UndoReport:
    import_id: int
    removed: int
    closed: int  # had been dialled already, so they stay as closed leads
    restored: int = 0  # had been brought up to date, and are as they were before


def rows_of(imports: Iterable[ImportRow]) -> tuple[int, int]:
    """How many rows the lists of a campaign brought, and how many of them can be called; taken back ones left out.

    Whoever was in the campaign before counts with the list that brought him, and a file loaded once more brings nothing
    but what it adds.
    """
    rows = usable = 0
    seen: set[str] = set()
    for one in imports:
        if one.undone_at is not None:
            continue
        known = one.updated + one.unchanged + int((one.report or {}).get("duplicates_in_campaign", 0))
        repeated = bool(one.sha256) and one.sha256 in seen
        rows += one.accepted if repeated else max(one.rows - known, 0)
        usable += one.accepted
        seen.add(one.sha256)
    return rows, usable
