"""Whether a worker of some name lives: a lock that the kernel takes away with its process."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class AlreadyRunning(Exception):
    """Another process holds the name."""


def living_pid(path: Path) -> int | None:
    """The process that holds the lock at `path`, None when nobody does.

    A holder that has not written its number yet counts as 0.
    """
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return int(os.pread(descriptor, 32, 0).strip() or b"0")
    else:
        return None
    finally:
        os.close(descriptor)


@contextmanager
def held(path: Path, *, patience_s: float = 2.0) -> Iterator[None]:
    """Hold the lock at `path` with our pid in it.

    Patient, because somebody who only looks whether the lock is taken holds it for an instant, and a killed
    predecessor may still be dying. Raises `AlreadyRunning` when it stays taken.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        _take(descriptor, path, time.monotonic() + patience_s)
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, b"%d\n" % os.getpid(), 0)
        yield
    finally:
        os.close(descriptor)


def _take(descriptor: int, path: Path, until: float) -> None:
    while True:
        try:
            return fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > until:
                raise AlreadyRunning(f"{path} is held by process {living_pid(path)}") from None
            time.sleep(0.02)
