from __future__ import annotations

import pytest

from campaigns.pacing import warm_up


@pytest.fixture(scope="session")
def warm() -> None:
    """The compiled rules of pacing, loaded; a fresh clone compiles them first."""
    warm_up()
