"""The one ordered writer: events to the store in batches, then to whoever waits for them, then to the bus."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import chain, repeat
from typing import Final

import structlog

from dialer.bus import Bus
from dialer.clock import Clock
from dialer.domain.events import DomainEvent
from dialer.errors import NotReachable
from dialer.ports import Store

log = structlog.get_logger(__name__)

BATCH: Final = 200  # groups in one transaction
_BACK_OFF_S: Final = (0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0)
_FAULTS: Final = 3  # of a store that answers; then the group itself is at fault

Then = Callable[[], None]


@dataclass(frozen=True, slots=True)
class _Group:
    """Written whole or not at all."""

    events: tuple[DomainEvent, ...]
    then: Then | None


class Journal:
    """`append` never waits: who brings new work (an attempt, a command) waits for `room` first, so a store that
    is slow holds back dialling and never the telephony."""

    def __init__(self, store: Store, bus: Bus, clock: Clock, *, groups: int) -> None:
        self._store, self._bus, self._clock = store, bus, clock
        self._limit = groups
        self._groups: deque[_Group] = deque()
        self._arrived = asyncio.Event()
        self._space = asyncio.Event()
        self._space.set()
        self._writing = False
        self.refused = 0  # groups that a healthy store would not take
        self.heard: Callable[[Sequence[DomainEvent]], None] = lambda _: None  # told at once, before anything is durable
        self.trouble: Callable[[str], None] = lambda _: None
        self.well: Then = lambda: None

    @property
    def waiting(self) -> int:
        return len(self._groups)

    @property
    def full(self) -> bool:
        return len(self._groups) >= self._limit

    def append(self, events: Sequence[DomainEvent], then: Then | None = None) -> None:
        """`then` is called once the events are durable, before the bus has them."""
        if not events and then is None:
            return
        if events:
            self.heard(events)
        self._groups.append(_Group(tuple(events), then))
        self._arrived.set()
        if self.full:
            self._space.clear()

    async def commit(self, events: Sequence[DomainEvent]) -> None:
        """Append and wait until durable."""
        done = asyncio.Event()
        self.append(events, done.set)
        await done.wait()

    async def room(self) -> None:
        await self._space.wait()

    async def flush(self) -> None:
        while self._groups or self._writing:
            await self.commit([])

    async def run(self) -> None:
        while True:
            await self._arrived.wait()
            self._arrived.clear()
            while self._groups:
                await self._write_batch()

    async def _write_batch(self) -> None:
        self._writing = True
        batch = [self._groups.popleft() for _ in range(min(BATCH, len(self._groups)))]
        try:
            if await self._try(batch):
                self.well()
            else:
                for group in batch:
                    await self._insist(group)
        finally:
            self._writing = False
        if not self.full:
            self._space.set()

    async def _insist(self, group: _Group) -> None:
        """Alone, and again for as long as the store is away. What a healthy store refuses is our own bug: it is set
        aside loudly, so that it cannot hold up the accounting of every other call."""
        faults = 0
        for wait in chain(_BACK_OFF_S, repeat(_BACK_OFF_S[-1])):
            written = await self._try([group])
            if written:
                self.well()
                return
            faults += written is None
            if faults > _FAULTS:
                self.refused += 1
                log.critical("journal_group_refused", events=[type(event).__name__ for event in group.events])
                return
            await self._clock.sleep(wait)

    async def _try(self, batch: Sequence[_Group]) -> bool | None:
        """False when the store is away, None when it failed for another reason."""
        events = [event for group in batch for event in group.events]
        try:
            if events:
                await self._store.record(events)
        except (NotReachable, OSError) as error:
            self.trouble(f"the store cannot be written: {error}")
            return False
        except Exception as error:
            log.exception("journal_write_failed", groups=len(batch))
            self.trouble(f"the store refuses an event: {error}")
            return None
        for group in batch:
            if group.then is not None:
                group.then()
        self._bus.publish(events)
        return True
