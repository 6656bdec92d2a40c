"""Bytes into whole lines, whatever their length, in bounded memory."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

LINE_LIMIT: Final = 65536
BLOCK_LIMIT: Final = 2 * LINE_LIMIT  # bytes of a block, line ends included


class Line(NamedTuple):
    """`data` without its line end; cut at LINE_LIMIT bytes where `too_long`. `number` counts from 1."""

    number: int
    offset: int
    data: bytes
    too_long: bool = False


class Block(NamedTuple):
    """Whole lines with their ends, or the first LINE_LIMIT bytes of one line that is `too_long`."""

    number: int  # of its first line
    offset: int
    data: bytes
    too_long: bool = False

    def lines(self) -> list[Line]:
        if self.too_long:
            return [Line(self.number, self.offset, self.data, True)]
        found, offset = [], self.offset
        for number, data in enumerate(self.data.removesuffix(b"\n").split(b"\n"), start=self.number):
            found.append(_line(number, offset, data))
            offset += len(data) + 1
        return found


def physical_lines(chunks: Iterable[bytes]) -> Iterator[Line]:
    """Lines end with LF or CRLF."""
    for block in blocks(chunks):
        yield from block.lines()


def blocks(chunks: Iterable[bytes]) -> Iterator[Block]:
    """Holds a chunk and at most BLOCK_LIMIT bytes beside it."""
    number, offset, rest, skipped = 1, 0, b"", 0
    for piece in _pieces(chunks):
        if skipped:
            end = piece.find(b"\n") + 1
            skipped += end or len(piece)
            if not end:
                continue
            yield Block(number, offset, rest, True)
            number, offset = number + 1, offset + len(rest) + skipped
            rest, skipped = piece[end:], 0
        else:
            rest += piece
        cut = rest.rfind(b"\n") + 1
        if cut:
            whole, rest = rest[:cut], rest[cut:]
            yield Block(number, offset, whole)
            number, offset = number + whole.count(b"\n"), offset + cut
        if len(rest) > LINE_LIMIT + 1:
            rest, skipped = rest[:LINE_LIMIT], len(rest) - LINE_LIMIT
    if rest:
        yield Block(number, offset, rest, bool(skipped))


def _pieces(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Small enough for a block to stay within its limit."""
    most = BLOCK_LIMIT - LINE_LIMIT - 2
    for chunk in chunks:
        if len(chunk) <= most:
            yield chunk
        else:
            yield from (chunk[start : start + most] for start in range(0, len(chunk), most))


def _line(number: int, offset: int, data: bytes) -> Line:
    data = data.removesuffix(b"\r")
    return Line(number, offset, data[:LINE_LIMIT], len(data) > LINE_LIMIT)
