"""A sheet of an XLSX workbook as records. A process of its own opens the workbook: it needs memory for the whole sheet,
which goes back to the system with it, and a workbook made to do harm takes only that process down."""

from __future__ import annotations

import marshal
import os
import select
import struct
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO, Final, Self

from campaigns.importing import ListError, Reason
from campaigns.importing.records import Record

PATIENCE: Final = 300.0  # seconds without a sign of life, while somebody waits for one
_ZIP: Final = b"PK\x03\x04"
_OLE: Final = b"\xd0\xcf\x11\xe0"
_ENCRYPTED: Final = "EncryptedPackage".encode("utf-16-le")
_ADVICE: Final = "open it in a spreadsheet program, save the list alone as XLSX or as CSV UTF-8, and import that"


def is_spreadsheet(stream: BinaryIO) -> bool:
    """Told by the first bytes, whatever the name. Raises `ListError` for workbooks that cannot be read."""
    stream.seek(0)
    head = stream.read(len(_ZIP))
    if head == _OLE:
        if _ENCRYPTED in stream.read(1 << 20):
            raise ListError("the workbook is protected by a password; save it without one")
        raise ListError("the file is an old workbook (.xls) or protected by a password; save it as XLSX")
    stream.seek(0)
    return head == _ZIP


class SheetSource:
    """`with` ends the process, whatever state it is in. Raises `ListError` on opening and while records are read."""

    encoding = ""
    delimiter = ""

    def __init__(self, path: Path, sheet: str = "") -> None:
        """`sheet` "" takes the first one that is visible and not empty."""
        self._path, self._wanted = path, sheet
        self.sheet = ""
        self._height, self._line = 0, 0

    @property
    def share_read(self) -> float:
        """0 to 1."""
        return min(self._line / self._height, 1.0) if self._height else 0.0

    def __enter__(self) -> Self:
        words = [sys.executable, "-m", "dialer.spreadsheet.child", str(self._path.resolve()), self._wanted]
        self._process = subprocess.Popen(  # noqa: S603 - our own module, no shell
            words,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            bufsize=0,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        )
        try:
            kind, (self.sheet, self._height) = self._message()
            assert kind == "sheet"
        except BaseException:
            self.__exit__()
            raise
        self.records = self._records()
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait(timeout=10)
        if self._process.stdout is not None:
            self._process.stdout.close()

    def _records(self) -> Iterator[Record]:
        while True:
            kind, content = self._message()
            if kind == "end":
                return
            self._line = content[-1][0] if content else self._line
            for line, values, notes in content:
                yield Record(line, values, None, "", True, _notes(notes) if notes else None)

    def _message(self) -> tuple[str, Any]:
        (length,) = struct.unpack("<I", self._read(4))
        kind, content = marshal.loads(self._read(length))  # noqa: S302 - from our own process
        if kind == "error":
            raise ListError(content, field="sheet" if content.startswith("sheet ") else "file")
        return kind, content

    def _read(self, length: int) -> bytes:
        stream = self._process.stdout
        assert stream is not None
        parts, until = b"", time.monotonic() + PATIENCE
        waiting = select.poll()
        waiting.register(stream, select.POLLIN)
        while len(parts) < length:
            if not waiting.poll(max(until - time.monotonic(), 0) * 1000):
                raise ListError(f"the workbook could not be read within {PATIENCE:.0f} s; {_ADVICE}")
            part = os.read(stream.fileno(), length - len(parts))
            if not part:
                raise ListError(f"the workbook is broken, or needs more memory than a list may; {_ADVICE}")
            parts += part
        return parts


def _notes(notes: Mapping[int, tuple[str, str]]) -> dict[int, tuple[Reason, str]]:
    return {position: (Reason(code), words) for position, (code, words) in notes.items()}
