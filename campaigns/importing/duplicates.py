"""Which numbers were seen, and in which line: 24 bytes or so for each, so that a million fit beside the rest."""

from __future__ import annotations

from array import array
from typing import Final

_SMALLEST: Final = 1 << 10
_SPREAD: Final = 0x9E3779B97F4A7C15  # the golden ratio: neighbouring numbers end up far apart


class NumberIndex:
    """E.164 number -> line of its first appearance; open addressing in two flat arrays. Lines count from 1."""

    def __init__(self) -> None:
        self._keys = array("Q", bytes(8 * _SMALLEST))
        self._lines = array("L", bytes(array("L").itemsize * _SMALLEST))
        self._mask = _SMALLEST - 1
        self._used = 0
        self._given_up = 0

    def __len__(self) -> int:
        return self._used - self._given_up

    def find(self, e164: str) -> int | None:
        return self._lines[self._slot(int(e164[1:]))] or None

    def claim(self, e164: str, line: int) -> int:
        """The line that has the number already, or 0: from now on it is `line`'s."""
        key, keys, mask = int(e164[1:]), self._keys, self._mask
        slot = (key * _SPREAD >> 20) & mask
        while found := keys[slot]:
            if found == key:
                return self._lines[slot] or self._claimed_again(slot, line)
            slot = (slot + 1) & mask
        keys[slot], self._lines[slot] = key, line
        self._used += 1
        if self._used * 3 > mask * 2:
            self._grow()
        return 0

    def give_up(self, e164: str) -> None:
        """The row that claimed the number is refused after all."""
        slot = self._slot(int(e164[1:]))
        if self._lines[slot]:
            self._lines[slot] = 0
            self._given_up += 1

    def _claimed_again(self, slot: int, line: int) -> int:
        self._lines[slot] = line
        self._given_up -= 1
        return 0

    def _slot(self, key: int) -> int:
        slot = (key * _SPREAD >> 20) & self._mask
        while (found := self._keys[slot]) and found != key:
            slot = (slot + 1) & self._mask
        return slot

    def _grow(self) -> None:
        before = zip(self._keys, self._lines, strict=True)
        mask = 2 * (self._mask + 1) - 1
        keys = array("Q", bytes(8 * (mask + 1)))
        lines = array("L", bytes(array("L").itemsize * (mask + 1)))
        for key, line in before:
            if key:
                slot = (key * _SPREAD >> 20) & mask
                while keys[slot]:
                    slot = (slot + 1) & mask
                keys[slot], lines[slot] = key, line
        self._keys, self._lines, self._mask = keys, lines, mask
