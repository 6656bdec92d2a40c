"""Every scenario is told in virtual time on a floor of its own, and leaves the floor in order."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
import structlog

from dialer.twin.clock import VirtualLoop
from tests.scenarios.floor import Floor


def pytest_asyncio_loop_factories(config: Any, item: Any) -> dict[str, Callable[[], VirtualLoop]]:
    return {"virtual": VirtualLoop}


@pytest.fixture(autouse=True)
def plain_log() -> None:
    structlog.configure(
        processors=[structlog.processors.format_exc_info, structlog.processors.KeyValueRenderer()],
        cache_logger_on_first_use=False,
    )


@pytest.fixture
async def floor() -> AsyncIterator[Floor]:
    """One agent's worth of everything by default; `floor.opens(...)` for more."""
    floor = Floor()
    try:
        yield floor
    finally:
        await floor.closes()
