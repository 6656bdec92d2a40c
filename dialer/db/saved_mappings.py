"""Mappings of a site, kept by name."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, select
from sqlalchemy import delete as delete_from

from dialer.db import tables as t
from dialer.db.database import dialect_insert
from dialer.ports.imports import SavedMapping


def save(connection: Connection, name: str, mapping: Sequence[str], *, at: datetime) -> None:
    """In place of an earlier one of that name."""
    row = {"mapping": list(mapping), "saved_at": at}
    statement = dialect_insert(connection, t.list_mappings).values(name=name, **row)
    connection.execute(statement.on_conflict_do_update(index_elements=["name"], set_=row))


def every(connection: Connection) -> list[SavedMapping]:
    return [
        SavedMapping(name=row.name, mapping=tuple(row.mapping), saved_at=row.saved_at)
        for row in connection.execute(select(t.list_mappings).order_by(t.list_mappings.c.name))
    ]


def delete(connection: Connection, name: str) -> bool:
    return connection.execute(delete_from(t.list_mappings).where(t.list_mappings.c.name == name)).rowcount > 0
