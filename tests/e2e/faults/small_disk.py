"""A disk small enough to be filled."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest


@dataclass(frozen=True, slots=True)
class SmallDisk:
    path: Path

    @property
    def _filler(self) -> Path:
        return self.path / "something-else"

    def free_bytes(self) -> int:
        state = os.statvfs(self.path)
        return state.f_bavail * state.f_frsize

    def leaves(self, free: int) -> None:
        """Something else takes what there is, but for so many bytes; for 0 down to the last one."""
        with self._filler.open("ab") as filler:
            while (surplus := self.free_bytes() - free) > 0:
                try:
                    filler.write(b"\1" * min(surplus, 1 << 20))
                    filler.flush()
                except OSError:
                    if surplus < 4096:
                        return

    def is_cleared(self) -> None:
        self._filler.unlink()


@contextmanager
def small_disk(path: Path, megabytes: int) -> Iterator[SmallDisk]:
    """Mounted at `path`. Skips where this needs more rights than we have."""
    path.mkdir(parents=True)
    order = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m,mode=0700", "goldenhour-test", str(path)]
    mounted = subprocess.run(order, capture_output=True, text=True, check=False)
    if mounted.returncode != 0:
        reason = f"a small disk cannot be mounted (this needs root): {mounted.stderr.strip()}"
        if os.environ.get("GOLDENHOUR_REQUIRE_ALL"):
            pytest.fail(f"{reason} (GOLDENHOUR_REQUIRE_ALL is set)", pytrace=False)
        pytest.skip(reason)
    try:
        yield SmallDisk(path)
    finally:
        subprocess.run(["umount", "--lazy", str(path)], check=True)
