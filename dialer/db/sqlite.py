"""SQLite: one writer thread with one connection, a few readers beside it (WAL lets them never wait).

Transactions that arrive while another is being committed share the next commit, and so one flush to the disk.

Durability. `durably` commits with synchronous FULL: flushed to the disk before it returns. `write` commits with
synchronous NORMAL: the write-ahead log is written but not flushed, so a killed process loses nothing and a power
cut may lose the last few. The log is one file in commit order, so each FULL commit also makes durable all that
was written before it, and what a power cut takes is always a tail of `write`s. These are leases (nobody needs
them after a restart) and the progress of a live call (ringing, answered, connected, agent states): such a call
is LOST after a power cut anyway, and its row, committed with FULL before the INVITE, is there to say so.
"""

from __future__ import annotations

import asyncio
import os
import queue
import sqlite3
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, Engine, QueuePool, StaticPool, create_engine, event

from dialer.db.database import P, T, Work
from dialer.db.errors import explained

_READERS: Final = 3
_BUSY_MS: Final = 5000  # another process (a backup, a database browser) may hold the lock that long
_WRITER_CACHE_KB: Final = 65_536  # an import goes all over the index of leads; by default pages would come and go
_LOG_PAGES: Final = 16_384  # 64 MB in the log before they are folded in: an import changes the same pages over and over
_SHARED: Final = 256  # most transactions in one commit


@dataclass(frozen=True, slots=True)
class _Job:
    work: Callable[[Connection], Any]
    durable: bool
    loop: asyncio.AbstractEventLoop
    future: asyncio.Future[Any]


@dataclass(frozen=True, slots=True)
class _Done:
    job: _Job
    result: Any = None
    error: Exception | None = None

    def settle(self) -> None:
        if self.job.future.done():  # the caller was cancelled; the work stands
            return
        if self.error is not None:
            self.job.future.set_exception(self.error)
        else:
            self.job.future.set_result(self.result)


class SqliteDatabase:
    """`path` is created with mode 0600 when missing: it will hold names and numbers of people."""

    writers = 1

    def __init__(self, path: Path) -> None:
        self._where = str(path)
        with explained(self._where):
            _create_private(path)
            self._writer = _Writer(_engine(path, read_only=False), self._where)
        self._reading = _engine(path, read_only=True)
        self._readers = ThreadPoolExecutor(_READERS, thread_name_prefix="store-reader")

    async def read(self, work: Work[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(
            self._readers, self._read, lambda connection: work(connection, *args, **kwargs)
        )

    def _read(self, work: Callable[..., T]) -> T:
        with explained(self._where), self._reading.begin() as connection:
            return work(connection)

    async def write(self, work: Work[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        return await self._writer.submit(lambda connection: work(connection, *args, **kwargs), durable=False)

    async def durably(self, work: Work[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        return await self._writer.submit(lambda connection: work(connection, *args, **kwargs), durable=True)

    async def close(self) -> None:
        await asyncio.to_thread(self._close)

    def _close(self) -> None:
        self._readers.shutdown()
        self._reading.dispose()
        self._writer.close()  # last: the last connection folds the log into the database file


class _Writer:
    """The thread that owns the writing connection. Its queue is as long as there are callers waiting."""

    def __init__(self, engine: Engine, where: str) -> None:
        self._engine = engine
        self._where = where
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._closed = False
        self._connection = engine.connect()
        self._full: bool | None = None
        self._thread = threading.Thread(target=self._run, name="store-writer", daemon=True)
        self._thread.start()

    async def submit(self, work: Callable[[Connection], T], *, durable: bool) -> T:
        if self._closed:
            raise RuntimeError("the store is closed")
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()
        self._jobs.put(_Job(work, durable, loop, future))
        return await future

    def close(self) -> None:
        self._closed = True
        self._jobs.put(None)
        self._thread.join()
        self._connection.close()
        self._engine.dispose()

    def _run(self) -> None:
        while (first := self._jobs.get()) is not None:
            jobs, closing = self._with_those_waiting(first)
            _tell(self._commit(jobs))
            if closing:
                return

    def _with_those_waiting(self, first: _Job) -> tuple[list[_Job], bool]:
        jobs = [first]
        while len(jobs) < _SHARED:
            try:
                job = self._jobs.get_nowait()
            except queue.Empty:
                break
            if job is None:
                return jobs, True
            jobs.append(job)
        return jobs, False

    def _commit(self, jobs: list[_Job]) -> list[_Done]:
        """All in one transaction; if anything fails, each in its own, so that only the culprit hears of it."""
        try:
            self._synchronous(any(job.durable for job in jobs))
            with explained(self._where), self._connection.begin():
                return [_Done(job, job.work(self._connection)) for job in jobs]
        except Exception as error:  # noqa: BLE001 - task root: handed to the caller
            if len(jobs) == 1:
                return [_Done(jobs[0], error=error)]
            return [done for job in jobs for done in self._commit([job])]

    def _synchronous(self, full: bool) -> None:
        if full is not self._full:
            raw: Any = self._connection.connection.dbapi_connection
            raw.execute(f"PRAGMA synchronous = {'FULL' if full else 'NORMAL'}")
            self._full = full


def _tell(finished: list[_Done]) -> None:
    for loop in {done.job.loop for done in finished}:
        mine = [done for done in finished if done.job.loop is loop]
        try:
            loop.call_soon_threadsafe(_settle, mine)
        except RuntimeError:  # the loop is closed, and with it everybody who waited
            continue


def _settle(finished: list[_Done]) -> None:
    for done in finished:
        done.settle()


def _create_private(path: Path) -> None:
    if not path.exists() and path.parent.is_dir() and os.access(path.parent, os.W_OK):
        os.close(os.open(path, os.O_CREAT | os.O_WRONLY, 0o600))


def _engine(path: Path, *, read_only: bool) -> Engine:
    engine = create_engine(
        f"sqlite:///{path}",
        poolclass=QueuePool if read_only else StaticPool,
        hide_parameters=True,  # errors reach the log; names and numbers must not
        connect_args={"check_same_thread": False, "timeout": _BUSY_MS / 1000},
        **({"pool_size": _READERS} if read_only else {}),
    )
    event.listen(engine, "connect", partial(_configure, read_only=read_only))
    event.listen(engine, "begin", _begin_deferred if read_only else _begin_immediate)
    return engine


def _configure(connection: sqlite3.Connection, _record: object, *, read_only: bool) -> None:
    connection.isolation_level = None  # transactions begin where we say, not where the driver guesses
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA cache_size = -16384")  # KiB; with the usual 2 MiB the heads of long indexes fall out
    if not read_only:
        connection.execute(f"PRAGMA cache_size = -{_WRITER_CACHE_KB}")
        connection.execute(f"PRAGMA wal_autocheckpoint = {_LOG_PAGES}")
    connection.execute(f"PRAGMA query_only = {'ON' if read_only else 'OFF'}")


def _begin_deferred(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN")


def _begin_immediate(connection: Connection) -> None:
    """Take the write lock at once: a transaction that began by reading could not be sure to get it later."""
    connection.exec_driver_sql("BEGIN IMMEDIATE")
