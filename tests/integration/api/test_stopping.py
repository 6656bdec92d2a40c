"""A server that is told to stop: conversations are waited for, and nobody is hung up on for impatience."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest

from dialer.bus import Bus
from dialer.client import ServerLock, endpoint_file, read_endpoint, read_token
from dialer.clock import Clock, SystemClock
from dialer.config import Config
from dialer.config_file import load_config
from dialer.engine.engine import Engine
from dialer.ports import Store
from dialer.server import serve
from dialer.twin.parties import answers
from dialer.twin.telephony import FakeTelephony
from tests.integration.api.conftest import SETTINGS
from tests.integration.api.test_floor import amy_is_dialling, connected, done, engine_on, until


class Lines(FakeTelephony):
    left: bool | None = None

    async def close(self, *, leave_calls: bool = False) -> None:
        self.left = leave_calls
        await super().close(leave_calls=leave_calls)


@pytest.fixture
def lines() -> Lines:
    lines = Lines(SystemClock())
    lines.everybody = answers(0.2)
    return lines


def settings(folder: Path, grace_s: float) -> Config:
    (folder / "goldenhour.toml").write_text(
        SETTINGS.replace("[server]", f"[server]\nport = 0\nshutdown_grace_s = {grace_s}")
    )
    return load_config(folder / "goldenhour.toml", {})


@asynccontextmanager
async def talking(config: Config, lines: Lines) -> AsyncIterator[tuple[asyncio.Task[None], str, httpx.AsyncClient]]:
    """A server with one conversation up: its task, the call, its API."""

    def make_engine(config: Config, store: Store, bus: Bus, clock: Clock) -> Engine:
        return engine_on(lines, config, store, bus)

    async with asyncio.TaskGroup() as tasks:
        server = tasks.create_task(serve(config, make_engine), name="server")

        async def announced() -> str:
            endpoint = read_endpoint(config.data)
            return endpoint.url if endpoint else ""

        url = await until(announced)
        headers = {"authorization": f"Bearer {read_token(config.data)}"}
        async with httpx.AsyncClient(base_url=f"{url}/api/v1", headers=headers, trust_env=False) as api:
            await amy_is_dialling(api, "13800138000", "13800138001")
            call = await connected(api)
            yield server, call["attempt_id"], api


def told(number: signal.Signals = signal.SIGTERM) -> None:
    os.kill(os.getpid(), number)


async def test_it_waits_for_the_last_conversation(tmp_path: Path, lines: Lines) -> None:
    config = settings(tmp_path, grace_s=30)
    async with talking(config, lines) as (server, call, api):
        told()
        await asyncio.sleep(0.1)
        await done(api.post("/agents/bob/ready"))
        await asyncio.sleep(0.5)
        assert not server.done()
        lines.customer_hangs_up(f"{call}.c")
        async with asyncio.timeout(15):
            await server
    assert lines.left is False
    dialled = [order.leg_id for order in lines.placed if order.trunk]
    assert dialled == [f"{call}.c"], "it dialled on after it was told to stop"
    assert not endpoint_file(config.data).exists()
    assert not ServerLock.is_held(config.data)


async def test_after_the_grace_the_conversation_is_left_to_its_worker(tmp_path: Path, lines: Lines) -> None:
    async with talking(settings(tmp_path, grace_s=0.2), lines) as (server, _, _):
        told()
        async with asyncio.timeout(15):
            await server
    assert lines.left is True
    assert lines.hangups == []


async def test_a_second_signal_does_not_wait_for_the_grace(tmp_path: Path, lines: Lines) -> None:
    async with talking(settings(tmp_path, grace_s=3600), lines) as (server, _, _):
        told(signal.SIGINT)
        await asyncio.sleep(0.1)
        assert not server.done()
        told(signal.SIGINT)
        async with asyncio.timeout(15):
            await server
    assert lines.left is True
    assert lines.hangups == []
