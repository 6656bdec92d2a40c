"""The directory with Asterisk 22 in it, built once per recipe by scripts/asterisk-chroot.sh."""

from __future__ import annotations

import os
import subprocess
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = ROOT / "scripts" / "asterisk-chroot.sh"
BUILD_S = 600


class BedUnavailable(Exception):
    """Asterisk cannot run here; the text says what is missing and what to do."""


@cache
def chroot() -> Path:
    """The chroot's directory, built when it is not there yet (about a minute).

    Raises `BedUnavailable`.
    """
    if os.geteuid() != 0:
        raise BedUnavailable("entering the Asterisk chroot needs root: run these tests as root")
    done = subprocess.run([SCRIPT], capture_output=True, text=True, timeout=BUILD_S, check=False)
    if done.returncode != 0:
        raise BedUnavailable(done.stderr.strip()[-2000:] or f"{SCRIPT.name} ended with {done.returncode}")
    return Path(done.stdout.strip())
