"""Bytes into physical lines, whatever their length, in bounded memory."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

LINE_LIMIT: Final = 65536


class Line(NamedTuple):
    """`data` without its line end; cut at LINE_LIMIT bytes where `too_long`. `number` counts from 1."""

    number: int
    offset: int
    data: bytes
    too_long: bool = False


def physical_lines(chunks: Iterable[bytes]) -> Iterator[Line]:
    """Lines end with LF or CRLF. A chunk is held whole, so chunks should be of moderate size."""
    number, offset, rest, skipped = 1, 0, b"", 0
    for chunk in chunks:
        first, *others = chunk.split(b"\n")
        if skipped or len(rest) + len(first) > LINE_LIMIT + 1:
            room = max(LINE_LIMIT - len(rest), 0)
            skipped += len(first) - len(first[:room])
            rest += first[:room]
        else:
            rest += first
        for following in others:
            yield _line(number, offset, rest, skipped)
            number, offset = number + 1, offset + len(rest) + skipped + 1
            rest, skipped = following, 0
            if len(rest) > LINE_LIMIT + 1:
                rest, skipped = rest[:LINE_LIMIT], len(rest) - LINE_LIMIT
    if rest or skipped:
        yield _line(number, offset, rest, skipped)


def _line(number: int, offset: int, data: bytes, skipped: int) -> Line:
    data = data.removesuffix(b"\r")
    return Line(number, offset, data[:LINE_LIMIT], bool(skipped) or len(data) > LINE_LIMIT)
