"""Port ranges of instances that run at the same time, each held by a locked file."""

from __future__ import annotations

import fcntl
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

# Below the line workers' RTP range (20000 and up), above the softphones' (12000-15999).
FIRST = 16000
WIDTH = 270
SLOTS = 10


@dataclass(frozen=True, slots=True)
class Ports:
    slot: int

    @property
    def sip(self) -> int:
        return FIRST + self.slot * WIDTH

    @property
    def address_trunk(self) -> int:
        return self.sip + 2

    @property
    def rtp(self) -> tuple[int, int]:
        return self.sip + 10, self.sip + WIDTH - 1


def _free(port: int) -> bool:
    """Programs that know nothing of the locks may sit on a port."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.bind(("0.0.0.0", port))
        except OSError:
            return False
    return True


@contextmanager
def reserved_ports(lock_directory: Path) -> Iterator[Ports]:
    """A port range that no other instance of this machine uses, until the block ends."""
    for slot in range(SLOTS):
        handle = os.open(lock_directory / f"ports-{slot}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                continue
            ports = Ports(slot)
            if _free(ports.sip) and _free(ports.address_trunk):
                yield ports
                return
        finally:
            os.close(handle)
    raise RuntimeError(f"all {SLOTS} port ranges of the Asterisk bed are in use: end some test runs first")
