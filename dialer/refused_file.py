"""The file of a list's refused rows: the rows as they came, in the list's own format, ready to be put right."""

from __future__ import annotations

import codecs
import csv
import os
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from campaigns.importing import ListError, RefusedRow
from campaigns.importing.columns import REFUSED_COLUMNS, Columns
from campaigns.importing.formulas import defused


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """How the file is written; that of the list, or for a spreadsheet CSV that spreadsheets open by themselves."""

    codec: str = "utf-8"
    bom: bool = True
    delimiter: str = ","
    ending: str = "\r\n"


@dataclass(frozen=True, slots=True)
class Place:
    """Where the file is to be: `exactly` there, or in `directory` under a free name made of the list's."""

    name: str = ""
    directory: Path | None = None
    exactly: Path | None = None

    def target(self) -> Path:
        """Earlier files are never overwritten. Raises `ListError`."""
        if self.exactly is None:
            return self._free_name()
        if self.exactly.exists():
            raise ListError(f"{self.exactly} exists already; choose another file", field="refused_file")
        return self.exactly

    def _free_name(self) -> Path:
        directory, stem = self.directory or Path(), Path(self.name).stem or "list"
        candidate, copy = directory / f"{stem}.refused.csv", 2
        while candidate.exists():
            candidate, copy = directory / f"{stem}.refused-{copy}.csv", copy + 1
        return candidate


class RefusedFile:
    """Line, column and reason stand behind every row, and surplus values behind those. Appears whole or not at all,
    as `Place` says. Values that a spreadsheet would run as a formula get an apostrophe, which reading takes off."""

    def __init__(self, place: Place, columns: Columns, form: Format) -> None:
        self._place, self._form = place, form
        self._header = columns.header
        self._width = len(columns.header)
        self._kept = self._width - len(REFUSED_COLUMNS) if columns.again else self._width
        self._file: IO[str] | None = None
        self._writer: Any = None

    def write(self, rows: Sequence[RefusedRow]) -> None:
        """Raises `OSError` and `ListError`."""
        if rows and self._file is None:
            self._begin()
        for row in rows:
            own = [defused(value) for value in row.values]
            padding = [""] * (self._kept - len(own))
            kept, surplus = own[: self._kept], own[self._width :]
            self._writer.writerow([*kept, *padding, row.line, row.column, self._written(row.reason), *surplus])

    def publish(self) -> str:
        """Its path, or "" when nothing was refused."""
        if self._file is None:
            return ""
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        temporary, self._file = Path(self._file.name), None
        target = self._place.target()
        temporary.replace(target)
        return str(target)

    def discard(self) -> None:
        if self._file is not None:
            self._file.close()
            with suppress(OSError):
                Path(self._file.name).unlink()
            self._file = None

    def _begin(self) -> None:
        directory = self._place.target().parent
        directory.mkdir(parents=True, exist_ok=True)
        descriptor, path = tempfile.mkstemp(prefix=".refused-", suffix=".part", dir=directory)
        os.close(descriptor)
        self._file = open(  # noqa: SIM115 - closed by publish or discard
            path, "w", encoding=self._form.codec, errors="surrogateescape", newline=""
        )
        if self._form.bom:
            self._file.write(codecs.BOM_UTF8.decode("utf-8"))
        self._writer = csv.writer(self._file, delimiter=self._form.delimiter, lineterminator=self._form.ending)
        self._writer.writerow([*map(defused, self._header[: self._kept]), *REFUSED_COLUMNS])

    def _written(self, words: str) -> str:
        """The reason may show a character that the list's encoding has not."""
        return words.encode(self._form.codec, "backslashreplace").decode(self._form.codec)
