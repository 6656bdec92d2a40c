"""Every store there is, fresh and empty for each test."""

from __future__ import annotations

import asyncio
import importlib
import importlib.util
import itertools
import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import psycopg
import pytest

from dialer.db.store import open_store
from dialer.db.tables import metadata
from dialer.ports import Store
from dialer.ports.archive import Archive
from tests.contract.store.shop import Shop, open_shop
from tests.postgresql import PrivateServer, binaries, private_server

_databases = itertools.count(1)

STORES = [
    "sqlite",
    pytest.param(
        "memory",
        marks=pytest.mark.skipif(
            importlib.util.find_spec("dialer.twin.store") is None, reason="there is no in-memory store yet"
        ),
    ),
    pytest.param("postgresql", marks=pytest.mark.postgresql),
]


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[PrivateServer]:
    programs = binaries()
    assert programs is not None
    with private_server(programs) as server:
        yield server


@pytest.fixture(scope="session")
def migrated_postgresql(postgresql_server: PrivateServer) -> str:
    """One migrated database for all tests, emptied before each: much faster than a new one."""

    async def migrate(url: str) -> str:
        await (await open_store(url)).close()
        return url

    return asyncio.run(migrate(postgresql_server.create("store")))


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("store") / "migrated.db"

    async def migrate() -> None:
        await (await open_store(f"sqlite:///{path}")).close()

    asyncio.run(migrate())
    return path


@pytest.fixture
def sqlite_url(migrated_sqlite: Path, tmp_path: Path) -> str:
    shutil.copy(migrated_sqlite, tmp_path / "goldenhour.db")
    return f"sqlite:///{tmp_path / 'goldenhour.db'}"


@pytest.fixture
def postgresql_url(migrated_postgresql: str) -> str:
    tables = ", ".join(table.name for table in metadata.sorted_tables if table.name != "feed")
    with psycopg.connect(migrated_postgresql) as connection:
        connection.execute(f"TRUNCATE {tables} RESTART IDENTITY CASCADE")
        connection.execute("UPDATE feed SET position = 0")
    return migrated_postgresql


@pytest.fixture
def empty_postgresql_url(postgresql_server: PrivateServer) -> str:
    """A database without any table."""
    return postgresql_server.create(f"empty_{next(_databases)}")


@pytest.fixture
def empty_sqlite_url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'empty.db'}"


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def database_url(request: pytest.FixtureRequest) -> str:
    """For what only a real database can show."""
    return str(request.getfixturevalue(f"{request.param}_url"))


@pytest.fixture(params=STORES)
def store_url(request: pytest.FixtureRequest) -> str:
    """Empty for the store in memory."""
    return "" if request.param == "memory" else str(request.getfixturevalue(f"{request.param}_url"))


@pytest.fixture
async def store(store_url: str) -> AsyncIterator[Store]:
    memory = None if store_url else importlib.import_module("dialer.twin.store").MemoryStore()
    opened: Store = memory or await open_store(store_url)
    try:
        yield opened
    finally:
        await opened.close()


@pytest.fixture
async def archive(database_url: str) -> AsyncIterator[Archive]:
    """The whole store of a site, on a database."""
    opened = await open_store(database_url)
    try:
        yield opened
    finally:
        await opened.close()


@pytest.fixture
async def shop(store: Store) -> Shop:
    """A store with one campaign."""
    return await open_shop(store)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def empty_url(request: pytest.FixtureRequest) -> str:
    return str(request.getfixturevalue(f"empty_{request.param}_url"))
