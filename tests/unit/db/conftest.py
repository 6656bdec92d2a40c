from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from dialer.db.sqlite import SqliteDatabase


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[SqliteDatabase]:
    """Empty, without tables."""
    opened = SqliteDatabase(tmp_path / "test.db")
    yield opened
    await opened.close()
