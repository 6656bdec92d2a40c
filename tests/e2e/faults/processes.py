"""What a process holds, from outside."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Held:
    descriptors: int
    threads: int
    private_mb: float


def held_by(pid: int) -> Held:
    proc = Path(f"/proc/{pid}")
    rollup = dict(
        (name, int(rest.split()[0]))
        for name, _, rest in (line.partition(":") for line in (proc / "smaps_rollup").read_text().splitlines()[1:])
    )
    return Held(
        descriptors=len(list((proc / "fd").iterdir())),
        threads=len(list((proc / "task").iterdir())),
        private_mb=(rollup["Private_Clean"] + rollup["Private_Dirty"]) / 1024,
    )
