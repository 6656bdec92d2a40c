"""Events of all workers on their way to the one consumer."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator

from sip.events import Delivered
from sip.pool.link import Link


class Inbox:
    """Holds at most a window of events for each worker (they send no more before some are taken), besides the
    pool's own few and what a dead worker's journal held.
    """

    def __init__(self) -> None:
        self._waiting: deque[tuple[Delivered, Link | None]] = deque()
        self._something = asyncio.Event()
        self._closed = False

    def __len__(self) -> int:
        return len(self._waiting)

    def put(self, delivered: Delivered, link: Link | None = None) -> None:
        self._waiting.append((delivered, link))
        self._something.set()

    def close(self) -> None:
        """The consumer gets what is waiting, then the end."""
        self._closed = True
        self._something.set()

    async def take(self) -> AsyncIterator[Delivered]:
        while True:
            while self._waiting:
                delivered, link = self._waiting.popleft()
                if link is not None:
                    link.taken()
                yield delivered
            if self._closed:
                return
            self._something.clear()
            await self._something.wait()
