"""`LinePool`: the telephony port carried out by line-worker processes on this machine."""

from __future__ import annotations

import asyncio
import itertools
import os
import time
from collections.abc import AsyncIterator, Awaitable, Sequence

import structlog

from sip.commands import DisconnectTrunk
from sip.errors import LineBusy, TelephonyError, WorkerGone
from sip.events import Delivered, WorkerCapacity
from sip.pool.addresses import with_addresses
from sip.pool.admission import Admission
from sip.pool.hands import Hand, Hands
from sip.pool.inbox import Inbox
from sip.pool.keeper import Keeper
from sip.pool.leg_orders import LegOrders
from sip.pool.process import leftovers
from sip.pool.reports import Reports
from sip.pool.settings import PoolSettings
from sip.telephony import Line, LineCapacity
from sip.trunks import Trunk

log = structlog.get_logger(__name__)


class LinePool(LegOrders):
    """See `sip.telephony.Telephony`. Must be used on the event loop that called `start`.

    Order of events: of each worker first what was not acknowledged (from the worker, or from its journal), then
    `WorkerReady`, then what happens; after a death what its journal still had, then `WorkerLost`.
    """

    def __init__(self, settings: PoolSettings) -> None:
        self._settings = settings
        self._inbox = Inbox()
        self._numbers = itertools.count(1)
        self._pool_id = f"{os.getpid():x}-{os.urandom(6).hex()}"
        super().__init__(Hands(), Admission(), self._new_id)
        self._reports = Reports(settings, self._hands, self._admission, self._inbox, self._new_id)
        self._keepers: dict[str, Keeper] = {}
        self._running: asyncio.Task[None] | None = None

    # life

    async def start(self) -> None:
        """Returns when every worker is ready, has failed to start once, or waits for events to be taken.

        Raises `WorkerGone` when no worker came up at all.
        """
        self._settings.run_directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        wanted = self._settings.worker_names()
        extra = [name for name in leftovers(self._settings.run_directory) if name not in wanted]
        for name in wanted + extra:
            self._keepers[name] = Keeper(name, self._settings, self._reports, retiring=name in extra)
        self._running = asyncio.create_task(self._run(), name=f"line-pool-{self._pool_id}")
        await asyncio.gather(*(keeper.settled.wait() for keeper in self._keepers.values()))
        if not self._hands.all():
            reasons = "; ".join(f"{keeper.name}: {keeper.reason}" for keeper in self._keepers.values())
            await self.close()
            raise WorkerGone(f"no line worker started: {reasons}. See the logs in {self._settings.run_directory}")

    async def _run(self) -> None:
        async with asyncio.TaskGroup() as group:
            for keeper in self._keepers.values():
                group.create_task(keeper.run(), name=f"keeper-{keeper.name}")

    async def close(self, *, leave_calls: bool = False) -> None:
        """The events iterator ends when all are taken."""
        keepers = list(self._keepers.values())
        await asyncio.gather(*(keeper.close(leave_calls=leave_calls) for keeper in keepers))
        if self._running is not None:
            self._running.cancel()
            await asyncio.gather(self._running, return_exceptions=True)
            self._running = None
        for keeper in keepers:
            keeper.forget()
        self._keepers.clear()
        self._inbox.close()

    def events(self) -> AsyncIterator[Delivered]:
        return self._inbox.take()

    def acknowledge(self, worker: str, seq: int) -> None:
        if seq and (keeper := self._keepers.get(worker)) is not None:
            keeper.acknowledge(seq)

    # room

    def capacity(self) -> LineCapacity:
        rooms = [hand.room for hand in self._hands.usable()]
        return LineCapacity(
            total=sum(room.lines for room in rooms),
            free=sum(room.free // 2 for room in rooms),
            workers=len(rooms),
            max_legs_per_worker=max((room.max_legs for room in rooms), default=0),
        )

    def workers(self) -> dict[str, WorkerCapacity]:
        return {hand.keeper.name: hand.capacity for hand in self._hands.usable()}

    def worker_address(self, worker: str) -> str:
        """`host:port` at which the worker takes SIP. Raises `WorkerGone`."""
        return self._hands.named(worker).sip_address

    def worker_pid(self, worker: str) -> int:
        """Raises `WorkerGone`."""
        return self._hands.named(worker).pid

    def reserve(self, line_id: str, *, beside: str | None = None, legs: int = 2) -> Line:
        """The same `line_id` again is the same line."""
        for hand in self._hands.all():
            if (reservation := hand.room.reservations.get(line_id)) is not None:
                return reservation.line
        hand = self._roomiest() if beside is None else self._hands.with_leg(beside)
        if not hand.usable:
            raise LineBusy(f"worker {hand.keeper.name} takes no new calls")
        return hand.room.reserve(line_id, legs, beside=beside)

    def _roomiest(self) -> Hand:
        usable = self._hands.usable()
        if not usable:
            raise LineBusy("no line worker is ready")
        return max(usable, key=lambda hand: (-self._admission.down_at(hand.keeper.name), hand.room.free))

    def release(self, line_id: str) -> None:
        for hand in self._hands.all():
            hand.room.release(line_id)

    # trunks

    def admit(self, trunks: Sequence[str]) -> str:
        return self._admission.admit(trunks, time.monotonic())

    def give_back(self, trunk: str) -> None:
        self._admission.give_back(trunk)

    def next_admission_s(self, trunks: Sequence[str]) -> float:
        return self._admission.next_admission_s(trunks, time.monotonic())

    async def connect_trunk(self, trunk: Trunk) -> None:
        """Raises a worker's refusal when no worker took the trunk; workers to come will be told as well."""
        trunk = await with_addresses(trunk)
        self._admission.connect(trunk)
        keepers = [hand.keeper for hand in self._hands.usable()]
        refusals = await self._broadcast(trunk.name, [self._reports.connect(keeper, trunk) for keeper in keepers])
        if refusals and len(refusals) == len(keepers):
            raise refusals[0]

    async def disconnect_trunk(self, name: str) -> None:
        self._admission.disconnect(name)
        keepers = [hand.keeper for hand in self._hands.usable()]
        orders = [keeper.command(DisconnectTrunk(command_id=self._new_id(), name=name)) for keeper in keepers]
        await self._broadcast(name, orders)

    async def _broadcast(self, trunk: str, orders: Sequence[Awaitable[object]]) -> list[TelephonyError]:
        answers = await asyncio.gather(*orders, return_exceptions=True)
        refusals = [answer for answer in answers if isinstance(answer, TelephonyError)]
        for refusal in refusals:
            log.error("trunk command refused", trunk=trunk, code=refusal.code, error=str(refusal))
        for answer in answers:
            if isinstance(answer, BaseException) and not isinstance(answer, TelephonyError):
                raise answer
        return refusals

    def _new_id(self) -> str:
        return f"{self._pool_id}-{next(self._numbers)}"
