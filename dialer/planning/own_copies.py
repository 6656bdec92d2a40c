"""Our copies of uploaded lists: kept for as long as an import may be carried on from them."""

from __future__ import annotations

from pathlib import Path
from typing import Final

OWN_COPY: Final = ".upload-"  # how their names begin


def forget(path: str | Path | None) -> None:
    """Of a copy of ours; nobody else's file is touched."""
    if path and (found := Path(path)).name.startswith(OWN_COPY):
        found.unlink(missing_ok=True)


def is_there(path: str) -> bool:
    return bool(path) and Path(path).is_file()


def remove_report(path: str) -> None:
    """A file of refused rows that is going to be written again."""
    if path:
        Path(path).unlink(missing_ok=True)
