"""Compiles functions over numbers and arrays. Only what lies below `campaigns.pacing.kernel` and `campaigns.world`
imports this: numba takes half a second and some 90 MB to load, which commands without pacing need not pay."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, TypeVar, cast

import numba
from numba.core import config

F = TypeVar("F", bound=Callable[..., Any])

_HERE: Final = Path(__file__).parent
_SOURCES: Final = (_HERE, _HERE.parent.parent / "world")


def _digest() -> str:
    """numba looks at the file of a function only, not at those of the functions it calls."""
    found = hashlib.sha256()
    for folder in _SOURCES:
        for path in sorted(folder.glob("*.py")):
            found.update(path.name.encode() + b"\0" + path.read_bytes())
    return found.hexdigest()[:16]


_CACHE: Final = _HERE / "__pycache__" / f"compiled-{_digest()}"


def compiled(function: F) -> F:
    """Compiled code is kept beside the bytecode, else in the user's cache folder, else not at all."""
    return _compiled(function, {})


def summing(function: F) -> F:
    """`compiled`, for functions that add up long rows: in whatever order is quickest."""
    return _compiled(function, {"fastmath": {"reassoc", "contract"}})


def _compiled(function: F, how: dict[str, Any]) -> F:
    settings: Any = config
    before = settings.CACHE_DIR
    settings.CACHE_DIR = str(_CACHE)
    try:
        return cast(F, numba.njit(cache=True, nogil=True, error_model="numpy", **how)(function))
    except RuntimeError:  # no folder can be written
        return cast(F, numba.njit(nogil=True, error_model="numpy", **how)(function))
    finally:
        settings.CACHE_DIR = before
