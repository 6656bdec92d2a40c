"""The cleaning report: how many rows of a list can be used, why not the others, and how good each source is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from campaigns.importing.errors import Reason
from campaigns.importing.rows import AcceptedRow, RefusedRow

DUPLICATES: Final = frozenset(reason for reason in Reason if reason.startswith("duplicate_"))
EXAMPLES: Final = 20
MOST_SOURCES: Final = 1000
OTHER_SOURCES: Final = "(other sources)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Quality:
    """rows = usable + duplicates + refused."""

    usable: int = 0
    duplicates: int = 0
    refused: int = 0

    @property
    def rows(self) -> int:
        return self.usable + self.duplicates + self.refused

    @property
    def data_qualified_rate(self) -> float:
        """Usable rows of all rows, 0 to 1; 0 for a list without rows."""
        return self.usable / self.rows if self.rows else 0.0

    def plain(self) -> dict[str, Any]:
        return {
            "rows": self.rows,
            "usable": self.usable,
            "duplicates": self.duplicates,
            "refused": self.refused,
            "data_qualified_rate": self.data_qualified_rate,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class CleaningReport:
    """`refusals` counts the refused rows by reason, `duplicates_by` the duplicates by where the number was known.

    `by_source` has one entry "" for the rows that name no source; it is empty where the list has no such column and
    nobody named the source of the whole list.
    """

    file_name: str
    sha256: str
    encoding: str  # "" for a spreadsheet
    delimiter: str  # "" for a spreadsheet
    sheet: str  # "" for CSV
    columns: Mapping[str, str]  # header -> role, "field" for custom fields
    missing_columns: tuple[str, ...]  # named by a saved mapping, not in this file
    quality: Quality
    refusals: Mapping[str, int]
    duplicates_by: Mapping[str, int]
    by_source: Mapping[str, Quality]
    spare_numbers: Mapping[str, int]  # reason -> numbers of usable rows that are left out; their text is kept
    remarks: Mapping[str, int]  # reason -> other values of usable rows that deserve a look
    refused_file: str = ""  # "" when every row can be used, or no file was asked for
    examples: tuple[RefusedRow, ...] = ()  # the first refused rows

    @property
    def spare_numbers_left_out(self) -> int:
        return sum(self.spare_numbers.values())

    def plain(self) -> dict[str, Any]:
        """As JSON has it."""
        return {
            "file_name": self.file_name,
            "sha256": self.sha256,
            "encoding": self.encoding,
            "delimiter": self.delimiter,
            "sheet": self.sheet,
            "columns": dict(self.columns),
            "missing_columns": list(self.missing_columns),
            **self.quality.plain(),
            "refusals": dict(self.refusals),
            "duplicates_by": dict(self.duplicates_by),
            "by_source": [{"source": source, **quality.plain()} for source, quality in self.by_source.items()],
            "spare_numbers_left_out": self.spare_numbers_left_out,
            "spare_numbers": dict(self.spare_numbers),
            "remarks": dict(self.remarks),
            "refused_file": self.refused_file,
            "examples": [
                {"line": row.line, "column": row.column, "value": row.value, "reason": row.reason, "code": row.code}
                for row in self.examples
            ],
        }


@dataclass(slots=True)
class Tally:
    """Counts rows while a list is read; bounded however many sources a list names."""

    examples: list[RefusedRow] = field(default_factory=list)
    _usable: Counter[str] = field(default_factory=Counter)  # by source
    _refused: Counter[tuple[str, Reason]] = field(default_factory=Counter)  # by source and reason
    _spare: Counter[Reason] = field(default_factory=Counter)
    _sources: set[str] = field(default_factory=set)

    @property
    def rows(self) -> int:
        return self.usable + self._refused.total()

    @property
    def usable(self) -> int:
        return self._usable.total()

    @property
    def reasons(self) -> Counter[Reason]:
        """Of refused rows and duplicates."""
        counted: Counter[Reason] = Counter()
        for (_, code), number in self._refused.items():
            counted[code] += number
        return counted

    def accept(self, rows: Sequence[AcceptedRow]) -> None:
        for source, number in Counter([row.source for row in rows]).items():
            self._usable[self._known(source)] += number
        self._spare.update(remark.code for row in rows if row.remarks for remark in row.remarks)

    def refuse(self, rows: Sequence[RefusedRow]) -> None:
        for row in rows:
            self._refused[self._known(row.source), row.code] += 1
        self.examples += rows[: EXAMPLES - len(self.examples)]

    def quality(self) -> Quality:
        return _quality(self._usable.total(), self.reasons)

    def by_source(self) -> dict[str, Quality]:
        """The sources with the most rows first; {} where no row names one."""
        if self._sources <= {""}:
            return {}
        found = {source: self._quality_of(source) for source in self._sources}
        return dict(sorted(found.items(), key=lambda item: (-item[1].rows, item[0])))

    def report(
        self,
        *,
        file_name: str,
        sha256: str = "",
        encoding: str = "",
        delimiter: str = "",
        sheet: str = "",
        columns: Mapping[str, str],
        missing_columns: Sequence[str] = (),
        refused_file: str = "",
    ) -> CleaningReport:
        return CleaningReport(
            file_name=file_name,
            sha256=sha256,
            encoding=encoding,
            delimiter=delimiter,
            sheet=sheet,
            columns=columns,
            missing_columns=tuple(missing_columns),
            quality=self.quality(),
            refusals=_counts(self.reasons, duplicates=False),
            duplicates_by=_counts(self.reasons, duplicates=True),
            by_source=self.by_source(),
            spare_numbers=_numbers(self._spare, wanted=True),
            remarks=_numbers(self._spare, wanted=False),
            refused_file=refused_file,
            examples=tuple(self.examples),
        )

    def _known(self, source: str) -> str:
        if source not in self._sources:
            if len(self._sources) >= MOST_SOURCES:
                source = OTHER_SOURCES
            self._sources.add(source)
        return source

    def _quality_of(self, source: str) -> Quality:
        return _quality(
            self._usable[source], Counter({code: n for (its, code), n in self._refused.items() if its == source})
        )


def _quality(usable: int, reasons: Counter[Reason]) -> Quality:
    duplicates = sum(number for code, number in reasons.items() if code in DUPLICATES)
    return Quality(usable=usable, duplicates=duplicates, refused=reasons.total() - duplicates)


def _counts(reasons: Counter[Reason], *, duplicates: bool) -> dict[str, int]:
    return {code.value: number for code, number in reasons.most_common() if (code in DUPLICATES) is duplicates}


def _numbers(remarks: Counter[Reason], *, wanted: bool) -> dict[str, int]:
    """Of remarks on accepted rows, those on numbers, or the others."""
    return {code.value: number for code, number in remarks.most_common() if _on_number(code) is wanted}


def _on_number(code: Reason) -> bool:
    return code in DUPLICATES or code.startswith("number_")
