"""One piece of work behind the other, while whoever ordered it prepares the next."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any


class Storing:
    """Leave it to wait for the last piece; left by an error or a cancellation, the piece under way ends too."""

    def __init__(self) -> None:
        self._under_way: asyncio.Task[None] | None = None

    async def then(self, work: Coroutine[Any, Any, None]) -> None:
        """Begin it once the piece before it is done. Raises what that one raised."""
        try:
            await self._done()
        except BaseException:
            work.close()
            raise
        self._under_way = asyncio.create_task(work, name="store rows")

    async def __aenter__(self) -> None:
        """There is nothing to do yet."""

    async def __aexit__(self, kind: object, error: BaseException | None, _trace: object) -> None:
        if error is not None and self._under_way is not None:
            self._under_way.cancel()
            await asyncio.gather(self._under_way, return_exceptions=True)
        else:
            await self._done()

    async def _done(self) -> None:
        if self._under_way is not None:
            task, self._under_way = self._under_way, None
            try:
                await asyncio.shield(task)
            except asyncio.CancelledError:
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)
                raise
