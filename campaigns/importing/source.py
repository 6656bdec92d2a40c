"""Where the records of a list come from: a CSV file, or a sheet of a workbook that something else opens."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Protocol

from campaigns.importing.columns import sniff_delimiter
from campaigns.importing.errors import ListError
from campaigns.importing.lines import Block, blocks
from campaigns.importing.records import Record, RecordReader
from campaigns.importing.survey import Survey, text_of


class Source(Protocol):
    """`records` may be iterated once; the first one is the header. Empty texts say what a source has not."""

    encoding: str
    delimiter: str
    sheet: str
    records: Iterator[Record]


class CsvSource:
    """Raises `ListError` for a file without a line."""

    sheet = ""

    def __init__(self, chunks: Iterable[bytes], found: Survey) -> None:
        self.encoding = found.encoding
        rest = blocks(text_of(chunks, found))
        first = next(rest, None)
        declared = _declared_delimiter(first)
        if first is not None and declared:
            first = _without_first_line(first) or next(rest, None)
        if first is None:
            raise ListError("the file is empty; its first line must name the columns")
        head = first.data.split(b"\n", 1)[0].decode(found.codec, "replace")
        self.delimiter = declared or sniff_delimiter(head)
        self.records = iter(RecordReader(chain([first], rest), found.codec, self.delimiter))


def _declared_delimiter(block: Block | None) -> str:
    """Spreadsheets write `sep=;` as a line before the header."""
    text = block.data.split(b"\n", 1)[0].strip().strip(b'"').lower() if block is not None else b""
    return chr(text[4]) if len(text) == 5 and text.startswith(b"sep=") and text[4] in b",;|" else ""


def _without_first_line(block: Block) -> Block | None:
    line, _, rest = block.data.partition(b"\n")
    return Block(block.number + 1, block.offset + len(line) + 1, rest) if rest else None
