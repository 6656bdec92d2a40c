"""The real line pool against the bed."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from sip.events import TrunkUp
from sip.pool import PoolSettings
from tests.asterisk.instance import Asterisk
from tests.integration.asterisk.dialling import Dialling
from tests.integration.sip.floor import open_pool

WORKERS = 2


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def dialling(asterisk: Asterisk, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Dialling]:
    """Two line workers with the digest trunk `carrier` and the address trunk `pbx` of the bed, both up."""
    directory: Path = tmp_path_factory.mktemp("lines")
    settings = PoolSettings(
        run_directory=directory / "run", workers=WORKERS, rtp_port_from=24000, rtp_port_to=25999, idle_exit_s=5.0
    )
    async with open_pool(settings) as (pool, heard):
        for trunk in (asterisk.digest_trunk("carrier"), asterisk.address_trunk("pbx")):
            await pool.connect_trunk(trunk)
            await heard.until(TrunkUp, trunk=trunk.name, count=WORKERS)
        yield Dialling(pool, heard, directory)
