"""A list on disk, read in batches. Everything here blocks; `dialer.lists` runs it in a thread."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from typing import Any, BinaryIO, Final, NamedTuple

from campaigns.importing import (
    AcceptedRow,
    CleaningReport,
    ColumnMapping,
    CsvSource,
    ListError,
    ListReader,
    Reason,
    RefusedRow,
    Source,
    Tally,
    parse_mapping,
    survey,
)
from campaigns.importing.regions import country_of
from dialer.refused_file import Format, Place, RefusedFile
from dialer.spreadsheet.source import SheetSource, is_spreadsheet

BATCH_ROWS: Final = 2000
_CHUNK: Final = 1 << 18


@dataclass(frozen=True, slots=True)
class Batch:
    accepted: list[AcceptedRow]
    refused: list[RefusedRow]


class Known(NamedTuple):
    """An accepted row that is refused after all, because its numbers are known elsewhere. `words` "" says so for a
    number that the campaign has."""

    line: int
    e164: str
    code: Reason = Reason.DUPLICATE_IN_CAMPAIGN
    words: str = ""


class ListFile:
    """Call `open`, then `next_batch` and `settle` in turn until there is none, then `finish`; `close` in any case.

    `mapping` are items like "number=手机", or a kept mapping. Refused rows go to a new file in `refused_directory`, or
    to `refused_file`, which must not exist yet; nowhere without both. `list_source` is the source of rows that name
    none.
    """

    def __init__(
        self,
        path: Path,
        name: str,
        *,
        mapping: Sequence[str] | ColumnMapping = (),
        country: str,
        time_zone: str = "",
        encoding: str = "",
        sheet: str = "",
        list_source: str = "",
        refused_directory: Path | None = None,
        refused_file: Path | None = None,
    ) -> None:
        """Raises `ListError` for a mapping or country that is not understood."""
        self.path, self.name = path, name
        self.tally = Tally()
        self.sha256 = ""
        self.empty = False  # once open: whether there is nothing below the header
        self._mapping = mapping if isinstance(mapping, ColumnMapping) else parse_mapping(mapping)
        if country_of(country) != country:
            raise ListError(f"country {country!r} is not known; write its ISO code, such as CN", field="country")
        self._country, self._time_zone, self._list_source = country, time_zone, list_source
        self._encoding, self._sheet = encoding, sheet
        self._place = Place(name, refused_directory, refused_file) if refused_directory or refused_file else None
        self._open = ExitStack()
        self._reader: ListReader | None = None
        self._rows: Iterator[AcceptedRow | RefusedRow] = iter(())
        self._refused: RefusedFile | None = None
        self._read_so_far: Callable[[], int] = int

    @property
    def reader(self) -> ListReader:
        if self._reader is None:
            raise RuntimeError("the list is not open")
        return self._reader

    def open(self) -> None:
        """Reads a CSV file once. Raises `OSError` and `ListError`."""
        stream = self._open.enter_context(self.path.open("rb"))
        source, form = self._spreadsheet(stream) if is_spreadsheet(stream) else self._csv(stream)
        self._reader = ListReader(
            source, self._mapping, country=self._country, time_zone=self._time_zone, list_source=self._list_source
        )
        rows = self._reader.rows()
        first = list(islice(rows, 1))
        self.empty = not first
        self._rows = chain(first, rows)
        if self._place is not None:
            self._refused = RefusedFile(self._place, self._reader.columns, form)
            self._open.callback(self._refused.discard)

    @property
    def bytes_read(self) -> int:
        """Of the file, for showing how far it has come."""
        return self._read_so_far()

    def next_batch(self, most: int = BATCH_ROWS) -> Batch | None:
        batch = Batch([], [])
        for row in self._rows:
            if isinstance(row, AcceptedRow):
                batch.accepted.append(row)
            else:
                batch.refused.append(row)
            if len(batch.accepted) + len(batch.refused) >= most:
                break
        return batch if batch.accepted or batch.refused else None

    def settle(self, batch: Batch, known: Iterable[tuple[Any, ...]] = ()) -> None:
        """Count the batch and write down what was refused. `known` are `Known` rows, or (line, E.164) of numbers that
        the campaign has."""
        late = {row.line: row._replace(code=Reason(row.code)) for row in (Known(*its) for its in known)}
        accepted = [row for row in batch.accepted if row.line not in late] if late else batch.accepted
        refused = batch.refused + [_refused_late(row, late[row.line]) for row in batch.accepted if row.line in late]
        refused.sort(key=lambda row: row.line)
        self.tally.accept(accepted)
        self.tally.refuse(refused)
        if self._refused is not None:
            self._refused.write(refused)

    def finish(self) -> str:
        """Puts the file of refused rows in place; its path, or "" when nothing was refused or no file is wanted."""
        return self._refused.publish() if self._refused is not None else ""

    def report(self, refused_file: str = "") -> CleaningReport:
        reader = self.reader
        return self.tally.report(
            file_name=self.name,
            sha256=self.sha256,
            encoding=reader.encoding,
            delimiter=reader.delimiter,
            sheet=reader.sheet,
            columns=reader.columns.roles(),
            missing_columns=reader.columns.missing,
            refused_file=refused_file,
        )

    def close(self) -> None:
        self._open.close()

    def _csv(self, stream: BinaryIO) -> tuple[Source, Format]:
        if self._sheet:
            raise ListError("only spreadsheets have sheets; this is a text file", field="sheet")
        digest = hashlib.sha256()
        found = survey(_chunks(stream, digest), encoding=self._encoding, country=self._country)
        for _ in _chunks(stream, digest):
            """The rest, where the encoding was certain from the start."""
        self.sha256 = digest.hexdigest()
        stream.seek(0)
        crlf = stream.readline(_CHUNK).endswith((b"\r\n", b"\r\0\n\0"))
        stream.seek(0)
        source = CsvSource(_chunks(stream), found)
        self._read_so_far = stream.tell
        return source, Format(
            codec=found.codec,
            bom=found.bom,
            delimiter=source.delimiter,
            ending="\r\n" if crlf else "\n",
        )

    def _spreadsheet(self, stream: BinaryIO) -> tuple[Source, Format]:
        stream.seek(0)
        digest = hashlib.sha256()
        for _ in _chunks(stream, digest):
            """Only for the digest."""
        self.sha256 = digest.hexdigest()
        size = stream.tell()
        source = self._open.enter_context(SheetSource(self.path, self._sheet))
        self._read_so_far = lambda: int(size * source.share_read)
        return source, Format()


def check_list(file: ListFile) -> CleaningReport:
    """The whole list read and counted, against nothing but itself. Raises `OSError` and `ListError`."""
    try:
        file.open()
        while (batch := file.next_batch()) is not None:
            file.settle(batch)
        return file.report(file.finish())
    finally:
        file.close()


def _refused_late(row: AcceptedRow, known: Known) -> RefusedRow:
    words = known.words or "the campaign has a lead with this number"
    return RefusedRow(row.line, "", known.e164, words, known.code, row.values, row.source)


def _chunks(source: BinaryIO, digest: Any = None) -> Iterator[bytes]:
    while chunk := source.read(_CHUNK):
        if digest is not None:
            digest.update(chunk)
        yield chunk
