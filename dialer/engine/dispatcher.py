"""Worker events to whom they concern. Never waits for anybody: every call has its own mailbox."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial

import structlog

from dialer.domain.events import WorkerWentDown, WorkerWentUp
from dialer.domain.ids import attempt_of
from dialer.engine.call_desk import CallDesk
from dialer.engine.inbound_desk import InboundDesk
from dialer.engine.journal import Journal
from dialer.engine.mailbox import Letter, Settle
from dialer.engine.open_legs import OpenLegs
from dialer.engine.receipts import Receipts
from dialer.engine.recording_desk import RecordingDesk
from dialer.engine.tasks import Tasks
from dialer.engine.trunk_watch import TrunkWatch
from sip.commands import HangupReason
from sip.errors import TelephonyError
from sip.events import (
    AnyEvent,
    CapacityChanged,
    Delivered,
    LegAnswered,
    LegEvent,
    LegIncoming,
    LegRinging,
    RecordingFailed,
    RecordingStarted,
    RecordingStopped,
    TrunkDown,
    TrunkUp,
    WorkerLost,
    WorkerReady,
)
from sip.telephony import Telephony

log = structlog.get_logger(__name__)

_NOT_IN_SERVICE = 480


class Dispatcher:
    """`adopted` is called with every worker that brings legs of an earlier engine; `changed` on new room or trunks."""

    def __init__(
        self, *, telephony: Telephony, journal: Journal, calls: CallDesk, open_legs: OpenLegs, trunks: TrunkWatch,
        recordings: RecordingDesk, tasks: Tasks, adopted: Callable[[WorkerReady], None],
        agents_lost: Callable[[list[str]], None], changed: Callable[[], None], inbound: InboundDesk,
        arrived: Callable[[LegIncoming, Settle], bool],
    ) -> None:  # fmt: skip
        self._inbound, self._arrived = inbound, arrived
        self._telephony, self._journal, self._calls, self._open_legs = telephony, journal, calls, open_legs
        self._trunks, self._recordings, self._tasks = trunks, recordings, tasks
        self._adopted, self._agents_lost, self._changed = adopted, agents_lost, changed
        self._receipts = Receipts(telephony.acknowledge)
        self.noise = 0  # events nobody waits for any more

    async def run(self) -> None:
        async for delivered in self._telephony.events():
            try:
                self._deliver(delivered)
            except Exception:
                self._tasks.bugs += 1
                log.exception("event_failed", kind=type(delivered.event).__name__, worker=delivered.worker)

    def unsettled(self) -> int:
        return self._receipts.unsettled()

    def _deliver(self, delivered: Delivered) -> None:
        event, worker, seq = delivered.event, delivered.worker, delivered.seq
        if isinstance(event, WorkerReady) and not event.adopted:
            self._receipts.forget(worker)
        if not self._receipts.take(worker, seq):
            self.noise += 1
            return
        settle = partial(self._receipts.settle, worker, seq)
        if isinstance(event, LegEvent):
            self._leg(event, settle)
        else:
            self._worker(event)
            self._journal.append([], settle)

    def _leg(self, event: LegEvent, settle: Settle) -> None:
        if self._open_legs.owns(event.leg_id):
            self._to_talker(event)
            self._open_legs.take(event)
            self._journal.append([], settle)
            return
        live = self._calls.get(attempt_of(event.leg_id) or "")
        if live is not None:
            live.mailbox.post(Letter(event, settle))
            return
        if isinstance(event, LegIncoming) and self._arrived(event, settle):
            return
        if self._inbound.take(event, settle):
            return
        self._nobody(event)
        self._journal.append([], settle)

    def _to_talker(self, event: LegEvent) -> None:
        """An open leg's events concern the call it serves, too."""
        self._inbound.to_talker(event)
        for live in self._calls.all():
            if live.agent_leg == event.leg_id:
                live.mailbox.post(Letter(event))

    def _nobody(self, event: LegEvent) -> None:
        """The call is over, or never was ours: whoever rings or talks there is let go."""
        self.noise += 1
        if isinstance(event, LegIncoming):
            self._order(event.leg_id, self._telephony.reject(event.leg_id, _NOT_IN_SERVICE))
        elif isinstance(event, LegRinging | LegAnswered):
            self.let_go(event.leg_id)

    def let_go(self, leg_id: str) -> None:
        self._order(leg_id, self._telephony.hang_up(leg_id, HangupReason.CANCELLED))

    def _order(self, leg_id: str, command: Awaitable[None]) -> None:
        self._tasks.start(f"let go {leg_id}", _quietly(command))

    def _worker(self, event: AnyEvent) -> None:
        match event:
            case RecordingStarted() | RecordingStopped() | RecordingFailed():
                self._recordings.take(event)
            case TrunkUp():
                self._trunks.registered(event)
            case TrunkDown():
                self._trunks.lost(event)
            case WorkerReady():
                self._ready(event)
            case WorkerLost():
                self._lost(event)
            case CapacityChanged():
                self._changed()
            case _:
                self.noise += 1

    def _ready(self, event: WorkerReady) -> None:
        up = WorkerWentUp(
            occurred_at=event.at, worker=event.worker, max_legs=event.capacity.max_legs, adopted=event.adopted
        )
        self._journal.append([up])
        if event.adopted:
            self._adopted(event)
        self._changed()

    def _lost(self, event: WorkerLost) -> None:
        self._receipts.forget(event.worker)
        calls = self._calls.worker_lost(event.worker, "worker_lost") + self._inbound.worker_lost(event.worker)
        self._recordings.worker_lost(event.worker)
        agents = self._open_legs.worker_lost(event.worker)
        down = WorkerWentDown(occurred_at=event.at, worker=event.worker, reason=event.reason, calls_lost=calls)
        self._journal.append([down])
        self._agents_lost(agents)
        self._changed()


async def _quietly(command: Awaitable[None]) -> None:
    try:
        await command
    except TelephonyError as error:
        log.info("leg_already_gone", code=error.code)
