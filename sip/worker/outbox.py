"""Numbering and keeping of events from the instant they happen until the engine has acknowledged them."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from itertools import dropwhile

import structlog

from sip.events import AnyEvent
from sip.worker.journal import Entry, Journal

log = structlog.get_logger(__name__)


class Outbox:
    """Numbers rise strictly, also from one life of a worker to the next: they start at the wall clock in microseconds
    or behind the last number of the journal, whichever is higher. What an earlier life left is sent like our own.
    """

    def __init__(self, journal: Journal, *, started_us: int, limit: int) -> None:
        self._journal = journal
        self._limit = limit
        self._entries = deque(journal.found.entries)
        self._last_seq = max(started_us, journal.found.last_seq)
        self._disk_failed = False

    @property
    def full(self) -> bool:
        """Whether new calls must be refused: too much is unacknowledged, or the journal cannot be written."""
        return self._disk_failed or len(self._entries) >= self._limit

    def __len__(self) -> int:
        return len(self._entries)

    def after(self, seq: int) -> Iterator[Entry]:
        return dropwhile(lambda entry: entry.seq <= seq, self._entries)

    def append(self, event: AnyEvent) -> Entry:
        """The event with its number, journaled. A full disk never loses it for an engine that is connected."""
        self._last_seq += 1
        entry = Entry(seq=self._last_seq, event=event)
        self._entries.append(entry)
        try:
            self._journal.append(entry)
            self._disk_failed = False
        except OSError as error:
            self._disk_failed = True
            log.error("event not journaled", seq=entry.seq, error=str(error))
        return entry

    def acknowledge(self, seq: int) -> None:
        """Forget everything up to `seq`; a number that was never given out is our peer's mistake and ignored."""
        if not self._entries or seq < self._entries[0].seq or seq > self._last_seq:
            return
        while self._entries and self._entries[0].seq <= seq:
            self._entries.popleft()
        try:
            self._journal.acknowledge(seq, self._entries)
        except OSError as error:  # the events come once more after a restart, and are known by their numbers
            log.error("acknowledgement not journaled", seq=seq, error=str(error))

    def close(self) -> None:
        """A journal with nothing in it leaves no file."""
        self._journal.close()
        if not self._entries:
            self._journal.remove()
