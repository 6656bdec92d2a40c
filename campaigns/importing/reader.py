"""Every row of a list judged: accepted with what it says, or refused with line, column, value and reason."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from itertools import chain, islice
from typing import Final, TypeVar

from campaigns.importing import judge
from campaigns.importing.columns import Columns, resolve
from campaigns.importing.duplicates import NumberIndex
from campaigns.importing.errors import ListError, Reason, Refusal
from campaigns.importing.formulas import restored
from campaigns.importing.mapping import ColumnMapping
from campaigns.importing.numbers import normalise_unusual
from campaigns.importing.plan import Number, plan_of
from campaigns.importing.records import Record
from campaigns.importing.regions import tells_zones, zone_of_region
from campaigns.importing.rows import AcceptedRow, RefusedRow
from campaigns.importing.source import Source

T = TypeVar("T")
_VALUE_SHOWN: Final = 200
_TITLE_ROWS: Final = 10  # of a sheet, within which the header must stand
_READ: Final = ("time_zone", "country", "region", "priority", "value")  # roles whose text must be understood
_accepted_row: Final = partial(tuple.__new__, AcceptedRow)  # half the time of a call with names, a million times over
_NO_NOTES: Final[dict[int, tuple[Reason, str]]] = {}


class ListReader:
    """`columns` are known as soon as it is made; `rows` may be iterated once."""

    def __init__(
        self,
        source: Source,
        mapping: ColumnMapping,
        *,
        country: str,
        time_zone: str = "",
        list_source: str = "",
        seen: NumberIndex | None = None,
    ) -> None:
        """`time_zone` is for numbers whose digits leave it open, `list_source` for rows that name no source. `seen`
        knows numbers by line; pass one to learn of more, `None` starts empty. Raises `ListError` for a header that
        cannot be used."""
        self.encoding, self.delimiter, self.sheet = source.encoding, source.delimiter, source.sheet
        self.columns, self._records = _opened(source, mapping)
        self._country, self._time_zone, self._list_source = country, time_zone, list_source
        self._seen = NumberIndex() if seen is None else seen
        single = self.columns.single
        self._at = {role: single.get(role) for role in _READ}
        self._reads = any(position is not None for position in self._at.values())
        self._texts = [single.get(role) for role in ("source", "segment", "owner", "skill", "external_id")]
        self._width = len(self.columns.header)

    def rows(self) -> Iterator[AcceptedRow | RefusedRow]:
        """Blank lines are no rows. Raises `ListError` when the quoting is broken beyond single rows."""
        for record in map(_restored, self._records) if self.columns.again else self._records:
            for value in record.values:
                if value and not value.isspace():
                    yield self._judged(record)
                    break

    def _judged(self, record: Record) -> AcceptedRow | RefusedRow:
        if not record.checked or len(record.values) != self._width:
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
        count = len(record.values)
        if count != self._width:
            words = f"{count} columns, but the header has {self._width}"
            return self._refused(record, None, Reason.COLUMN_COUNT, words)
        return None

    def _accepted(self, record: Record) -> AcceptedRow:
        values, columns = record.values, self.columns
        home, priority, worth = self._told(record) if self._reads else (self._country, 0, 0.0)
        numbers, remarks = self._numbers(record, home)
        if record.notes:
            values = self._noted(record, remarks)
        plain = "" if self._reads else numbers[0][1].zone
        zone = plain or self._zone(record, numbers, home, remarks)
        fields = {name: text for p, name in columns.fields if (text := values[p].strip())}
        if remarks:
            fields |= {columns.header[p]: text for p in remarks if (text := record.values[p].strip())}
        source, segment, owner, skill, external_id = [values[p].strip() if p is not None else "" for p in self._texts]
        return _accepted_row(
            (
                record.line,
                " ".join([text for p in columns.names if (text := values[p].strip())]),
                tuple([(kind, number.e164) for kind, number in numbers]),
                numbers[0][1].country or home,
                zone,
                priority,
                fields,
                record.values,
                tuple(remarks.values()) if remarks else (),
                source or self._list_source,
                segment,
                owner,
                skill,
                worth,
                external_id,
            )
        )

    def _told(self, record: Record) -> tuple[str, int, float]:
        """Country, priority and expected value."""
        return (
            self._read(record, "country", judge.country, self._country),
            self._read(record, "priority", judge.priority, 0),
            self._read(record, "value", judge.value, 0.0),
        )

    def _numbers(self, record: Record, country: str) -> tuple[list[tuple[str, Number]], dict[int, RefusedRow]]:
        """The usable numbers, each once, and what is wrong with the others by position; refused when none is left."""
        usable: list[tuple[str, Number]] = []
        problems: dict[int, RefusedRow] = {}
        notes = record.notes or _NO_NOTES
        plan = plan_of(country)
        for position, kind in self.columns.numbers:
            text = record.values[position].strip()
            try:
                if position in notes:
                    raise Refusal(*notes[position])
                if not text:
                    continue
                number = (plan.read(text) if plan is not None else None) or normalise_unusual(text, country)
            except Refusal as refusal:
                problems[position] = self._refused(record, position, refusal.code, refusal.text)
                continue
            earlier = self._seen.claim(number.e164, record.line)
            if not earlier:
                usable.append((kind, number))
            elif earlier != record.line:
                words = f"the same number as in line {earlier}"
                problems[position] = self._refused(record, position, Reason.DUPLICATE_IN_FILE, words)
        if not usable:
            raise _Refused(self._unusable(record, problems))
        return usable, problems

    def _unusable(self, record: Record, problems: dict[int, RefusedRow]) -> RefusedRow:
        """A row that has no number of its own is a duplicate; numbers of earlier rows are left to those, for people of
        one household share a landline."""
        for problem in problems.values():
            if problem.code is Reason.DUPLICATE_IN_FILE:
                return problem
        missing = self._refused(record, self.columns.numbers[0][0], Reason.NUMBER_MISSING, "no number")
        return next(iter(problems.values()), missing)

    def _zone(
        self, record: Record, numbers: list[tuple[str, Number]], country: str, remarks: dict[int, RefusedRow]
    ) -> str:
        """The row's own zone, else its region's, else the first number's where its digits are clear, else the
        campaign's. A row that is refused leaves its numbers to later ones."""
        number = numbers[0][1]
        try:
            told = self._read(record, "time_zone", judge.time_zone, "") if self._reads else ""
            found = told or (self._reads and self._zone_of_region(record, number.country or country, remarks))
            if zone := found or number.zone or self._time_zone:
                return zone
            words = "the number lies in several time zones; add a time zone or region column, or set the campaign's"
            raise _Refused(self._refused(record, self.columns.numbers[0][0], Reason.TIME_ZONE_UNKNOWN, words))
        except _Refused:
            for _, its in numbers:
                self._seen.give_up(its.e164)
            raise

    def _zone_of_region(self, record: Record, country: str, remarks: dict[int, RefusedRow]) -> str:
        position = self._at["region"]
        text = record.values[position].strip() if position is not None else ""
        if not text or position is None or not tells_zones(country):
            return ""
        found = zone_of_region(country, text)
        if not found:
            words = "the region is not known, or keeps several times; the zone is the number's"
            remarks[position] = self._refused(record, position, Reason.REGION_UNKNOWN, words)
        return found

    def _read(self, record: Record, role: str, reads: Callable[[str], T], otherwise: T) -> T:
        position = self._at[role]
        if position is None or not (text := record.values[position].strip()):
            return otherwise
        try:
            return reads(text)
        except Refusal as refusal:
            raise _Refused(self._refused(record, position, refusal.code, refusal.text)) from refusal

    def _noted(self, record: Record, remarks: dict[int, RefusedRow]) -> list[str]:
        """The values without cells in error, whose text is kept as a field."""
        notes = {p: note for p, note in (record.notes or _NO_NOTES).items() if p < self._width}
        for position, (code, words) in notes.items():
            remarks.setdefault(position, self._refused(record, position, code, words))
        failed = {position for position, (code, _) in notes.items() if code is Reason.CELL_ERROR}
        return ["" if position in failed else value for position, value in enumerate(record.values)]

    def _refused(self, record: Record, position: int | None, code: Reason, reason: str) -> RefusedRow:
        column = self.columns.header[position] if position is not None and position < self._width else ""
        value = _shown(record.values[position]) if position is not None else ""
        return RefusedRow(record.line, column, value, reason, code, record.values, self._source_of(record))

    def _source_of(self, record: Record) -> str:
        position = self._texts[0]
        told = record.values[position].strip() if position is not None and len(record.values) == self._width else ""
        return _text(told) or self._list_source


