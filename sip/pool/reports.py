"""What workers report, worked into the pool's picture and passed on to the consumer in order."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import structlog

from sip.commands import ConnectTrunk
from sip.errors import TelephonyError
from sip.events import (
    AnyEvent,
    Delivered,
    LegEnded,
    LegIncoming,
    LegPlaced,
    TrunkDown,
    TrunkUp,
    WorkerLost,
    WorkerReady,
)
from sip.pool.admission import Admission
from sip.pool.hands import Hand, Hands
from sip.pool.inbox import Inbox
from sip.pool.keeper import Keeper
from sip.pool.room import WorkerRoom
from sip.pool.settings import PoolSettings
from sip.trunks import Trunk
from sip.worker.frames import CaughtUp, Happened, Hello, Room
from sip.worker.journal import Entry

log = structlog.get_logger(__name__)


class Reports:
    """The watcher of all keepers."""

    def __init__(
        self, settings: PoolSettings, hands: Hands, admission: Admission, inbox: Inbox, new_id: Callable[[], str]
    ) -> None:
        self._settings = settings
        self._hands = hands
        self._admission = admission
        self._inbox = inbox
        self._new_id = new_id

    def greeted(self, keeper: Keeper, hello: Hello) -> None:
        max_legs = hello.capacity.max_legs
        room = WorkerRoom(keeper.name, max_legs, self._settings.slack(max_legs))
        self._hands.put(keeper.name, Hand(keeper, hello.capacity, hello.pid, hello.sip_address, room))

    def happened(self, keeper: Keeper, event: Happened) -> None:
        if (hand := self._hands.get(keeper.name)) is not None and event.room is not None:
            hand.tell_room(event.room)
        self._note(keeper.name, event.event)
        self._inbox.put(Delivered(worker=keeper.name, seq=event.seq, event=event.event), keeper.link)

    def caught_up(self, keeper: Keeper, mark: CaughtUp) -> None:
        """What the worker holds replaces what replayed events of an earlier life made us believe."""
        hand = self._hands.named(keeper.name)
        held = {leg.leg_id for leg in mark.held}
        if not hand.caught_up:
            for leg in hand.room.legs - held:
                self._lose(hand, leg)
            self._admission.worker_gone(keeper.name)
            hand.recordings = set()
        for leg in sorted(held):
            hand.room.leg_up(leg)
        for leg, trunk in mark.trunks.items():
            self._admission.learnt(leg, trunk)
        hand.recordings |= {leg.recording_id for leg in mark.held if leg.recording_id is not None}
        hand.tell_room(mark.room)
        hand.caught_up = True
        self._say(WorkerReady(
            worker=keeper.name, at=datetime.now(UTC), pid=hand.pid, capacity=hand.capacity,
            adopted=mark.adopted, held=mark.held,
        ))  # fmt: skip

    def room(self, keeper: Keeper, room: Room) -> None:
        if (hand := self._hands.get(keeper.name)) is not None:
            hand.tell_room(room)

    def lost(self, keeper: Keeper, reason: str, missed: list[Entry]) -> None:
        for entry in missed:
            self._note(keeper.name, entry.event)
            self._inbox.put(Delivered(worker=keeper.name, seq=entry.seq, event=entry.event))
        hand = self._hands.pop(keeper.name)
        legs = tuple(sorted(hand.room.legs)) if hand is not None else ()
        for leg in legs:
            self._admission.ended(leg)
        self._admission.worker_gone(keeper.name)
        self._say(WorkerLost(worker=keeper.name, at=datetime.now(UTC), legs=legs, reason=reason))

    async def prepare(self, keeper: Keeper) -> None:
        """Every trunk on a worker that has just come."""
        for trunk in self._admission.trunks():
            try:
                await self.connect(keeper, trunk)
            except TelephonyError as error:
                log.error("trunk not connected", worker=keeper.name, trunk=trunk.name, error=str(error))

    async def connect(self, keeper: Keeper, trunk: Trunk) -> None:
        await keeper.command(ConnectTrunk(command_id=self._new_id(), trunk=trunk))
        if not trunk.register:  # nothing to wait for
            self._admission.went_up(trunk.name, keeper.name)

    def _note(self, worker: str, event: AnyEvent) -> None:
        if (hand := self._hands.get(worker)) is not None:
            hand.note(event)
        match event:
            case LegPlaced(leg_id=leg, trunk=trunk) | LegIncoming(leg_id=leg, trunk=trunk) if trunk:
                self._admission.learnt(leg, trunk)
            case LegEnded(leg_id=leg):
                self._admission.ended(leg)
            case TrunkUp(trunk=trunk):
                self._admission.went_up(trunk, worker)
            case TrunkDown(trunk=trunk):
                self._admission.went_down(trunk, worker)
            case _:
                pass

    def _lose(self, hand: Hand, leg: str) -> None:
        hand.room.leg_gone(leg)
        self._admission.ended(leg)

    def _say(self, event: WorkerReady | WorkerLost) -> None:
        self._inbox.put(Delivered(worker=event.worker, seq=0, event=event))
