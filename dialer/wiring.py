"""The composition root: from settings to the parts of a site, and nothing else."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

import httpx

from dialer.client import Api
from dialer.clock import Clock, SystemClock
from dialer.config import Config
from dialer.config_file import prepare_data_directory
from dialer.db.store import open_store
from dialer.policies import PolicyBook
from dialer.ports import Store
from dialer.web.app import create_app
from dialer.web.auth import Admission
from dialer.web.services import Services
from recordings.library import RecordingLibrary
from sip.pool import PoolSettings

if TYPE_CHECKING:
    from dialer.engine.engine import Engine


def database_url(config: Config) -> str:
    """With the password in it, which the settings keep apart."""
    url = config.database.url or f"sqlite:///{config.data / 'goldenhour.db'}"
    if not config.database.password:
        return url
    scheme, _, rest = url.partition("://")
    user, _, where = rest.rpartition("@")
    return f"{scheme}://{user.partition(':')[0]}:{quote(config.database.password, safe='')}@{where}"


@asynccontextmanager
async def opened_store(config: Config) -> AsyncIterator[Store]:
    store = await open_store(database_url(config))
    try:
        yield store
    finally:
        await store.close()


def pool_settings(config: Config, run_directory: Path) -> PoolSettings:
    workers = config.workers
    return PoolSettings(
        run_directory=run_directory,
        workers=workers.count,
        bind_address=workers.bind_address,
        public_address=workers.public_address,
        rtp_port_from=workers.rtp_port_from,
        rtp_port_to=workers.rtp_port_to,
        sip_port_from=workers.sip_port_from,
        slack_legs=workers.slack_legs,
        nameservers=workers.nameservers,
    )


def recording_library(config: Config) -> RecordingLibrary:
    return RecordingLibrary(config.data / "recordings", format=config.recordings.format)


def policy_book(config: Config) -> PolicyBook:
    """The shipped packs, and the site's own in `policies` of the data directory."""
    return PolicyBook.load(config.data / "policies")


def admission(config: Config, token: str) -> Admission:
    return Admission(
        token=token,
        hosts=(config.server.host, *config.server.allowed_hosts),
        largest_upload=config.server.largest_upload_mb * 1_000_000,
    )


def services(config: Config, store: Store, clock: Clock, engine: Engine | None) -> Services:
    return Services(
        store=store,
        clock=clock,
        config=config,
        policies=policy_book(config),
        recordings=recording_library(config),
        engine=engine,
    )


@contextmanager
def offline_api(runner: asyncio.Runner, config: Config) -> Iterator[Api]:
    """The routes of the server in this process, on the store alone: for commands while no server runs."""
    prepare_data_directory(config.data)
    token = secrets.token_urlsafe(16)
    stack = AsyncExitStack()
    store = runner.run(stack.enter_async_context(opened_store(config)))
    try:
        app = create_app(services(config, store, SystemClock(), None), admission(config, token))
        transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
        with Api(runner, "http://localhost", token, transport=transport) as api:
            yield api
    finally:
        runner.run(stack.aclose())
