"""Who may delete sound: legal holds and deletions of recordings, one after the other.

A hold that was granted is never overtaken by a deletion that was decided before it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from dialer.clock import Clock
from dialer.domain.events import DomainEvent, RecordingDeleted, RecordingHeld, RecordingReleased
from dialer.errors import NotFound, WrongState
from dialer.ports import RecordingRow, Store
from recordings.recording import RecordingState

WITHOUT_SOUND: Final = frozenset({RecordingState.DELETED, RecordingState.LOST})


class Custody:
    """One for each process that deletes; it writes to the store itself, with or without an engine beside it.

    `announce` gets the events after they are stored (the bus).
    """

    def __init__(self, store: Store, clock: Clock, announce: Callable[[Sequence[DomainEvent]], None]) -> None:
        self._store, self._clock, self._announce = store, clock, announce
        self._turn = asyncio.Lock()

    async def find(self, recording_id: str) -> RecordingRow:
        row = await self._store.recording(recording_id)
        if row is None:
            raise NotFound(f"there is no recording '{recording_id}'", field="recording")
        return row

    async def hold(self, recording_id: str, *, by: str, reason: str) -> RecordingRow:
        """Raises `WrongState` where there is no sound to keep, or where it is held already."""
        async with self._turn:
            row = await self.find(recording_id)
            if row.state in WITHOUT_SOUND:
                raise WrongState(
                    f"recording {recording_id} is {row.state}: there is no sound to hold", field="recording"
                )
            if row.legal_hold:
                raise WrongState(
                    f"recording {recording_id} is on legal hold already, by {row.hold_by}: {row.hold_reason}; "
                    "release it first to hold it for another reason",
                    field="recording",
                )
            await self._happened(
                RecordingHeld(occurred_at=self._clock.now(), recording_id=recording_id, by=by, reason=reason)
            )
            return await self.find(recording_id)

    async def release(self, recording_id: str, *, by: str, reason: str) -> RecordingRow:
        """Raises `WrongState` where it is not on hold."""
        async with self._turn:
            if not (await self.find(recording_id)).legal_hold:
                raise WrongState(f"recording {recording_id} is not on legal hold", field="recording")
            await self._happened(
                RecordingReleased(occurred_at=self._clock.now(), recording_id=recording_id, by=by, reason=reason)
            )
            return await self.find(recording_id)

    async def delete(self, recording_id: str, reason: str, remove: Callable[[], Awaitable[object]]) -> bool:
        """False, and nothing was removed, where it was put on hold meanwhile or is no longer there.

        The file first: a crash in between leaves a row to be put right tomorrow, not sound nobody knows of.
        """
        async with self._turn:
            row = await self._store.recording(recording_id)
            if row is None or row.legal_hold or row.state != RecordingState.FINALIZED:
                return False
            await remove()
            await self._happened(
                RecordingDeleted(occurred_at=self._clock.now(), recording_id=recording_id, reason=reason)
            )
            return True

    async def _happened(self, event: DomainEvent) -> None:
        await self._store.record([event])
        self._announce([event])
