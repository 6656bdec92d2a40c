"""The process in which a large list is read and judged: asked over standard input, answering over standard output.

It keeps a few batches ahead of whoever stores them, and ends when nobody listens any more.
"""

from __future__ import annotations

import fcntl
import gc
import os
import signal
import sys
from collections import deque
from contextlib import suppress
from typing import Any, BinaryIO, Final

import msgspec

from campaigns.importing import AcceptedRow, ListError

AHEAD: Final = 4  # batches nobody has settled yet
_PATIENT: Final = 5  # a dialer beside it goes first
_ROWS: Final = 5000  # in a batch
_PIPE: Final = 1 << 20  # bytes: judging goes on while whoever asked is busy
_SWEPT: Final = 50  # batches
_encode = msgspec.msgpack.Encoder()


class Ask(msgspec.Struct, tag=True, frozen=True, kw_only=True):
    path: str
    name: str
    mapping: list[str]
    saved_mapping: list[str]
    country: str
    time_zone: str
    encoding: str
    sheet: str
    source: str
    refused_directory: str  # "" writes none


class Opened(msgspec.Struct, tag=True, array_like=True, frozen=True, kw_only=True):
    name: str
    sha256: str
    empty: bool
    roles: dict[str, str]


class Piece(msgspec.Struct, tag=True, array_like=True, frozen=True):
    number: int
    rows: list[AcceptedRow]
    refused: int
    duplicates: int
    last_line: int
    bytes_read: int


class Trouble(msgspec.Struct, tag=True, array_like=True, frozen=True, kw_only=True):
    """`field` "" where the file cannot be read, else what is wrong with the list."""

    text: str
    field: str


def frame(kind: bytes, message: object) -> bytes:
    content = _encode.encode(message)
    return kind + len(content).to_bytes(4, "big") + content


def main() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a terminal's Ctrl-C is for whoever asked
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    os.nice(_PATIENT)
    from dialer.planning.list_source import list_file

    _sweep_seldom()
    listen, say = sys.stdin.buffer, sys.stdout.buffer
    with suppress(OSError, AttributeError):  # elsewhere than on Linux, or where pipes may not be larger
        fcntl.fcntl(say.fileno(), fcntl.F_SETPIPE_SZ, _PIPE)
    try:
        file = list_file(msgspec.msgpack.decode(_read(listen), type=Ask))
        try:
            file.open()
            _tell(
                say,
                b"M",
                Opened(name=file.name, sha256=file.sha256, empty=file.empty, roles=file.reader.columns.roles()),
            )
            _judge(file, listen, say)
        finally:
            file.close()
    except ListError as error:
        _tell(say, b"M", Trouble(text=str(error), field=error.field or "file"))
    except (EOFError, BrokenPipeError):
        """Nobody wants the rest."""
    except OSError as error:
        _tell(say, b"M", Trouble(text=error.strerror or str(error), field=""))


def _sweep_seldom() -> None:
    """Rows make no cycles; looking for some among all the numbers met so far would take a third of the time."""
    gc.collect()
    gc.freeze()
    gc.disable()


def _judge(file: Any, listen: BinaryIO, say: BinaryIO) -> None:
    from dialer.planning.list_source import batch_of

    waiting: deque[Any] = deque()
    number = 0
    while (batch := file.next_batch(_ROWS)) is not None:
        found = batch_of(batch, file.bytes_read)
        rows = [(*row[:7], (), (), *row[9:]) for row in batch.accepted]
        number += 1
        if number % _SWEPT == 0:
            gc.collect()
        piece = Piece(number, rows, found.refused, found.duplicates, found.last_line, found.bytes_read)  # type: ignore[arg-type]  # without what stays here
        _tell(say, b"M", piece)
        waiting.append(batch)
        if len(waiting) >= AHEAD:
            _settle(file, waiting, listen)
    _tell(say, b"E", None)
    while waiting:
        _settle(file, waiting, listen)
    _read(listen)
    _tell(say, b"R", file.report(file.finish()))


def _settle(file: Any, waiting: deque[Any], listen: BinaryIO) -> None:
    file.settle(waiting.popleft(), msgspec.msgpack.decode(_read(listen)))


def _tell(say: BinaryIO, kind: bytes, message: object) -> None:
    say.write(frame(kind, message))
    say.flush()


def _read(listen: BinaryIO) -> bytes:
    head = listen.read(5)
    if len(head) < 5:
        raise EOFError
    return listen.read(int.from_bytes(head[1:], "big"))


if __name__ == "__main__":
    main()
