"""The journal in memory: events applied to their rows, kept in order, taken by the feed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

import msgspec

from dialer.domain import events as e
from dialer.domain.ids import new_id
from dialer.domain.topics import subject
from dialer.ports import OutboxEntry
from dialer.twin.base import MemoryBase
from dialer.twin.table import Table

_ONCE = e.RecordingReserved | e.RecordingBegun | e.RecordingFinalized | e.RecordingLost


class MemoryJournal(MemoryBase):
    """`events` is the journal in order; without `keeps_events` there is none, only what events do to rows."""

    def __init__(self, *, keeps_events: bool = True) -> None:
        super().__init__()
        self._keeps_events = keeps_events
        self.events: list[e.DomainEvent] = []
        self.before_record: Callable[[Sequence[e.DomainEvent]], None] = lambda _: None
        self._journal: Table[str, OutboxEntry] = Table()
        self._seq = self._position = 0

    async def record(self, events: Sequence[e.DomainEvent]) -> None:
        self._reach()
        self.before_record(events)
        self.rows.begin()
        self._journal.begin()
        try:
            for event in sorted(events, key=lambda event: isinstance(event, e.NumberSuppressed)):
                self.rows.apply(event)
            if self._keeps_events:
                for event in events:
                    self._append(event)
        except BaseException:
            self.rows.take_back()
            self._journal.take_back()
            raise
        self.rows.keep()
        self._journal.keep()
        if self._keeps_events:
            self.events.extend(events)

    async def outbox(self, *, limit: int) -> list[OutboxEntry]:
        return [entry for entry in self._journal.values() if entry.seq > self._position][:limit]

    async def last_heard(self) -> datetime | None:
        return max(self._journal.values(), key=lambda entry: entry.seq).occurred_at if self._journal else None

    async def published(self, up_to_seq: int) -> None:
        self._position = max(self._position, min(up_to_seq, self._seq))

    async def purge(self, *, before: datetime) -> int:
        old = [
            key for key, entry in self._journal.items() if entry.seq <= self._position and entry.occurred_at < before
        ]
        for key in old:
            del self._journal[key]
        return len(old)

    def _append(self, event: e.DomainEvent) -> None:
        topic, retained = subject(event)
        name = e.NAMES[type(event)]
        event_id = new_id(event.occurred_at)
        if isinstance(event, e.CallEvent):
            event_id = f"{event.attempt_id}-{name}"
        elif isinstance(event, e.InboundEvent):
            event_id = f"{event.inbound_id}-{name}"
        elif isinstance(event, e.PilotEvent):
            event_id = f"{event.pilot_id}-{name}"
        elif isinstance(event, _ONCE):
            event_id = f"{event.recording_id}-{name}"
        if event_id in self._journal:
            return
        self._seq += 1
        head: dict[str, Any] = {"event_id": event_id, "seq": self._seq, "schema": 1, "name": name}
        payload = msgspec.json.encode(head | msgspec.json.decode(msgspec.json.encode(event)))
        self._journal[event_id] = OutboxEntry(
            seq=self._seq, event_id=event_id, name=name, topic_subject=topic, occurred_at=event.occurred_at,
            payload=payload, retained=retained,
        )  # fmt: skip
