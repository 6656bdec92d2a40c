"""Which encoding a list is in: read once from end to end, deciding on all of it rather than on its first page."""

from __future__ import annotations

import codecs
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from campaigns.importing.errors import ListError
from campaigns.importing.lines import Line, physical_lines

UTF8: Final = "utf-8"
GB18030: Final = "gb18030"
ENCODINGS: Final = (UTF8, GB18030)
_MOST_BROKEN_LINES: Final = 0.1
_ADVICE: Final = "save it as CSV UTF-8 (or GB18030) and import it again"


@dataclass(frozen=True, slots=True)
class Survey:
    encoding: str
    bom: bool
    lines: int
    broken_lines: int  # lines that are not valid in `encoding`; their rows will be refused


@dataclass(slots=True)
class _Tally:
    encoding: str
    good: int = 0
    bad: int = 0
    first_bad: int = 0  # byte offset in the file

    def add(self, line: Line) -> None:
        try:
            line.data.decode(self.encoding)
        except UnicodeDecodeError as error:
            # A line cut for its length may end inside a character.
            if line.too_long and error.start >= len(line.data) - 4:
                self.good += 1
                return
            if not self.bad:
                self.first_bad = line.offset + error.start
            self.bad += 1
        else:
            self.good += 1


def survey(chunks: Iterable[bytes], *, encoding: str = "") -> Survey:
    """`encoding` "" finds out. Raises `ListError` for an empty file, UTF-16, and bytes that are neither."""
    if encoding and encoding not in ENCODINGS:
        raise ListError(f"encoding {encoding!r} is not known; choose {' or '.join(ENCODINGS)}", field="encoding")
    tallies = [_Tally(name) for name in ([encoding] if encoding else ENCODINGS)]
    bom, count, plain = False, 0, 0
    for line in physical_lines(chunks):
        count += 1
        if count == 1:
            bom = _start_of_file(line.data)
        if line.data.isascii():
            plain += 1
            continue
        for tally in tallies:
            tally.add(line)
    if count == 0:
        raise ListError("the file is empty; its first line must name the columns")
    chosen = _choose(tallies, bom)
    return Survey(chosen.encoding, bom, count, chosen.bad)


def _start_of_file(data: bytes) -> bool:
    """Whether there is a byte order mark of UTF-8; refuses those of other encodings."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, codecs.BOM_UTF32_BE)):
        raise ListError(f"the file is in UTF-16 (a spreadsheet's 'Unicode text'), byte 0; {_ADVICE}")
    head = data[:200]
    if head.count(0) * 3 > len(head):
        raise ListError(f"the file starts with NUL bytes (byte {head.index(0)}): UTF-16 or not a text file; {_ADVICE}")
    if head.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        raise ListError("the file is a spreadsheet, not a CSV file; export it as CSV UTF-8 and import that")
    return data.startswith(codecs.BOM_UTF8)


def _choose(tallies: list[_Tally], bom: bool) -> _Tally:
    """UTF-8 is hard to meet by chance: a file of which half the lines pass is UTF-8 with damaged lines."""
    first, last = tallies[0], tallies[-1]
    chosen = first if bom or not first.bad or first.good >= first.bad else last
    if chosen.bad > chosen.good or (chosen is not first and chosen.bad > _MOST_BROKEN_LINES * chosen.good):
        tried = " nor ".join(tally.encoding.upper() for tally in tallies)
        neither = "neither " if len(tallies) > 1 else "not "
        raise ListError(f"the file is {neither}{tried}: byte {chosen.first_bad} fits no character; {_ADVICE}")
    return chosen
