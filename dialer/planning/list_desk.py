"""Imports of a site that are under way: each a task with an owner and an end, watched from wherever somebody asks."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import structlog

from campaigns.campaign import Campaign
from dialer import lists
from dialer.clock import Clock
from dialer.errors import Invalid, Refused, WrongState
from dialer.lists import ImportOptions, ImportReport, Progress, UndoReport
from dialer.planning.own_copies import forget
from dialer.ports.archive import Archive

log = structlog.get_logger(__name__)


@dataclass(slots=True)
class UnderWay:
    import_id: int
    progress: Progress
    task: asyncio.Task[ImportReport | None]


class ListDesk:
    """`close` it: what is under way then is interrupted, and can be carried on later."""

    def __init__(self, store: Archive, clock: Clock, list_changed: Callable[[], None]) -> None:
        self._store, self._clock, self._list_changed = store, clock, list_changed
        self._under_way: dict[int, UnderWay] = {}
        self._tasks: set[asyncio.Task[Any]] = set()

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def progress(self, import_id: int) -> Progress | None:
        """None where it is not under way here."""
        found = self._under_way.get(import_id)
        return found.progress if found else None

    async def start(
        self, campaign: Campaign, path: Path, options: ImportOptions, *, file_name: str, refused_directory: Path
    ) -> UnderWay:
        """Returns once the list is open and the import has a number. `path` is our own copy; it goes with the import.

        Raises what `import_list` raises before that.
        """

        async def work(begun: lists.Begun) -> ImportReport | None:
            return await lists.import_list(
                self._store,
                self._clock,
                campaign,
                path,
                options=options,
                file_name=file_name,
                refused_directory=refused_directory,
                begun=begun,
            )

        return await self._begin(work, path)

    async def resume(self, campaign: Campaign, import_id: int) -> UnderWay:
        """Raises what `resume_import` raises before it goes on."""
        row = await self._store.lists.one(import_id)
        path = Path(row.stored_file) if row is not None and row.stored_file else None

        async def work(begun: lists.Begun) -> ImportReport | None:
            return await lists.resume_import(self._store, self._clock, campaign, import_id, begun=begun)

        return await self._begin(work, path)

    async def cancel(self, import_id: int) -> None:
        """Interrupt it. Raises `WrongState` where it is not under way."""
        found = self._under_way.get(import_id)
        if found is None:
            raise WrongState(f"import {import_id} is not under way", field="import")
        found.task.cancel()
        await asyncio.wait({found.task})

    async def undo(self, campaign: Campaign, import_id: int) -> UndoReport:
        """Raises what `undo_import` raises."""
        row = await self._store.lists.one(import_id)
        undone = await lists.undo_import(self._store, self._clock, campaign, import_id)
        forget(row.stored_file if row is not None else None)
        self._list_changed()
        return undone

    def under_way(self, import_id: int) -> UnderWay | None:
        return self._under_way.get(import_id)

    async def wait(self, import_id: int, seconds: float) -> None:
        """For its end, not longer than that."""
        if (found := self._under_way.get(import_id)) is not None:
            await asyncio.wait({found.task}, timeout=seconds)

    async def _begin(
        self, work: Callable[[lists.Begun], Coroutine[Any, Any, ImportReport | None]], path: Path | None
    ) -> UnderWay:
        began: asyncio.Future[tuple[int, Progress]] = asyncio.get_running_loop().create_future()

        def begun(import_id: int, progress: Progress) -> None:
            began.set_result((import_id, progress))

        task = asyncio.create_task(self._watched(work(begun), path, began), name="import")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        waited: set[asyncio.Future[Any]] = {task, began}
        await asyncio.wait(waited, return_when=asyncio.FIRST_COMPLETED)
        if not began.done():
            began.cancel()
            await task  # raises why
            raise AssertionError("an import that never began")
        import_id, progress = began.result()
        under_way = self._under_way[import_id] = UnderWay(import_id, progress, task)
        task.add_done_callback(lambda done: self._ended(import_id, done))
        return under_way

    async def _watched(
        self, work: Awaitable[ImportReport | None], path: Path | None, began: asyncio.Future[Any]
    ) -> ImportReport | None:
        try:
            report = await work
        except BaseException as error:
            if not began.done() or isinstance(error, Invalid):
                forget(path)  # nothing was stored, or it was taken back: nobody will go on with it
            raise
        forget(path)
        self._list_changed()
        return report

    def _ended(self, import_id: int, task: asyncio.Task[ImportReport | None]) -> None:
        self._under_way.pop(import_id, None)
        if not task.cancelled() and (error := task.exception()) is not None and not isinstance(error, Refused):
            log.error("import failed", import_id=import_id, exc_info=error)