class _Refused(Exception):
    def __init__(self, row: RefusedRow) -> None:
        super().__init__(row.reason)
        self.row = row


def _opened(source: Source, mapping: ColumnMapping) -> tuple[Columns, Iterator[Record]]:
    """The columns, and the records that follow the header."""
    if source.sheet:
        return _below_titles(source.records, mapping)
    return resolve(_header(next(source.records, None)), mapping), source.records


def _below_titles(records: Iterator[Record], mapping: ColumnMapping) -> tuple[Columns, Iterator[Record]]:
    """Sheets have titles above the header, and headers of two rows, of which the lower one names the columns."""
    found: Columns | None = None
    cells, failure = 0, None
    for record in islice(records, _TITLE_ROWS):
        filled = sum(bool(value.strip()) for value in record.values)
        try:
            columns = resolve(_header(record), mapping)
        except ListError as error:
            if found is not None:
                return found, chain([record], records)
            if failure is None or filled > failure[0]:
                failure = (filled, error)
            continue
        if found is not None and filled < cells:
            return found, chain([record], records)
        found, cells = columns, filled
    if found is None:
        raise failure[1] if failure is not None else ListError("the sheet is empty; a row must name the columns")
    return found, records


def _header(record: Record | None) -> list[str]:
    if record is None:
        raise ListError("the file is empty; its first line must name the columns")
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


def _text(value: str) -> str:
    return value.encode("utf-8", "surrogatepass").decode("utf-8", "replace")


def _shown(value: str) -> str:
    return _text(value if len(value) <= _VALUE_SHOWN else value[: _VALUE_SHOWN - 1] + "…")


def _restored(record: Record) -> Record:
    return record._replace(values=[restored(value) for value in record.values])
