"""PostgreSQL through psycopg 3: each unit of work is its own transaction on a pooled connection.

Several run at a time; the server shares their flushes by itself. A deadlock or serialisation failure ends the
transaction with nothing done, so the work is simply run again.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import URL
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import create_async_engine

from dialer.db.database import P, T, Work
from dialer.db.errors import explained

_POOL: Final = 8
_TRIES: Final = 5
_RETRIED: Final = frozenset({"40001", "40P01"})  # serialisation failure, deadlock
_CONNECT_S: Final = 5
_SESSION: Final = "-c timezone=UTC -c lock_timeout=5s -c idle_in_transaction_session_timeout=60s"


class PostgresqlDatabase:
    writers = 2

    def __init__(self, url: URL) -> None:
        self._where = url.render_as_string(hide_password=True)
        options = " ".join(filter(None, (str(url.query.get("options", "")), _SESSION)))
        self._engine = create_async_engine(
            url.set(drivername="postgresql+psycopg").difference_update_query(["options"]),
            pool_size=_POOL,
            max_overflow=0,
            pool_pre_ping=True,  # the server may have been restarted since
            hide_parameters=True,  # errors reach the log; names and numbers must not
            connect_args={"connect_timeout": _CONNECT_S, "options": options},
        )

    async def read(self, work: Work[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        with explained(self._where):
            async with self._engine.connect() as connection:
                await connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
                async with connection.begin():
                    return await connection.run_sync(work, *args, **kwargs)

    async def write(self, work: Work[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """As `durably`: here the journal shares its flushes with everybody else."""
        return await self.durably(work, *args, **kwargs)

    async def durably(self, work: Work[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        with explained(self._where):
            for _ in range(_TRIES - 1):
                try:
                    return await self._once(work, *args, **kwargs)
                except DBAPIError as error:
                    if getattr(error.orig, "sqlstate", None) not in _RETRIED:
                        raise
            return await self._once(work, *args, **kwargs)

    async def _once(self, work: Work[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        async with self._engine.begin() as connection:
            return await connection.run_sync(work, *args, **kwargs)

    async def close(self) -> None:
        await self._engine.dispose()
