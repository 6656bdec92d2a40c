"""Registers of numbers that must not be called: loaded in batches, in force as a whole, one version after another."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import Connection, delete, func, insert, select, update

from dialer.db import tables as t
from dialer.db.database import insert_or_ignore
from dialer.db.mapping import AnyRow
from dialer.db.suppression import CURRENT
from dialer.errors import NotFound, WrongState
from dialer.ports.suppression import RegisterRow

LOADING: Final = "LOADING"
REPLACED: Final = "REPLACED"
_DROPPED: Final = 20_000  # numbers in one transaction, so that calls need not wait for the writer


def begin(
    connection: Connection, name: str, *, dated: date, at: datetime, by: str, file_name: str,
    campaign_id: int | None, expires_at: datetime | None,
) -> int:  # fmt: skip
    left_half = (t.registers.c.name == name, t.registers.c.state == LOADING)
    connection.execute(update(t.registers).where(*left_half).values(state=REPLACED, finished_at=at))
    row: dict[str, Any] = {
        "name": name, "campaign_id": campaign_id, "dated": dated, "state": LOADING, "file_name": file_name, "by": by,
        "started_at": at, "expires_at": expires_at, "entries": 0, "refused": 0,
    }  # fmt: skip
    return int(connection.execute(insert(t.registers).returning(t.registers.c.register_id), row).scalar_one())


def add(connection: Connection, register_id: int, numbers: Collection[str]) -> None:
    if _row(connection, register_id).state != LOADING:
        raise WrongState(f"Version {register_id} of the register is complete or was replaced; upload it anew.")
    rows = [{"register_id": register_id, "e164": e164} for e164 in numbers]
    if rows:
        connection.execute(insert_or_ignore(connection, t.register_numbers), rows)


def finish(connection: Connection, register_id: int, *, at: datetime, refused: int) -> RegisterRow:
    row = _row(connection, register_id)
    if row.state != LOADING:
        raise WrongState(f"Version {register_id} of the register is complete or was replaced; upload it anew.")
    before = (t.registers.c.name == row.name, t.registers.c.state == CURRENT)
    connection.execute(update(t.registers).where(*before).values(state=REPLACED))
    mine = t.register_numbers.c.register_id == register_id
    entries = connection.execute(select(func.count()).select_from(t.register_numbers).where(mine)).scalar_one()
    done = {"state": CURRENT, "finished_at": at, "entries": entries, "refused": refused}
    connection.execute(update(t.registers).where(t.registers.c.register_id == register_id).values(**done))
    return _register(_row(connection, register_id))


def drop(connection: Connection, register_id: int) -> None:
    if _row(connection, register_id).state != REPLACED:
        mine = t.registers.c.register_id == register_id
        connection.execute(update(t.registers).where(mine).values(state=REPLACED))


def sweep(connection: Connection) -> int:
    """Numbers of versions that count no more, some at a time; 0 when all are gone."""
    gone = select(t.registers.c.register_id).where(t.registers.c.state == REPLACED)
    for register_id in connection.execute(gone).scalars().all():
        mine = t.register_numbers.c.register_id == register_id
        some = select(t.register_numbers.c.e164).where(mine).limit(_DROPPED)
        removed = connection.execute(delete(t.register_numbers).where(mine, t.register_numbers.c.e164.in_(some)))
        if removed.rowcount:
            return removed.rowcount
    return 0


def every(connection: Connection) -> list[RegisterRow]:
    statement = select(t.registers).order_by(t.registers.c.register_id.desc())
    return [_register(row) for row in connection.execute(statement)]


def _row(connection: Connection, register_id: int) -> AnyRow:
    statement = select(t.registers).where(t.registers.c.register_id == register_id)
    row = connection.execute(statement).one_or_none()
    if row is None:
        raise NotFound(f"There is no version {register_id} of any register.")
    return row


def _register(row: AnyRow) -> RegisterRow:
    return RegisterRow(
        register_id=row.register_id, name=row.name, campaign_id=row.campaign_id, dated=row.dated, state=row.state,
        file_name=row.file_name, by=row.by, started_at=row.started_at, finished_at=row.finished_at,
        expires_at=row.expires_at, entries=row.entries, refused=row.refused,
    )  # fmt: skip
