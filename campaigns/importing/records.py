"""Lines into CSV records: quoted line breaks, broken quotes, overlong lines, in bounded memory and time.

Whole blocks of lines are read at once where nothing in them is unusual, else line by line.
"""

from __future__ import annotations

import csv
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from io import StringIO
from typing import Final, NamedTuple

from campaigns.importing.errors import ListError, Reason
from campaigns.importing.lines import BLOCK_LIMIT, LINE_LIMIT, Block, Line

RECORD_LINES: Final = 200  # a quoted value may span this many lines
RECORD_LIMIT: Final = BLOCK_LIMIT  # characters; also the csv module's limit of one value
_MOST_REREAD: Final = 4000  # lines swallowed by quotes left open, before the whole file is given up


class Record(NamedTuple):
    """`line` is where the record starts. `code` and `text` are set when it cannot be read; `values` then hold what is
    there of it. `checked` records have no NUL and no byte that is no text. `notes` tell by position what is wrong with
    a cell of a spreadsheet, whose value is empty or not what it was."""

    line: int
    values: list[str]
    code: Reason | None = None
    text: str = ""
    checked: bool = False
    notes: Mapping[int, tuple[Reason, str]] | None = None


_record: Final = partial(tuple.__new__, Record)  # half the time of a call with names, a million times over


class _Overflow(Exception):
    """The record has grown too long, or met a line that is too long."""


class RecordReader:
    """Iterate once. Raises `ListError` when quotes are left open again and again."""

    def __init__(self, blocks: Iterable[Block], encoding: str, delimiter: str) -> None:
        self._blocks = iter(blocks)
        self._encoding = encoding
        self._delimiter = delimiter
        self._lines: deque[Line] = deque()  # read, or to be read once more after a quote that was never closed
        self._taken: list[Line] = []  # lines of the record being read
        self._size = 0
        self._reread = 0

    def __iter__(self) -> Iterator[Record]:
        slow = self._slowly()
        while True:
            if not self._lines:
                if (block := next(self._blocks, None)) is None:
                    return
                if (records := self._at_once(block)) is not None:
                    yield from records
                    continue
                self._lines.extend(block.lines())
            yield next(slow)

    def _at_once(self, block: Block) -> list[Record] | None:
        """None for a block that has to be read line by line."""
        if block.too_long or b"\0" in block.data:
            return None
        try:
            text = block.data.decode(self._encoding)
        except UnicodeDecodeError:
            return None
        text = text.replace("\r\n", "\n").removesuffix("\n")
        if "\r" in text:
            return None
        if '"' in text:
            return self._quoted(block.number, text)
        lines = text.split("\n")
        if len(text) > LINE_LIMIT // 4 and max(map(len, lines)) > LINE_LIMIT // 4:
            return None
        rows = [line.split(self._delimiter) for line in lines]
        return [_record((number, values, None, "", True, None)) for number, values in enumerate(rows, block.number)]

    def _quoted(self, number: int, text: str) -> list[Record] | None:
        reader = csv.reader(StringIO(text, newline="\n"), delimiter=self._delimiter, strict=True)
        records, before, most = [], 0, 0
        try:
            for values in reader:
                records.append(Record(number + before, values, None, "", True))
                most = max(most, reader.line_num - before)
                before = reader.line_num
        except csv.Error:
            return None
        long = len(text) > LINE_LIMIT // 4 and max(map(len, text.split("\n"))) > LINE_LIMIT // 4
        return None if long or most > RECORD_LINES else records

    def _slowly(self) -> Iterator[Record]:
        """To be asked for a record only while there is a line."""
        reader = self._reader()
        while True:
            self._taken, self._size = [], 0
            try:
                values = next(reader)
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
        if not self._lines and (block := next(self._blocks, None)) is not None:
            self._lines.extend(block.lines())
        return self._lines.popleft() if self._lines else None

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
        self._lines.extendleft(reversed(swallowed))
        return Record(first.number, self._rough([first]), Reason.QUOTING, "a quotation mark is opened and never closed")

    def _rough(self, lines: list[Line]) -> list[str]:
        """The values as far as they can be told apart without trusting the quotes."""
        text = "\n".join(line.data.decode(self._encoding, "surrogateescape") for line in lines)
        return [value.strip('"') for value in text.split(self._delimiter)]

    def _excerpt(self, line: Line) -> str:
        return line.data[:200].decode(self._encoding, "ignore") + "..."
