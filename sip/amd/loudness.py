"""Levels in decibels, and how loud a line is without anybody speaking on it."""

from __future__ import annotations

import math
from collections import deque
from typing import Final

QUIETEST_DB: Final = -72.0
_FULL_SCALE: Final = 32768.0
_STEPS: Final = 127.0
_BIAS: Final = 132.0


def decibels(level: float) -> float:
    """Mean magnitude of a level as `Levels.received` gives it, in dB below full scale; -72 for silence.

    PJSIP compresses the magnitude by the mu-law's curve before it is read; this is the way back.
    """
    step = min(max(level, 0.0) * 255.0 + 1.0, _STEPS)
    segment = int(step) // 16
    magnitude = (step - 16 * segment + 16.5) * (8 << segment) - _BIAS
    return max(QUIETEST_DB, 20 * math.log10(magnitude / _FULL_SCALE))


class Floor:
    """The line's own noise: the quietest tenth of a second of the last `window_s`.

    Speech dips between syllables and is seen through; steady noise is known after the first tenth of a second.
    """

    BLOCK_S: Final = 0.1

    def __init__(self, window_s: float) -> None:
        self._blocks: deque[float] = deque(maxlen=max(1, round(window_s / self.BLOCK_S)))
        self._lowest = math.inf
        self._filled_s = 0.0

    @property
    def db(self) -> float:
        return min(min(self._blocks, default=math.inf), self._lowest)

    def hear(self, db: float, lasting_s: float) -> None:
        self._lowest = min(self._lowest, db)
        self._filled_s += lasting_s
        if self._filled_s >= self.BLOCK_S:
            self._blocks.append(self._lowest)
            self._lowest, self._filled_s = math.inf, 0.0

    def learn(self, db: float) -> None:
        """What was taken for sound is the line's noise."""
        self._blocks.clear()
        self._lowest, self._filled_s = db, 0.0
