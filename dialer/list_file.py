"""A list on disk and the file of its refused rows. Everything here blocks; `dialer.lists` runs it in a thread."""

from __future__ import annotations

import codecs
import csv
import hashlib
import os
import tempfile
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, BinaryIO, Final

from campaigns.importing import AcceptedRow, ListReader, Reason, RefusedRow, Survey, parse_mapping, survey
from campaigns.importing.columns import REFUSED_COLUMNS

_CHUNK: Final = 1 << 18
_BATCH_ROWS: Final = 500
_EXAMPLES: Final = 20


@dataclass(frozen=True, slots=True)
class Batch:
    accepted: list[AcceptedRow]
    refused: list[RefusedRow]


@dataclass(slots=True)
class Tally:
    rows: int = 0
    accepted: int = 0
    remarks: int = 0
    reasons: Counter[Reason] = field(default_factory=Counter)
    examples: list[RefusedRow] = field(default_factory=list)


class ListFile:
    """Call `open`, then `next_batch` and `settle` in turn until there is none, then `finish`; `close` in any case."""

    def __init__(
        self,
        path: Path,
        name: str,
        *,
        mapping: Sequence[str],
        country: str,
        time_zone: str,
        encoding: str,
        refused_directory: Path,
    ) -> None:
        self.path, self.name = path, name
        self.tally = Tally()
        self.sha256 = ""
        self._mapping = parse_mapping(mapping)
        self._country, self._time_zone, self._encoding = country, time_zone, encoding
        self._refused_directory = refused_directory
        self._source: BinaryIO | None = None
        self._reader: ListReader | None = None
        self._rows: Iterator[AcceptedRow | RefusedRow] = iter(())
        self._refused: RefusedFile | None = None

    @property
    def reader(self) -> ListReader:
        if self._reader is None:
            raise RuntimeError("the list is not open")
        return self._reader

    def open(self) -> None:
        """Reads the file once. Raises `OSError` and `ListError`."""
        self._source = self.path.open("rb")
        digest = hashlib.sha256()
        found: Survey = survey(_chunks(self._source, digest), encoding=self._encoding)
        self.sha256 = digest.hexdigest()
        self._source.seek(0)
        crlf = self._source.readline(_CHUNK).endswith(b"\r\n")
        self._source.seek(0)
        self._reader = ListReader(
            _chunks(self._source), found, self._mapping, country=self._country, time_zone=self._time_zone
        )
        self._rows = self._reader.rows()
        self._refused = RefusedFile(self._refused_directory, self.name, self._reader, crlf=crlf)

    def next_batch(self) -> Batch | None:
        batch = Batch([], [])
        for row in self._rows:
            if isinstance(row, AcceptedRow):
                batch.accepted.append(row)
            else:
                batch.refused.append(row)
            if len(batch.accepted) + len(batch.refused) >= _BATCH_ROWS:
                break
        return batch if batch.accepted or batch.refused else None

    def settle(self, batch: Batch, in_campaign: Collection[tuple[int, str]]) -> None:
        """Count the batch and write down what was refused; `in_campaign` are (line, E.164) the campaign had already."""
        duplicates = dict(in_campaign)
        refused = batch.refused + [
            _duplicate(row, duplicates[row.line]) for row in batch.accepted if row.line in duplicates
        ]
        refused.sort(key=lambda row: row.line)
        tally = self.tally
        tally.rows += len(batch.accepted) + len(batch.refused)
        tally.accepted += len(batch.accepted) - (len(refused) - len(batch.refused))
        tally.remarks += sum(len(row.remarks) for row in batch.accepted if row.line not in duplicates)
        tally.reasons.update(row.code for row in refused)
        tally.examples += refused[: _EXAMPLES - len(tally.examples)]
        if self._refused is not None:
            self._refused.write(refused)

    def finish(self) -> str:
        """Puts the file of refused rows in place; its path, or "" when nothing was refused."""
        return self._refused.publish() if self._refused is not None else ""

    def close(self) -> None:
        if self._refused is not None:
            self._refused.discard()
        if self._source is not None:
            self._source.close()


class RefusedFile:
    """Rows as they came, in the list's own format, with line, column and reason behind them. Appears whole or not at
    all; surplus values of a row stand behind the reason."""

    def __init__(self, directory: Path, name: str, reader: ListReader, *, crlf: bool) -> None:
        self._directory, self._name, self._reader = directory, name, reader
        header = reader.columns.header
        again = tuple(title.casefold() for title in header[-3:]) == REFUSED_COLUMNS
        self._width = len(header)
        self._kept = self._width - 3 if again else self._width
        self._ending = "\r\n" if crlf else "\n"
        self._file: IO[str] | None = None
        self._writer: Any = None

    def write(self, rows: Sequence[RefusedRow]) -> None:
        if rows and self._file is None:
            self._begin()
        for row in rows:
            own = row.values[: self._kept]
            padding = [""] * (self._kept - len(own))
            self._writer.writerow([*own, *padding, row.line, row.column, row.reason, *row.values[self._width :]])

    def publish(self) -> str:
        if self._file is None:
            return ""
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        temporary, self._file = Path(self._file.name), None
        target = _free_name(self._directory, Path(self._name).stem or "list")
        temporary.replace(target)
        return str(target)

    def discard(self) -> None:
        if self._file is not None:
            self._file.close()
            with suppress(OSError):
                Path(self._file.name).unlink()
            self._file = None

    def _begin(self) -> None:
        self._directory.mkdir(parents=True, exist_ok=True)
        descriptor, _ = opened = tempfile.mkstemp(prefix=".refused-", suffix=".part", dir=self._directory)
        os.close(descriptor)
        self._file = open(  # noqa: SIM115 - closed by publish or discard
            opened[1], "w", encoding=self._reader.encoding, errors="surrogateescape", newline=""
        )
        if self._reader.bom:
            self._file.write(codecs.BOM_UTF8.decode("utf-8"))
        self._writer = csv.writer(self._file, delimiter=self._reader.delimiter, lineterminator=self._ending)
        self._writer.writerow([*self._reader.columns.header[: self._kept], *REFUSED_COLUMNS])


def _duplicate(row: AcceptedRow, e164: str) -> RefusedRow:
    return RefusedRow(
        row.line, "", e164, "the campaign has a lead with this number", Reason.DUPLICATE_IN_CAMPAIGN, row.values
    )


def _free_name(directory: Path, stem: str) -> Path:
    """Earlier files of refused rows are not overwritten."""
    candidate, copy = directory / f"{stem}.refused.csv", 2
    while candidate.exists():
        candidate, copy = directory / f"{stem}.refused-{copy}.csv", copy + 1
    return candidate


def _chunks(source: BinaryIO, digest: Any = None) -> Iterator[bytes]:
    while chunk := source.read(_CHUNK):
        if digest is not None:
            digest.update(chunk)
        yield chunk
