"""The bed as a fixture; tests/conftest.py makes it known to every test."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from tests.asterisk.chroot import BedUnavailable, chroot
from tests.asterisk.instance import Asterisk, running_asterisk


@pytest.fixture(scope="session")
def asterisk() -> Iterator[Asterisk]:
    """One Asterisk for the whole session: carrier by number and PBX with phones 1001 to 1020."""
    try:
        root = chroot()
    except BedUnavailable as missing:
        if os.environ.get("GOLDENHOUR_REQUIRE_ALL"):
            raise
        pytest.skip(str(missing))
    with running_asterisk(root) as bed:
        yield bed
