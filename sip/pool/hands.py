"""Where each worker is and what it holds: the pool's picture of one worker name, from greeting to loss."""

from __future__ import annotations

from dataclasses import dataclass, field

from sip.errors import UnknownLeg, WorkerGone
from sip.events import (
    AnyEvent,
    CapacityChanged,
    LegAnswered,
    LegEnded,
    LegIncoming,
    LegPlaced,
    LegRinging,
    PlaybackFinished,
    RecordingFailed,
    RecordingStarted,
    RecordingStopped,
    WorkerCapacity,
)
from sip.pool.keeper import Keeper
from sip.pool.room import WorkerRoom
from sip.worker.frames import Room


@dataclass(slots=True)
class Hand:
    """One life of a worker. `caught_up` once what it holds is known."""

    keeper: Keeper
    capacity: WorkerCapacity
    pid: int
    sip_address: str
    room: WorkerRoom
    recordings: set[str] = field(default_factory=set)
    playbacks: set[str] = field(default_factory=set)
    caught_up: bool = False

    @property
    def usable(self) -> bool:
        return self.caught_up and self.keeper.available

    def tell_room(self, room: Room) -> None:
        self.room.draining = room.draining_legs

    def note(self, event: AnyEvent) -> None:
        match event:
            case LegPlaced(leg_id=leg) | LegIncoming(leg_id=leg) | LegRinging(leg_id=leg) | LegAnswered(leg_id=leg):
                self.room.leg_up(leg)
            case LegEnded(leg_id=leg):
                self.room.leg_gone(leg)
            case CapacityChanged(draining_legs=draining):
                self.room.draining = draining
            case RecordingStarted(recording_id=recording):
                self.recordings.add(recording)
            case RecordingStopped(recording_id=recording) | RecordingFailed(recording_id=recording):
                self.recordings.discard(recording)
            case PlaybackFinished(playback_id=playback):
                self.playbacks.discard(playback)
            case _:
                pass


class Hands:
    """All workers by name, and which of them holds a leg, a recording or a playback."""

    def __init__(self) -> None:
        self._hands: dict[str, Hand] = {}

    def put(self, name: str, hand: Hand) -> None:
        self._hands[name] = hand

    def pop(self, name: str) -> Hand | None:
        return self._hands.pop(name, None)

    def all(self) -> list[Hand]:
        return list(self._hands.values())

    def usable(self) -> list[Hand]:
        return [hand for hand in self._hands.values() if hand.usable]

    def get(self, name: str) -> Hand | None:
        return self._hands.get(name)

    def named(self, name: str) -> Hand:
        """Raises `WorkerGone`."""
        if (hand := self._hands.get(name)) is None:
            raise WorkerGone(f"worker {name} is not running")
        return hand

    def with_leg(self, leg_id: str) -> Hand:
        """Raises `UnknownLeg`."""
        for hand in self._hands.values():
            if leg_id in hand.room.legs:
                return hand
        raise UnknownLeg(f"no worker holds leg {leg_id}")

    def with_recording(self, recording_id: str) -> Hand:
        """Raises `UnknownLeg`."""
        for hand in self._hands.values():
            if recording_id in hand.recordings:
                return hand
        raise UnknownLeg(f"no worker records {recording_id}")

    def with_playback(self, playback_id: str) -> Hand:
        """Raises `UnknownLeg`."""
        for hand in self._hands.values():
            if playback_id in hand.playbacks:
                return hand
        raise UnknownLeg(f"no worker plays {playback_id}")
