"""Writing so that a crash or a full disk never leaves a half-written file under a final name. For `library` only."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import soundfile

from recordings.errors import DiskFull, EncodingFailed

_NO_SPACE: Final = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_ROOM_FOR_HEADERS: Final = 65_536


@contextlib.contextmanager
def writing(what: str, directory: Path, needed_bytes: int) -> Iterator[None]:
    """Every way in which the disk can be full becomes `DiskFull`; what else libsndfile refuses, `EncodingFailed`."""
    needed = needed_bytes + _ROOM_FOR_HEADERS
    free = shutil.disk_usage(directory).free
    if free < needed:
        raise _full(what, f"{needed:,} bytes are needed, {free:,} are free")
    try:
        yield
    except OSError as fault:
        if fault.errno in _NO_SPACE:
            raise _full(what, fault.strerror or "") from fault
        raise
    except (soundfile.LibsndfileError, EncodingFailed) as fault:
        # libsndfile says only "System error", or nothing at all and writes less: ask the disk itself.
        if refusal := _refusal(directory, needed):
            raise _full(what, refusal) from fault
        raise EncodingFailed(f"{what}: {fault}") from fault


def _refusal(directory: Path, size: int) -> str | None:
    """Why `size` bytes cannot be written here; None when they can."""
    with tempfile.TemporaryFile(dir=directory) as probe:
        try:
            os.posix_fallocate(probe.fileno(), 0, size)
        except OSError as fault:
            if fault.errno in _NO_SPACE:
                return fault.strerror
    return None


def _full(what: str, detail: str) -> DiskFull:
    return DiskFull(f"{what}: the disk is full ({detail}); nothing was lost, free some space and try again")


def place(ready: Path, final: Path) -> None:
    """Move a complete file to its name, atomically, and make both the file and the name survive a power cut."""
    new = [directory for directory in (final.parent, *final.parent.parents) if not directory.exists()]
    final.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    sync(ready)
    ready.replace(final)
    for directory in (final.parent, *(d.parent for d in new)):
        sync(directory)


def write(path: Path, content: bytes) -> None:
    part = path.with_name(f".{path.name}.part")
    part.write_bytes(content)
    place(part, path)


def copy(source: Path, target: Path) -> str:
    """A verified, durable copy; the SHA-256 of what was copied."""
    part = target.with_name(f".{target.name}.part")
    try:
        shutil.copyfile(source, part)
        place(part, target)
    finally:
        remove(part)
    return digest(target)


def sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def remove(*paths: Path) -> None:
    for path in paths:
        path.unlink(missing_ok=True)


def digest(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
