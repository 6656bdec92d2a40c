"""What a user can do about a database that refuses: the driver's error becomes a sentence."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from sqlalchemy.exc import DBAPIError

from dialer.errors import Invalid, NotReachable, Refused


class DatabaseLocked(NotReachable):
    """Another process holds the write lock longer than we wait."""

    code = "database_locked"


class DatabaseReadOnly(NotReachable):
    code = "database_read_only"


class DatabaseFull(NotReachable):
    """Nothing more can be written; what was committed is safe."""

    code = "disk_full"


class DatabaseDamaged(NotReachable):
    code = "database_damaged"


class DatabaseNewer(Refused):
    """A newer Goldenhour has migrated this database; older code would misread it."""

    code = "database_newer"


_LOCKED: Final = "Another program keeps the database {where} locked; end it (a second server? a database browser?)."
_READ_ONLY: Final = "The database {where} is read-only; give the server's user the right to write it and its directory."
_FULL: Final = "No space left for the database {where}; free some disk space. Nothing committed is lost."
_CANNOT_OPEN: Final = "The database {where} cannot be opened; check that its directory exists and may be written."
_NOT_OURS: Final = "The file of {where} is not an SQLite database; choose another path or restore a backup."
_DAMAGED: Final = "The database {where} is damaged or its disk fails; stop the server and restore a backup."
_NO_SERVER: Final = (
    "No PostgreSQL server answers at {where}; check that it runs, and host, port and user in the address."
)
_NO_ACCESS: Final = "PostgreSQL refuses the log-in at {where}; check user, password and pg_hba.conf."
_NO_DATABASE: Final = "The PostgreSQL server at {where} has no such database; create it, then start again."

# By SQLite's primary result code (the low byte).
_SQLITE: Final[dict[int, tuple[type[Refused], str]]] = {
    sqlite3.SQLITE_BUSY: (DatabaseLocked, _LOCKED),
    sqlite3.SQLITE_LOCKED: (DatabaseLocked, _LOCKED),
    sqlite3.SQLITE_READONLY: (DatabaseReadOnly, _READ_ONLY),
    sqlite3.SQLITE_PERM: (DatabaseReadOnly, _READ_ONLY),
    sqlite3.SQLITE_FULL: (DatabaseFull, _FULL),
    sqlite3.SQLITE_CANTOPEN: (NotReachable, _CANNOT_OPEN),
    sqlite3.SQLITE_NOTADB: (Invalid, _NOT_OURS),
    sqlite3.SQLITE_CORRUPT: (DatabaseDamaged, _DAMAGED),
    sqlite3.SQLITE_IOERR: (DatabaseDamaged, _DAMAGED),
}

# By SQLSTATE, the longest matching prefix first.
_POSTGRESQL: Final[tuple[tuple[str, type[Refused], str], ...]] = (
    ("53100", DatabaseFull, _FULL),
    ("25006", DatabaseReadOnly, _READ_ONLY),
    ("55P03", DatabaseLocked, _LOCKED),
    ("3D000", NotReachable, _NO_DATABASE),
    ("28", NotReachable, _NO_ACCESS),
    ("57P", NotReachable, _NO_SERVER),
    ("08", NotReachable, _NO_SERVER),
)


def explain(error: DBAPIError, where: str) -> Refused | None:
    """The refusal behind a driver's error; None where it is our own bug and must stay loud.

    `where` names the database without its password.
    """
    found = _by_sqlite(error.orig) if isinstance(error.orig, sqlite3.Error) else _by_postgresql(error)
    if found is None:
        return None
    kind, sentence = found
    return kind(sentence.format(where=where), field="database")


def _by_sqlite(error: sqlite3.Error) -> tuple[type[Refused], str] | None:
    return _SQLITE.get(getattr(error, "sqlite_errorcode", 0) & 0xFF)


def _by_postgresql(error: DBAPIError) -> tuple[type[Refused], str] | None:
    state = getattr(error.orig, "sqlstate", None)
    if state is None:  # no server, no state: psycopg tells connection failures only in words
        return _connection_failure(error)
    return next(((kind, sentence) for prefix, kind, sentence in _POSTGRESQL if state.startswith(prefix)), None)


def _connection_failure(error: DBAPIError) -> tuple[type[Refused], str] | None:
    if type(error.orig).__name__ not in ("OperationalError", "ConnectionTimeout", "InterfaceError"):
        return None
    words = str(error.orig)
    if "does not exist" in words and "database" in words:
        return NotReachable, _NO_DATABASE
    if "authentication failed" in words or "pg_hba" in words or "role" in words:
        return NotReachable, _NO_ACCESS
    return NotReachable, _NO_SERVER


@contextmanager
def explained(where: str) -> Iterator[None]:
    try:
        yield
    except DBAPIError as error:
        refusal = explain(error, where)
        if refusal is None:
            raise
        raise refusal from error
