"""The compiled rules, loaded when somebody needs them.

Predictive pacing is compiled code: some 15 s of work once per installation, half a second from the cache later. Nobody
who runs an event loop may wait for it: call `warm_up` in a thread or a process; until it has returned, `ready` is
False, predictive pacing places one call per ready agent, and what it sees is kept for later."""

from __future__ import annotations

import subprocess
import sys
from importlib import import_module
from threading import Lock
from types import ModuleType
from typing import Final

_ENTRY: Final = "campaigns.pacing.kernel.entry"
_PATIENCE_S: Final = 300.0
_lock = Lock()
_ready = False


def ready() -> bool:
    return _ready


def warm_up(*, apart: bool = False) -> None:
    """Returns when the rules can decide at once. `apart`: another process compiles first, where that is needed, so that
    this one only has to load; its failure is none of ours, for then we compile ourselves. May be called again, and from
    any thread."""
    global _ready
    with _lock:
        if _ready:
            return
        if apart:
            _compile_apart()
        import_module(_ENTRY).rehearse()
        _ready = True


def rules() -> ModuleType:
    """`campaigns.pacing.kernel.entry`; only once `ready`."""
    return import_module(_ENTRY)


def _compile_apart() -> None:
    code = "from campaigns.pacing import warm_up; warm_up()"
    try:
        subprocess.run([sys.executable, "-c", code], check=False, timeout=_PATIENCE_S, stdin=subprocess.DEVNULL)  # noqa: S603
    except (OSError, subprocess.SubprocessError):
        return
