"""Which encoding a list is in: read once from end to end, deciding on all of it rather than on its first page."""

from __future__ import annotations

import codecs
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from campaigns.importing.errors import ListError
from campaigns.importing.lines import Block, Line, blocks

UTF8: Final = "utf-8"
UTF16: Final = "utf-16"
GB18030: Final = "gb18030"
ENCODINGS: Final = (
    UTF8, UTF16, GB18030, "big5", "shift_jis", "euc_kr", "windows-1250", "windows-1251", "windows-1252", "windows-1253",
    "windows-1254",
)  # fmt: skip
_CODECS: Final = {"big5": "big5hkscs", "shift_jis": "cp932", "euc_kr": "cp949"}  # what is meant by the name in practice
_OTHER_NAMES: Final = {"utf8": UTF8, "utf-8-sig": UTF8, "gbk": GB18030, "gb2312": GB18030, "cp936": GB18030}
_SIMPLIFIED: Final = "gb2312"  # both bytes of a character are above 0xA0: no Latin text looks like it by chance
_LATIN: Final = ("windows-1250", "windows-1252", "windows-1254")
# What spreadsheets write besides Unicode, by the country of the campaign.
_LEGACY: Final = {
    **dict.fromkeys(("", "CN", "SG"), GB18030),
    **dict.fromkeys(("TW", "HK", "MO"), "big5"),
    "JP": "shift_jis",
    "KR": "euc_kr",
    **dict.fromkeys(("PL", "CZ", "SK", "HU", "RO", "HR", "SI", "AL", "BA"), "windows-1250"),
    **dict.fromkeys(("RU", "UA", "BY", "BG", "RS", "MK", "KZ", "KG"), "windows-1251"),
    **dict.fromkeys(("GR", "CY"), "windows-1253"),
    "TR": "windows-1254",
}
_ELSEWHERE: Final = "windows-1252"
_MOST_BROKEN_LINES: Final = 0.1
_ADVICE: Final = "save it as CSV UTF-8 (or GB18030) and import it again"


@dataclass(frozen=True, slots=True)
class Survey:
    """`bom`: the file starts with a byte order mark."""

    encoding: str
    bom: bool

    @property
    def codec(self) -> str:
        """What the lines of `text_of` are in."""
        return UTF8 if self.encoding == UTF16 else _CODECS.get(self.encoding, self.encoding)


@dataclass(slots=True)
class _Tally:
    encoding: str
    codec: str
    good: int = 0
    bad: int = 0
    first_bad: int = 0  # byte offset in the file

    def add(self, line: Line) -> bool:
        try:
            line.data.decode(self.codec)
        except UnicodeDecodeError as error:
            # A line cut for its length may end inside a character.
            if line.too_long and error.start >= len(line.data) - 4:
                self.good += 1
                return True
            if not self.bad:
                self.first_bad = line.offset + error.start
            self.bad += 1
            return False
        self.good += 1
        return True


def survey(chunks: Iterable[bytes], *, encoding: str = "", country: str = "") -> Survey:
    """`encoding` "" finds out; `country` helps where the bytes alone do not tell. Raises `ListError` for an empty file,
    an unknown encoding, and bytes that fit none."""
    known = _OTHER_NAMES.get(encoding.lower(), encoding.lower())
    if known and known not in ENCODINGS:
        raise ListError(f"encoding {encoding!r} is not known; choose {' or '.join(ENCODINGS)}", field="encoding")
    tallies = [_tally(known)] if known else _candidates(country)
    bom = empty = None
    for block in blocks(chunks):
        if bom is None:
            empty, bom = False, _start_of_file(block.data, known)
            if UTF16 in (bom, known):
                return Survey(UTF16, bom == UTF16)
        if not block.data.isascii():
            _decide(block, tallies)
    if empty is None:
        raise ListError("the file is empty; its first line must name the columns")
    return Survey(_choose(tallies, bom == UTF8).encoding, bom == UTF8)


def text_of(chunks: Iterable[bytes], found: Survey) -> Iterator[bytes]:
    """The file in `found.codec`, without a byte order mark."""
    yield from _from_utf16(chunks, found) if found.encoding == UTF16 else _without_mark(chunks)


def _candidates(country: str) -> list[_Tally]:
    legacy = _tally(_LEGACY.get(country, _ELSEWHERE))
    chinese = [_Tally(GB18030, _SIMPLIFIED)] if legacy.encoding in _LATIN else []
    return [_tally(UTF8), *chinese, legacy]


def _tally(encoding: str) -> _Tally:
    return _Tally(encoding, _CODECS.get(encoding, encoding))


def _decide(block: Block, tallies: Sequence[_Tally]) -> None:
    """Lines that are valid UTF-8 say nothing about the others."""
    for line in block.lines():
        if not line.data.isascii() and not tallies[0].add(line):
            for tally in tallies[1:]:
                tally.add(line)


def _start_of_file(data: bytes, known: str) -> str:
    """The Unicode encoding whose byte order mark stands there, or ""; refuses what is no text."""
    if data.startswith(codecs.BOM_UTF8):
        return UTF8
    if data.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):
        raise ListError(f"the file is in UTF-32, byte 0; {_ADVICE}")
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return UTF16
    if data.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        raise ListError("the file is a spreadsheet, not a CSV file; name it .xlsx, or export it as CSV UTF-8")
    head = data[:200]
    if known != UTF16 and head.count(0) * 3 > len(head):
        raise ListError(f"the file starts with NUL bytes (byte {head.index(0)}): UTF-16 or not a text file; {_ADVICE}")
    return ""


def _choose(tallies: Sequence[_Tally], bom: bool) -> _Tally:
    """UTF-8 is hard to meet by chance: a file of which half the lines pass is UTF-8 with damaged lines."""
    first = tallies[0]
    if bom or first.good >= first.bad:
        tallies = [first]
        if first.bad <= first.good:
            return first
    for tally in tallies:
        if tally is not first and tally.bad <= _MOST_BROKEN_LINES * tally.good:
            return tally
    tried = " nor ".join(tally.encoding.upper() for tally in tallies)
    neither = "neither " if len(tallies) > 1 else "not "
    raise ListError(f"the file is {neither}{tried}: byte {tallies[-1].first_bad} fits no character; {_ADVICE}")


def _without_mark(chunks: Iterable[bytes]) -> Iterator[bytes]:
    head = b""
    rest = iter(chunks)
    for chunk in rest:
        head += chunk
        if len(head) >= len(codecs.BOM_UTF8):
            break
    yield head.removeprefix(codecs.BOM_UTF8)
    yield from rest


def _from_utf16(chunks: Iterable[bytes], found: Survey) -> Iterator[bytes]:
    """Halves of characters arrive as bytes that are not UTF-8, so that their row is refused."""
    decoder = codecs.getincrementaldecoder(UTF16 if found.bom else "utf-16-le")("surrogatepass")
    for chunk in chunks:
        yield decoder.decode(chunk).encode(UTF8, "surrogatepass")
    if decoder.getstate()[0]:
        yield b"\xff"
