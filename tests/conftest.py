"""Fixtures and markers every test shares.

A tool that is absent skips its tests, or fails them where all are required.
"""

from __future__ import annotations

import gc
import importlib.util
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.asterisk.fixtures import asterisk

__all__ = ["asterisk"]

INSTALL = "run scripts/install-test-tools.sh"


def _program(*names: str) -> str:
    missing = [name for name in names if not shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin")]
    return f"{', '.join(missing)} not installed: {INSTALL}" if missing else ""


def _asterisk() -> str:
    if os.geteuid() != 0:
        return "entering the Asterisk chroot needs root"
    return _program("mmdebstrap", "setpriv", "chroot")


def _postgresql() -> str:
    servers = Path("/usr/lib/postgresql").glob("*/bin/postgres")
    return "" if any(servers) else f"the PostgreSQL server is not installed: {INSTALL}"


def _pjsua2() -> str:
    return "" if importlib.util.find_spec("pjsua2") else "pjsua2 is not installed: run make setup"


MISSING: dict[str, Callable[[], str]] = {
    "sip": _pjsua2,
    "asterisk": _asterisk,
    "postgresql": _postgresql,
    "mosquitto": lambda: _program("mosquitto"),
    "foreign": lambda: _program("baresip", "sipp"),
}


def pytest_collection_finish() -> None:
    """What was imported stays to the end: looking through it for garbage again and again takes 5 % of the time."""
    gc.collect()
    gc.freeze()


def pytest_runtest_setup(item: pytest.Item) -> None:
    for marker, missing in MISSING.items():
        if item.get_closest_marker(marker) is None or not (reason := missing()):
            continue
        if os.environ.get("GOLDENHOUR_REQUIRE_ALL"):
            pytest.fail(f"{reason} (GOLDENHOUR_REQUIRE_ALL is set)", pytrace=False)
        pytest.skip(reason)
