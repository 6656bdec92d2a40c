"""Which worker events are dealt with. A worker forgets everything up to the number we acknowledge, so that number
only moves over events whose consequences are durable."""

from __future__ import annotations

from collections.abc import Callable

Acknowledge = Callable[[str, int], None]


class Receipts:
    def __init__(self, acknowledge: Acknowledge) -> None:
        self._acknowledge = acknowledge
        self._last: dict[str, int] = {}
        self._open: dict[str, dict[int, bool]] = {}  # worker -> seq -> settled, in the order received

    def take(self, worker: str, seq: int) -> bool:
        """False for a delivery seen before."""
        if seq == 0:
            return True
        if seq <= self._last.get(worker, 0):
            return False
        self._last[worker] = seq
        self._open.setdefault(worker, {})[seq] = False
        return True

    def settle(self, worker: str, seq: int) -> None:
        pending = self._open.get(worker, {})
        if seq not in pending:
            return
        pending[seq] = True
        done = 0
        for number, settled in tuple(pending.items()):
            if not settled:
                break
            done = number
            del pending[number]
        if done:
            self._acknowledge(worker, done)

    def forget(self, worker: str) -> None:
        """A new process under an old name counts from the start again."""
        self._last.pop(worker, None)
        self._open.pop(worker, None)

    def unsettled(self) -> int:
        return sum(len(pending) for pending in self._open.values())
