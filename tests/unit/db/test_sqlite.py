"""The writer thread: shared commits that keep every caller's work apart."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import stat
import threading
from pathlib import Path

import pytest
from sqlalchemy import Connection, text
from sqlalchemy.exc import IntegrityError, OperationalError

from dialer.db import sqlite
from dialer.db.errors import DatabaseFull, DatabaseLocked, DatabaseReadOnly
from dialer.db.sqlite import SqliteDatabase


def make_table(connection: Connection) -> None:
    connection.execute(text("CREATE TABLE calls (name TEXT PRIMARY KEY)"))


def add(connection: Connection, name: str) -> str:
    connection.execute(text("INSERT INTO calls VALUES (:name)"), {"name": name})
    return name


def add_then_fail(connection: Connection, name: str) -> None:
    add(connection, name)
    raise LookupError(name)


def names(connection: Connection) -> list[str]:
    return list(connection.execute(text("SELECT name FROM calls ORDER BY name")).scalars())


def pragma(connection: Connection, name: str) -> int:
    return int(connection.exec_driver_sql(f"PRAGMA {name}").scalar_one())


async def held(database: SqliteDatabase) -> tuple[threading.Event, asyncio.Task[None]]:
    """Keeps the writer busy until released, so that what comes now shares the next commit."""
    entered, release = threading.Event(), threading.Event()

    def wait(_: Connection) -> None:
        entered.set()
        assert release.wait(10)

    waiting = asyncio.create_task(database.write(wait), name="held")
    assert await asyncio.to_thread(entered.wait, 10)
    return release, waiting


async def test_work_that_waits_together_is_committed_together(database: SqliteDatabase) -> None:
    """Inside one transaction, each sees what those before it have written."""
    await database.write(make_table)
    release, waiting = await held(database)
    seen: list[tuple[str, bool]] = []

    def add_and_look(connection: Connection, name: str) -> None:
        add(connection, name)
        raw = sqlite3.connect(str(connection.engine.url.database))
        seen.append((name, bool(raw.execute("SELECT count(*) FROM calls").fetchone()[0])))
        raw.close()

    adding = [asyncio.create_task(database.write(add_and_look, f"call {n}"), name=f"add {n}") for n in range(3)]
    await asyncio.sleep(0)
    release.set()
    await asyncio.gather(waiting, *adding)
    assert seen == [(f"call {n}", False) for n in range(3)], "nothing is visible outside before all are written"
    assert len(await database.read(names)) == 3


async def test_one_failure_in_a_shared_commit_harms_nobody_else(database: SqliteDatabase) -> None:
    await database.write(make_table)
    await database.write(add, "taken")
    release, waiting = await held(database)
    work = [
        database.write(add, "a"),
        database.write(add_then_fail, "b"),
        database.write(add, "taken"),
        database.write(add, "c"),
    ]
    tasks = [asyncio.create_task(one, name="work") for one in work]
    await asyncio.sleep(0)
    release.set()
    await waiting
    a, b, taken, c = await asyncio.gather(*tasks, return_exceptions=True)
    assert (a, c) == ("a", "c")
    assert isinstance(b, LookupError)
    assert isinstance(taken, IntegrityError)
    assert await database.read(names) == ["a", "c", "taken"]


async def test_durable_work_is_flushed_and_other_work_is_not(database: SqliteDatabase) -> None:
    full, normal = 2, 1
    assert await database.durably(pragma, "synchronous") == full
    assert await database.write(pragma, "synchronous") == normal
    assert await database.durably(pragma, "synchronous") == full


async def test_one_durable_piece_makes_the_whole_commit_durable(database: SqliteDatabase) -> None:
    release, waiting = await held(database)
    both = [
        asyncio.create_task(database.write(pragma, "synchronous"), name="progress"),
        asyncio.create_task(database.durably(pragma, "synchronous"), name="promise"),
    ]
    await asyncio.sleep(0)
    release.set()
    await waiting
    assert await asyncio.gather(*both) == [2, 2]


async def test_a_cancelled_caller_leaves_the_work_and_the_others_alone(database: SqliteDatabase) -> None:
    await database.write(make_table)
    release, waiting = await held(database)
    cancelled = asyncio.create_task(database.write(add, "cancelled"), name="cancelled")
    other = asyncio.create_task(database.write(add, "other"), name="other")
    await asyncio.sleep(0)
    cancelled.cancel()
    release.set()
    await waiting
    assert await other == "other"
    assert cancelled.cancelled()
    assert await database.read(names) == ["cancelled", "other"]


async def test_closing_carries_out_what_was_handed_over(tmp_path: Path) -> None:
    database = SqliteDatabase(tmp_path / "test.db")
    await database.write(make_table)
    release, waiting = await held(database)
    adding = [asyncio.create_task(database.write(add, f"{n}"), name=f"add {n}") for n in range(3)]
    await asyncio.sleep(0)
    release.set()
    await database.close()
    await asyncio.gather(waiting, *adding)
    with sqlite3.connect(tmp_path / "test.db") as connection:
        assert connection.execute("SELECT count(*) FROM calls").fetchone() == (3,)
    connection.close()
    assert os.listdir(tmp_path) == ["test.db"], "the log is folded into the file"
    with pytest.raises(RuntimeError, match="closed"):
        await database.write(names)


async def test_pragmas_the_store_relies_on(database: SqliteDatabase) -> None:
    for run in (database.read, database.write):
        assert await run(pragma, "foreign_keys") == 1
        assert await run(lambda connection: connection.exec_driver_sql("PRAGMA journal_mode").scalar_one()) == "wal"


async def test_readers_cannot_write(database: SqliteDatabase) -> None:
    await database.write(make_table)
    with pytest.raises(DatabaseReadOnly):
        await database.read(add, "x")


async def test_readers_do_not_wait_for_the_writer(database: SqliteDatabase) -> None:
    await database.write(make_table)
    release, waiting = await held(database)
    assert await asyncio.wait_for(database.read(names), 5) == []
    release.set()
    await waiting


async def test_the_file_is_for_its_owner_only(database: SqliteDatabase, tmp_path: Path) -> None:
    await database.write(make_table)
    assert {stat.S_IMODE(os.stat(tmp_path / name).st_mode) for name in os.listdir(tmp_path)} == {0o600}


async def test_a_full_disk_is_named_and_passes(database: SqliteDatabase) -> None:
    """SQLite's own page limit ends in the same error as a full disk."""
    await database.write(make_table)
    pages = await database.write(pragma, "page_count")
    await database.write(pragma, f"max_page_count = {pages}")
    with pytest.raises(DatabaseFull, match="disk space"):
        await database.durably(add, "x" * 100_000)
    await database.write(pragma, "max_page_count = 100000")
    assert await database.durably(add, "x" * 100_000)


async def test_a_database_locked_by_somebody_else_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite, "_BUSY_MS", 50)
    database = SqliteDatabase(tmp_path / "test.db")
    await database.write(make_table)
    browser = sqlite3.connect(tmp_path / "test.db", isolation_level=None)
    browser.execute("BEGIN IMMEDIATE")
    with pytest.raises(DatabaseLocked, match="locked"):
        await database.write(add, "x")
    browser.close()
    assert await database.write(add, "x") == "x"
    await database.close()


async def test_our_own_bugs_stay_loud(database: SqliteDatabase) -> None:
    with pytest.raises(OperationalError, match="no such table"):
        await database.read(names)
