"""What is heard before an answer, told from the loudness alone: a ringing tone is even, a voice is not. Pure."""

from __future__ import annotations

from itertools import pairwise
from typing import Final

WINDOW: Final = 25  # readings: half a second at 50 Hz
QUIET: Final = 0.05
UNEVEN: Final = 0.06  # a voice varies by more within half a second; `Levels.received` is a logarithmic measure
MOST_ONSETS: Final = 1  # a tone that begins or ends within the window leaves one step in it


class EarlyMedia:
    """`sound_s`: seconds of sound other than tones, in steps of half a second."""

    def __init__(self) -> None:
        self.sound_s = 0.0
        self._window: list[float] = []

    def level(self, level: float) -> None:
        self._window.append(level)
        if len(self._window) < WINDOW:
            return
        window, self._window = self._window, []
        if sum(level > QUIET for level in window) > WINDOW // 2 and _steps(window) > MOST_ONSETS:
            self.sound_s += WINDOW / 50


def _steps(window: list[float]) -> int:
    return sum(abs(level - before) > UNEVEN for before, level in pairwise(window))
