"""Every row of a list judged: accepted with what it says, or refused with line, column, value and reason."""

from __future__ import annotations

import codecs
from collections.abc import Iterable, Iterator

from campaigns.importing.columns import ColumnMapping, Columns, resolve, sniff_delimiter
from campaigns.importing.duplicates import NumberIndex
from campaigns.importing.errors import ListError, Reason, Refusal
from campaigns.importing.lines import Line, physical_lines
from campaigns.importing.numbers import Number, normalise
from campaigns.importing.records import Record, RecordReader
from campaigns.importing.rows import AcceptedRow, RefusedRow
from campaigns.importing.survey import Survey
from campaigns.importing.zones import zone_of
from campaigns.windows import zone

_VALUE_SHOWN = 200


class ListReader:
    """`delimiter` and `columns` are known as soon as it is made; `rows` may be iterated once."""

    def __init__(
        self,
        chunks: Iterable[bytes],
        found: Survey,
        mapping: ColumnMapping,
        *,
        country: str,
        time_zone: str = "",
        seen: NumberIndex | None = None,
    ) -> None:
        """`time_zone` is for numbers whose digits leave it open. `seen` knows numbers of the file by line; pass one to
        learn of more, `None` starts empty. Raises `ListError` for a header that cannot be used."""
        self.encoding = found.encoding
        self.bom = found.bom
        lines = _without_bom(physical_lines(chunks))
        first = next(lines, None)
        declared = _declared_delimiter(first)
        if declared:
            first = next(lines, None)
        if first is None:
            raise ListError("the file is empty; its first line must name the columns")
        self.delimiter = declared or sniff_delimiter(first.data.decode(found.encoding, "replace"))
        self._records = iter(RecordReader(_chained(first, lines), found.encoding, self.delimiter))
        self.columns: Columns = resolve(_header(next(self._records)), mapping)
        self._country, self._time_zone = country, time_zone
        self._seen = NumberIndex() if seen is None else seen

    def rows(self) -> Iterator[AcceptedRow | RefusedRow]:
        """Blank lines are no rows. Raises `ListError` when the quoting is broken beyond single rows."""
        for record in self._records:
            if any(value.strip() for value in record.values):
                yield self._judged(record)

    def _judged(self, record: Record) -> AcceptedRow | RefusedRow:
        refused = self._unreadable(record)
        if refused is not None:
            return refused
        try:
            return self._accepted(record)
        except _Refused as problem:
            return problem.row

    def _unreadable(self, record: Record) -> RefusedRow | None:
        if record.code is not None:
            return self._refused(record, None, record.code, record.text)
        for position, value in enumerate(record.values):
            if "\0" in value:
                return self._refused(record, position, Reason.NUL, "contains a NUL byte")
            if not value.isascii() and not _encodable(value):
                return self._refused(record, position, Reason.ENCODING, f"bytes that are not {self.encoding.upper()}")
        count, expected = len(record.values), len(self.columns.header)
        if count != expected:
            return self._refused(record, None, Reason.COLUMN_COUNT, f"{count} columns, but the header has {expected}")
        return None

    def _accepted(self, record: Record) -> AcceptedRow:
        values, columns = record.values, self.columns
        numbers, remarks = self._numbers(record)
        accepted = AcceptedRow(
            line=record.line,
            name=" ".join(text for p in columns.names if (text := values[p].strip())),
            numbers=tuple((kind, number.e164) for kind, number in numbers),
            country=numbers[0][1].country or self._country,
            time_zone=self._zone(record, numbers[0][1]),
            priority=self._priority(record),
            fields={name: text for p, name in columns.fields if (text := values[p].strip())}
            | {columns.header[p]: values[p].strip() for p in remarks},
            values=values,
            remarks=tuple(remarks.values()),
        )
        for _, number in numbers:
            self._seen.add(number.e164, record.line)
        return accepted

    def _numbers(self, record: Record) -> tuple[list[tuple[str, Number]], dict[int, RefusedRow]]:
        """The usable numbers, each once, and what is wrong with the others by position; refused when none is left."""
        usable: dict[str, tuple[int, str, Number]] = {}
        problems: dict[int, RefusedRow] = {}
        for position, kind in self.columns.numbers:
            if not (text := record.values[position].strip()):
                continue
            try:
                number = normalise(text, self._country)
            except Refusal as refusal:
                problems[position] = self._refused(record, position, refusal.code, refusal.text)
            else:
                usable.setdefault(number.e164, (position, kind, number))
        if not usable:
            position = self.columns.numbers[0][0]
            missing = self._refused(record, position, Reason.NUMBER_MISSING, "no number")
            raise _Refused(next(iter(problems.values()), missing))
        return self._unseen(record, usable, problems), problems

    def _unseen(
        self, record: Record, usable: dict[str, tuple[int, str, Number]], problems: dict[int, RefusedRow]
    ) -> list[tuple[str, Number]]:
        """Numbers of earlier rows are left to those: people of one household share a landline. A row that has no number
        of its own is a duplicate."""
        fresh = []
        for e164, (position, kind, number) in usable.items():
            earlier = self._seen.find(e164)
            if earlier is None:
                fresh.append((kind, number))
                continue
            words = f"the same number as in line {earlier}"
            problems[position] = self._refused(record, position, Reason.DUPLICATE_IN_FILE, words)
        if not fresh:
            raise _Refused(next(row for row in problems.values() if row.code is Reason.DUPLICATE_IN_FILE))
        return fresh

    def _zone(self, record: Record, number: Number) -> str:
        """The row's own zone, else the number's where its digits are clear, else the campaign's."""
        position = self.columns.time_zone
        if position is not None and (text := record.values[position].strip()):
            if zone(text) is None:
                words = "no known time zone; write an IANA name such as Asia/Shanghai"
                raise _Refused(self._refused(record, position, Reason.TIME_ZONE_UNKNOWN, words))
            return text
        if found := zone_of(number.parsed) or self._time_zone:
            return found
        words = "the number lies in several time zones; add a time zone column, or set the campaign's time_zone"
        raise _Refused(self._refused(record, self.columns.numbers[0][0], Reason.TIME_ZONE_UNKNOWN, words))

    def _priority(self, record: Record) -> int:
        position = self.columns.priority
        text = record.values[position].strip() if position is not None else ""
        if not text:
            return 0
        try:
            priority = int(text)
        except ValueError:
            priority = 1000
        if not -100 <= priority <= 100:
            raise _Refused(
                self._refused(record, position, Reason.PRIORITY, "priority is a whole number from -100 to 100")
            )
        return priority

    def _refused(self, record: Record, position: int | None, code: Reason, reason: str) -> RefusedRow:
        column = self.columns.header[position] if position is not None and position < len(self.columns.header) else ""
        value = record.values[position][:_VALUE_SHOWN] if position is not None else ""
        return RefusedRow(record.line, column, _shown(value), reason, code, record.values)


