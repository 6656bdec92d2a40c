"""Many rows at once, past SQLAlchemy's per-row work: `executemany` on SQLite, COPY on PostgreSQL.

Values are what the driver takes: text, numbers, None, and instants as `instant` makes them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from itertools import repeat
from typing import Any, Final

import psycopg
from sqlalchemy import ARRAY, ColumnElement, Connection, String, Table, any_, bindparam, func, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.util import await_only

from dialer.db.types import UtcDateTime

_RARE: Final = "\\\r\0"
_ESCAPED: Final = re.compile(r"[\\\t\n\r\0]")
_ESCAPES: Final = {"\\": r"\\", "\t": r"\t", "\n": r"\n", "\r": r"\r", "\0": ""}
Columns = Mapping[str, Sequence[Any]]  # equally long, one value for each row


def on_postgresql(connection: Connection) -> bool:
    return connection.dialect.name == "postgresql"


def instant(connection: Connection, at: datetime) -> Any:
    return UtcDateTime().process_bind_param(at, connection.dialect)


def put(connection: Connection, table: Table, columns: Columns, **same: Any) -> None:
    """`same` are columns with one value for all rows. Raises the database's error for a row that violates a
    constraint, with nothing stored."""
    names = _names(columns, same)
    if on_postgresql(connection):
        _copy(connection, f"COPY {table.name} ({names}) FROM STDIN", copy_text(columns, same))
    else:
        _insert(connection, table, columns, same)


def put_new(connection: Connection, table: Table, columns: Columns, **same: Any) -> int:
    """As `put`, but rows that violate a unique constraint are left out; how many went in."""
    names = _names(columns, same)
    if on_postgresql(connection):
        return _copy_new(connection, table, names, copy_text(columns, same))
    before = _total_changes(connection)
    _insert(connection, table, columns, same, "ON CONFLICT DO NOTHING")
    return _total_changes(connection) - before


def _names(columns: Columns, same: Mapping[str, Any]) -> str:
    return ", ".join(f'"{name}"' for name in (*same, *columns))


def _insert(
    connection: Connection, table: Table, columns: Columns, same: Mapping[str, Any], otherwise: str = ""
) -> None:
    rows = list(zip(*map(repeat, same.values()), *columns.values(), strict=False))
    marks = ", ".join("?" * (len(same) + len(columns)))
    connection.exec_driver_sql(
        f"INSERT INTO {table.name} ({_names(columns, same)}) VALUES ({marks}) {otherwise}",  # noqa: S608 - our names
        rows,
    )


def _total_changes(connection: Connection) -> int:
    raw: Any = connection.connection.dbapi_connection
    return int(raw.total_changes)


def _copy_new(connection: Connection, table: Table, names: str, content: bytes) -> int:
    """Straight into the table, which is the rule; by way of a table beside it where a row is there already."""
    try:
        with _savepoint(connection):
            _copy(connection, f"COPY {table.name} ({names}) FROM STDIN", content)
            return content.count(b"\n")
    except DBAPIError as error:
        if not isinstance(error.orig, psycopg.errors.UniqueViolation):
            raise
    connection.execute(
        text(f"CREATE TEMP TABLE beside ON COMMIT DROP AS SELECT {names} FROM {table.name} WITH NO DATA")  # noqa: S608
    )
    _copy(connection, f"COPY beside ({names}) FROM STDIN", content)
    added = connection.execute(
        text(f"INSERT INTO {table.name} ({names}) SELECT {names} FROM beside ON CONFLICT DO NOTHING")  # noqa: S608
    ).rowcount
    connection.execute(text("DROP TABLE beside"))
    return added


def _savepoint(connection: Connection) -> AbstractContextManager[Any]:
    return connection.begin_nested()


def copy_text(columns: Columns, same: Mapping[str, Any]) -> bytes:
    """Rows in COPY's text format."""
    fixed = [_escaped(value).replace("%", "%%") for value in same.values()]
    form = "\t".join(fixed + ["%s"] * len(columns)) + "\n"
    lines = [form % row for row in zip(*columns.values(), strict=True)]
    content = "".join(lines)
    tabs = (len(same) + len(columns) - 1) * len(lines)
    if content.count("\n") == len(lines) and content.count("\t") == tabs and not any(rare in content for rare in _RARE):
        return content.encode()
    escaped = (map(_escaped, row) for row in zip(*columns.values(), strict=True))
    return "".join([form % tuple(row) for row in escaped]).encode()


def _escaped(value: Any) -> str:
    return _ESCAPED.sub(lambda found: _ESCAPES[found.group()], str(value))


def _copy(connection: Connection, statement: str, content: bytes) -> None:
    raw: Any = connection.connection.driver_connection
    try:
        await_only(_copied(raw, statement, content))
    except psycopg.Error as error:
        raise DBAPIError(statement, None, error, hide_parameters=True) from error


async def _copied(raw: Any, statement: str, content: bytes) -> None:
    async with raw.cursor() as cursor, cursor.copy(statement) as copy:
        await copy.write(content)


def among(
    connection: Connection, column: ColumnElement[str], values: Iterable[str], name: str = "given"
) -> ColumnElement[bool]:
    """Whether the column has one of any number of values, in one parameter: each is looked up in the index."""
    if on_postgresql(connection):
        # The planner takes thousands of values for a reason to read whole tables.
        for way in ("hashjoin", "mergejoin", "seqscan"):
            connection.execute(text(f"SET LOCAL enable_{way} = off"))
        return column == any_(_array(name, list(values)))
    listed = func.json_each(bindparam(name, json.dumps(list(values)))).table_valued("value", name=name)
    return column.in_(select(listed.c.value))


def _array(name: str, values: list[str]) -> ColumnElement[Any]:
    """As one text where no value has a line's end: the driver would quote each of thousands by itself."""
    written = "\n".join(values)
    if values and written.count("\n") == len(values) - 1:
        return func.string_to_array(bindparam(name, written, String), "\n", type_=ARRAY(String))
    return bindparam(name, values, ARRAY(String))


def soon_durable(connection: Connection) -> None:
    """This transaction may be lost in a power cut with all that follow it; the next one that is not, keeps it."""
    if on_postgresql(connection):
        connection.execute(text("SET LOCAL synchronous_commit = off"))


def reserve(connection: Connection, table: Table, count: int) -> list[int]:
    """Row numbers that nobody else will use, ascending; in one value, for thousands of rows would cost more."""
    if not count:
        return []
    if on_postgresql(connection):
        column = table.primary_key.columns.values()[0].name
        found = connection.execute(
            text(
                f"SELECT string_agg(nextval(own.name)::text, ',') FROM generate_series(1, :n), LATERAL "  # noqa: S608
                f"(SELECT pg_get_serial_sequence('{table.name}', '{column}')::regclass AS name OFFSET 0) AS own"
            ),
            {"n": count},
        ).scalar_one()
        return sorted(map(int, found.split(",")))
    last = connection.execute(text("SELECT seq FROM sqlite_sequence WHERE name = :name"), {"name": table.name}).scalar()
    upto = int(last or 0) + count
    known = "UPDATE sqlite_sequence SET seq = :seq WHERE name = :name"
    new = "INSERT INTO sqlite_sequence (name, seq) VALUES (:name, :seq)"
    connection.execute(text(new if last is None else known), {"name": table.name, "seq": upto})
    return list(range(upto - count + 1, upto + 1))
