"""Which numbers were seen, and in which line: 24 bytes or so for each, so that a million fit beside the rest."""

from __future__ import annotations

from array import array
from typing import Final

_SMALLEST: Final = 1 << 10


class NumberIndex:
    """E.164 number -> line of its first appearance; open addressing in two flat arrays."""

    def __init__(self) -> None:
        self._keys = array("Q", bytes(8 * _SMALLEST))
        self._lines = array("L", bytes(array("L").itemsize * _SMALLEST))
        self._used = 0

    def __len__(self) -> int:
        return self._used

    def find(self, e164: str) -> int | None:
        slot = self._slot(int(e164[1:]))
        return self._lines[slot] if self._keys[slot] else None

    def add(self, e164: str, line: int) -> None:
        """The first line of a number stays."""
        key = int(e164[1:])
        slot = self._slot(key)
        if self._keys[slot]:
            return
        self._keys[slot], self._lines[slot] = key, line
        self._used += 1
        if self._used * 3 > len(self._keys) * 2:
            self._grow()

    def _slot(self, key: int) -> int:
        mask = len(self._keys) - 1
        slot = (key * 0x9E3779B97F4A7C15 >> 20) & mask
        while (found := self._keys[slot]) and found != key:
            slot = (slot + 1) & mask
        return slot

    def _grow(self) -> None:
        keys, lines = self._keys, self._lines
        size = len(keys) * 2
        self._keys = array("Q", bytes(8 * size))
        self._lines = array("L", bytes(lines.itemsize * size))
        for key, line in zip(keys, lines, strict=True):
            if key:
                slot = self._slot(key)
                self._keys[slot], self._lines[slot] = key, line