class _Refused(Exception):
    def __init__(self, row: RefusedRow) -> None:
        super().__init__(row.reason)
        self.row = row


def _without_bom(lines: Iterator[Line]) -> Iterator[Line]:
    for line in lines:
        yield line._replace(data=line.data.removeprefix(codecs.BOM_UTF8)) if line.number == 1 else line


def _declared_delimiter(line: Line | None) -> str:
    """Spreadsheets write `sep=;` as a line before the header."""
    text = line.data.strip().strip(b'"').lower() if line is not None else b""
    return chr(text[4]) if len(text) == 5 and text.startswith(b"sep=") and text[4] in b",;|" else ""


def _chained(first: Line, rest: Iterator[Line]) -> Iterator[Line]:
    yield first
    yield from rest


def _header(record: Record) -> list[str]:
    if record.code is not None:
        raise ListError(f"line {record.line}, the header: {record.text}")
    if not any(value.strip() for value in record.values):
        raise ListError(f"line {record.line} is empty; it must name the columns")
    for value in record.values:
        if not _encodable(value) or "\0" in value:
            raise ListError(f"line {record.line}, the header: {_shown(value)!r} has bytes that are no text")
        if sum(character.isdigit() for character in value) >= 7:
            raise ListError(
                f"line {record.line} holds {value[:40]!r}, which looks like a telephone number; "
                "the first line must name the columns"
            )
    return record.values


def _encodable(value: str) -> bool:
    """False where undecodable bytes were carried along as lone surrogates."""
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def _shown(value: str) -> str:
    return value.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
