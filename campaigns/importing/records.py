"""Physical lines into CSV records: quoted line breaks, broken quotes, overlong lines, in bounded memory and time."""

from __future__ import annotations

import csv
from collections import deque
from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from campaigns.importing.errors import ListError, Reason
from campaigns.importing.lines import LINE_LIMIT, Line

RECORD_LINES: Final = 200  # a quoted value may span this many lines
RECORD_LIMIT: Final = 131072  # characters; also the csv module's limit of one value
_MOST_REREAD: Final = 4000  # lines swallowed by quotes left open, before the whole file is given up


class Record(NamedTuple):
    """`line` is where the record starts. `code` and `text` are set when it cannot be read; `values` then hold what is
    there of it."""

    line: int
    values: list[str]
    code: Reason | None = None
    text: str = ""


class _Overflow(Exception):
    """The record has grown too long, or met a line that is too long."""


class RecordReader:
    """Iterate once. Raises `ListError` when quotes are left open again and again."""

    def __init__(self, lines: Iterable[Line], encoding: str, delimiter: str) -> None:
        self._lines = iter(lines)
        self._encoding = encoding
        self._delimiter = delimiter
        self._again: deque[Line] = deque()  # lines to be read once more after a quote that was never closed
        self._taken: list[Line] = []  # lines of the record being read
        self._size = 0
        self._reread = 0

    def __iter__(self) -> Iterator[Record]:
        reader = self._reader()
        while True:
            self._taken, self._size = [], 0
            try:
                values = next(reader)
            except StopIteration:
                return
            except _Overflow:
                record = self._overflown()
                reader = self._reader()
            except csv.Error as error:
                record = self._unreadable(str(error))
                reader = self._reader()
            else:
                record = Record(self._taken[0].number, values)
            yield record

    def _reader(self) -> Iterator[list[str]]:
        return csv.reader(self._feed(), delimiter=self._delimiter, strict=True)

    def _feed(self) -> Iterator[str]:
        while (line := self._next_line()) is not None:
            self._taken.append(line)
            self._size += len(line.data) + 1
            if line.too_long or len(self._taken) > RECORD_LINES or self._size > RECORD_LIMIT:
                raise _Overflow
            yield line.data.decode(self._encoding, "surrogateescape") + "\n"

    def _next_line(self) -> Line | None:
        return self._again.popleft() if self._again else next(self._lines, None)

    def _overflown(self) -> Record:
        first, last = self._taken[0], self._taken[-1]
        if last.too_long and first is last:
            text = f"the line is longer than {LINE_LIMIT} bytes; shorten its values"
            return Record(first.number, [self._excerpt(first)], Reason.TOO_LONG, text)
        return self._open_quote()

    def _unreadable(self, error: str) -> Record:
        if error == "unexpected end of data" or len(self._taken) > 1:
            return self._open_quote()
        text = "a quotation mark inside a quoted value must be doubled"
        if "new-line" in error:
            text = "a lone carriage return stands inside the line"
        elif "field limit" in error:
            text = f"a value is longer than {RECORD_LIMIT} characters"
        code = Reason.TOO_LONG if "field limit" in error else Reason.QUOTING
        return Record(self._taken[0].number, self._rough(self._taken), code, text)

    def _open_quote(self) -> Record:
        """Refuse the line with the open quote alone; those that it swallowed are read again."""
        first, *swallowed = self._taken
        self._reread += len(swallowed)
        if self._reread > _MOST_REREAD:
            raise ListError(
                f"line {first.number}: once more a quotation mark is opened and never closed; "
                "the quoting of this file is broken, export the list again"
            )
        self._again.extendleft(reversed(swallowed))
        return Record(first.number, self._rough([first]), Reason.QUOTING, "a quotation mark is opened and never closed")

    def _rough(self, lines: list[Line]) -> list[str]:
        """The values as far as they can be told apart without trusting the quotes."""
        text = "\n".join(line.data.decode(self._encoding, "surrogateescape") for line in lines)
        return [value.strip('"') for value in text.split(self._delimiter)]

    def _excerpt(self, line: Line) -> str:
        return line.data[:200].decode(self._encoding, "ignore") + "..."
