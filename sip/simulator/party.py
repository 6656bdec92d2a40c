"""One side of the simulation: takes incoming legs from its workers and plays each by its own task."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import structlog

from sip.errors import TelephonyError
from sip.events import LegEnded, LegEvent, LegIncoming
from sip.telephony import Telephony

log = structlog.get_logger()

MAILBOX: Final = 256


class LegGone(Exception):
    """The other side ended the leg."""


class Leg:
    """An incoming leg with its mailbox; waiting for anything ends with `LegGone` when the leg does."""

    def __init__(self, incoming: LegIncoming) -> None:
        self.incoming = incoming
        self.leg_id = incoming.leg_id
        self._mailbox: asyncio.Queue[LegEvent] = asyncio.Queue(MAILBOX)
        self._gone = False

    def deliver(self, event: LegEvent) -> None:
        if isinstance(event, LegEnded):
            self._gone = True
        if not self._mailbox.full():
            self._mailbox.put_nowait(event)
        elif self._gone:  # the end must be seen, whatever else is dropped
            self._mailbox.get_nowait()
            self._mailbox.put_nowait(event)

    async def next(self) -> LegEvent:
        if self._gone and self._mailbox.empty():
            raise LegGone
        event = await self._mailbox.get()
        if isinstance(event, LegEnded):
            raise LegGone
        return event

    async def wait_for(self, kind: type[LegEvent], seconds: float) -> bool:
        """Whether such an event came in time."""
        try:
            async with asyncio.timeout(seconds):
                while not isinstance(await self.next(), kind):
                    pass
        except TimeoutError:
            return False
        return True

    async def lasts(self, seconds: float) -> None:
        """Let time pass while the leg lives."""
        try:
            async with asyncio.timeout(seconds):
                while True:
                    await self.next()
        except TimeoutError:
            return


class Party(ABC):
    """Runs until its `async with` block ends; every leg's task belongs to it."""

    def __init__(self, telephony: Telephony) -> None:
        self.telephony = telephony
        self._legs: dict[str, Leg] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    @abstractmethod
    async def conduct(self, leg: Leg) -> None:
        """Play one incoming leg from ringing to its end."""

    def ended(self, leg: Leg) -> None:
        """Called once when a leg is over, as the last thing its task does."""
        self._legs.pop(leg.leg_id, None)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        await self.telephony.start()
        try:
            async with asyncio.TaskGroup() as tasks:
                listener = tasks.create_task(self._listen(tasks), name=f"{type(self).__name__} listener")
                try:
                    yield
                finally:
                    for leg in list(self._legs.values()):
                        await self._drop(leg)
                    for task in (listener, *self._tasks):
                        task.cancel()
        finally:
            await self.telephony.close()

    async def _listen(self, tasks: asyncio.TaskGroup) -> None:
        async for delivered in self.telephony.events():
            event = delivered.event
            self.telephony.acknowledge(delivered.worker, delivered.seq)
            if isinstance(event, LegIncoming):
                leg = self._legs[event.leg_id] = Leg(event)
                task = tasks.create_task(self._play(leg), name=f"simulated leg {event.leg_id}")
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)
            elif isinstance(event, LegEvent) and event.leg_id in self._legs:
                self._legs[event.leg_id].deliver(event)

    async def _play(self, leg: Leg) -> None:
        try:
            await self.conduct(leg)
        except LegGone:
            pass
        except TelephonyError as error:
            log.info("simulated leg refused", code=error.code, leg=leg.leg_id)
            await self._drop(leg)
        finally:
            self.ended(leg)

    async def _drop(self, leg: Leg) -> None:
        try:
            await self.telephony.hang_up(leg.leg_id)
        except TelephonyError:
            log.debug("simulated leg was already gone", leg=leg.leg_id)
