"""Lists in slices: each method one short transaction, beside a dialer that goes on."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any, Final, TypeVar

from sqlalchemy import Connection, func, select

from campaigns.importing import AcceptedRow
from dialer.db import allocations, bulk, import_rows, imports, number_standing, places, refreshes, saved_mappings
from dialer.db import tables as t
from dialer.db.database import Database
from dialer.db.mapping import import_of
from dialer.ports import ImportRow
from dialer.ports.imports import Change, Match, NumberSlice, SavedMapping, Standing, Unallocated, Undone

T = TypeVar("T")
_SLICE: Final = 5000  # leads in one transaction
_PAGE: Final = 20_000
_DEEP: Final = 4  # slices handed over for each that is written


class SqlLists:
    """The `Lists` of a site."""

    def __init__(self, database: Database) -> None:
        self._db = database
        # Where some write side by side, one more is prepared meanwhile, and the slowest is seldom waited for.
        self._turns = asyncio.Semaphore(database.writers + (database.writers > 1))
        self.at_once = database.writers if database.writers == 1 else database.writers * _DEEP

    async def begin(
        self,
        campaign_id: int,
        *,
        file_name: str,
        sha256: str,
        stored_file: str,
        size_bytes: int,
        options: Mapping[str, Any],
        at: datetime,
    ) -> int:
        return await self._db.durably(
            imports.begin,
            campaign_id,
            at=at,
            file_name=file_name,
            sha256=sha256,
            stored_file=stored_file,
            size_bytes=size_bytes,
            options=dict(options),
        )

    async def one(self, import_id: int) -> ImportRow | None:
        return await self._db.read(_one, import_id)

    async def pending(self) -> list[ImportRow]:
        return await self._db.read(imports.pending)

    async def standing(
        self,
        import_id: int | None,
        campaign_id: int,
        numbers: Collection[str],
        *,
        now: datetime,
        since: datetime | None = None,
        registers: bool = True,
    ) -> dict[str, Standing]:
        return await self._db.read(
            number_standing.standing, import_id, campaign_id, numbers, now=now, since=since, registers=registers
        )

    async def registered(self, campaign_id: int, *, now: datetime, most: int) -> AsyncIterator[list[str]] | None:
        found = await self._db.read(number_standing.registers, campaign_id, now=now, most=most)
        return None if found is None else self._registered(found)

    async def _registered(self, register_ids: Sequence[int]) -> AsyncIterator[list[str]]:
        for register_id in register_ids:
            after = ""
            while page := await self._db.read(number_standing.registered, register_id, after=after, limit=_PAGE):
                yield page
                after = page[-1]

    async def hold(
        self,
        import_id: int,
        rows: Sequence[AcceptedRow],
        *,
        suppressed: Collection[int],
        at: datetime,
        last_line: int,
        bytes_read: int,
    ) -> list[int]:
        return await self._db.write(
            _hold, import_id, rows, suppressed=suppressed, at=at, last_line=last_line, bytes_read=bytes_read
        )

    async def held(self, import_id: int) -> AsyncIterator[tuple[int, int]]:
        return self._held(import_id)

    async def _held(self, import_id: int) -> AsyncIterator[tuple[int, int]]:
        after = 0
        while page := await self._db.read(import_rows.page, import_id, after=after, limit=_PAGE):
            for line, lead_id in page:
                yield line, lead_id
            after = page[-1][1]

    async def store_numbers(self, import_id: int, slices: Sequence[NumberSlice]) -> int:
        stored = await self._together(
            [partial(self._db.write, _store_numbers, import_id, numbers) for numbers in slices]
        )
        await self._db.write(imports.note, import_id, numbers_upto=f"+{slices[-1].numbers[-1]}")
        return sum(stored)

    async def note(self, import_id: int, **properties: Any) -> None:
        await self._db.durably(imports.note, import_id, **properties)

    async def drop_numberless(self, import_id: int) -> int:
        return await self._db.write(import_rows.drop_numberless, import_id)

    async def release(self, import_id: int, *, after: int) -> int | None:
        found = await self._db.read(import_rows.slices, import_id, after=after, size=_SLICE, most=self.at_once)
        await self._together(
            [partial(self._db.write, _release, import_id, after=begin, last=last) for begin, last in found]
        )
        return found[-1][1] if found else None

    async def _together(self, works: Sequence[Callable[[], Awaitable[T]]]) -> list[T]:
        """Ends when all have ended. Raises what the first of them raised."""

        async def in_turn(work: Callable[[], Awaitable[T]]) -> T:
            async with self._turns:
                return await work()

        ended = await asyncio.gather(*map(in_turn, works), return_exceptions=True)
        for result in ended:
            if isinstance(result, BaseException):
                raise result
        return [result for result in ended if not isinstance(result, BaseException)]

    async def take_back(self, import_id: int, *, after: int, at: datetime) -> tuple[int | None, Undone]:
        last, removed, closed = await self._db.write(
            imports.take_back, import_id, after=after, limit=_SLICE // 2, at=at
        )
        return last, Undone(removed=removed, closed=closed)

    async def restore(self, import_id: int) -> int:
        return await self._db.write(refreshes.restore, import_id, limit=_SLICE // 5)

    async def matches(
        self, campaign_id: int, external_ids: Collection[str], numbers: Collection[str], *, but: int | None
    ) -> list[Match]:
        return await self._db.read(refreshes.matches, campaign_id, external_ids, numbers, but=but)

    async def change(self, import_id: int, changes: Sequence[Change]) -> None:
        await self._db.write(refreshes.change, import_id, changes)

    async def changed(self, import_id: int) -> int:
        return await self._db.read(refreshes.changed, import_id)

    async def size(self, campaign_id: int, *, but: int) -> int:
        return await self._db.read(_size, campaign_id, but=but)

    async def load(self, campaign_id: int) -> dict[str, int]:
        return await self._db.read(allocations.load, campaign_id)

    async def unallocated(self, campaign_id: int, *, after: int) -> list[Unallocated]:
        return await self._db.read(allocations.following, campaign_id, after=after, limit=_SLICE)

    async def allocate(self, owners: Mapping[int, tuple[str, str]]) -> None:
        await self._db.write(allocations.allocate, owners)

    async def save_mapping(self, name: str, mapping: Sequence[str], *, at: datetime) -> None:
        await self._db.durably(saved_mappings.save, name, mapping, at=at)

    async def mappings(self) -> list[SavedMapping]:
        return await self._db.read(saved_mappings.every)

    async def delete_mapping(self, name: str) -> bool:
        return await self._db.durably(saved_mappings.delete, name)


def _one(connection: Connection, import_id: int) -> ImportRow | None:
    row = connection.execute(select(t.imports).where(t.imports.c.import_id == import_id)).one_or_none()
    return None if row is None else import_of(row)


def _hold(
    connection: Connection,
    import_id: int,
    rows: Sequence[AcceptedRow],
    *,
    suppressed: Collection[int],
    at: datetime,
    last_line: int,
    bytes_read: int,
) -> list[int]:
    bulk.soon_durable(connection)
    campaign_id = imports.under_way(connection, import_id).campaign_id
    lead_ids = bulk.reserve(connection, t.leads, len(rows))
    if rows:
        import_rows.put(connection, import_id, lead_ids, rows, suppressed=suppressed, at=at)
        places.note(connection, campaign_id, {(row.country, row.time_zone) for row in rows})
    imports.note(connection, import_id, last_line=last_line, bytes_read=bytes_read)
    return lead_ids


def _store_numbers(connection: Connection, import_id: int, numbers: NumberSlice) -> int:
    campaign_id = imports.under_way(connection, import_id).campaign_id
    columns = {
        "lead_id": numbers.lead_ids,
        "e164": [f"+{number}" for number in numbers.numbers],
        "kind": numbers.kinds,
        "position": numbers.positions,
        "again": [import_id if again else 0 for again in numbers.again],
    }
    bulk.soon_durable(connection)
    return bulk.put_new(connection, t.lead_numbers, columns, campaign_id=campaign_id, usable=True)


def _release(connection: Connection, import_id: int, *, after: int, last: int) -> None:
    bulk.soon_durable(connection)
    import_rows.judge_again(connection, import_id, after=after, last=last)
    imports.release(connection, import_id, after=after, last=last)


def _size(connection: Connection, campaign_id: int, *, but: int) -> int:
    statement = (
        select(func.count())
        .select_from(t.leads)
        .where(t.leads.c.campaign_id == campaign_id)
        .where((t.leads.c.import_id.is_(None)) | (t.leads.c.import_id != but))
    )
    return int(connection.execute(statement).scalar_one())
