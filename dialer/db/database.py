"""How a unit of work reaches a database, whichever it is.

A unit of work is a plain function over a SQLAlchemy connection. It runs inside one transaction, and it may be
run again from the start (after a deadlock, or alone after a shared commit failed): it has no effects outside
the database. SQLite runs it in the store's own thread, PostgreSQL under `AsyncConnection.run_sync`; so all SQL
is written once, and a transaction on SQLite costs one hop between threads rather than one for every call to
the driver.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite

P = ParamSpec("P")
T = TypeVar("T")
Work = Callable[Concatenate[Connection, P], T]


class Database(Protocol):
    writers: int  # units of work that it is worth while to have writing side by side

    async def read(self, work: Work[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """One read-only transaction: one consistent picture of everything committed."""
        ...

    async def write(self, work: Work[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Committed on return: survives the death of the process. A power cut may take the last ones."""
        ...

    async def durably(self, work: Work[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """On the disk on return, together with everything written before it."""
        ...

    async def close(self) -> None:
        """Carry out what was handed over, then let go of the database."""
        ...


def insert_or_ignore(connection: Connection, table: Table) -> Any:
    """An INSERT that leaves out rows which violate a unique constraint."""
    return dialect_insert(connection, table).on_conflict_do_nothing()


def dialect_insert(connection: Connection, table: Table) -> Any:
    return (postgresql if connection.dialect.name == "postgresql" else sqlite).insert(table)
