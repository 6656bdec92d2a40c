"""When has a machine finished speaking, so that a message may be left?"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from sip.amd.ear import Ear, Heard
from sip.amd.settings import AmdSettings


class Telling(StrEnum):
    """What the machine is doing: talking, pausing, beeping, silent after its beep."""

    TALKING = "talking"
    PAUSING = "pausing"
    BEEPING = "beeping"
    RECORDING = "recording"


NEXT: Final[Mapping[tuple[Telling, Heard], Telling]] = {
    (Telling.TALKING, Heard.QUIET): Telling.PAUSING,
    (Telling.TALKING, Heard.TONE): Telling.BEEPING,
    (Telling.PAUSING, Heard.VOICE): Telling.TALKING,
    (Telling.PAUSING, Heard.TONE): Telling.BEEPING,
    (Telling.BEEPING, Heard.QUIET): Telling.RECORDING,
    (Telling.RECORDING, Heard.VOICE): Telling.TALKING,
    (Telling.RECORDING, Heard.TONE): Telling.BEEPING,
}
"""Whatever is not listed changes nothing: the last reading of a beep, partly silent, sounds like a voice."""


class Greeting:
    """Hears a greeting to its end; times go on from the answer.

    `Detector.greeting` makes one that knows the line already. Music without an end has none: wait with a limit.
    """

    def __init__(self, settings: AmdSettings, ear: Ear | None = None, *, talked: bool = False) -> None:
        self._settings = settings
        self._ear = ear or Ear(settings)
        self._telling = Telling.TALKING
        self._talked = talked
        self._since_s = self._ear.heard_s
        self._over = False

    def level(self, at_s: float, level: float) -> bool:
        """True once, when the greeting, and its beep where there is one, is over: speak now."""
        if self._over or (heard := self._ear.hear(at_s, level)) is None:
            return False
        now = self._ear.heard_s
        after = NEXT.get((self._telling, heard), self._telling)
        if after is not self._telling:
            self._telling, self._since_s = after, now
            self._talked = self._talked or after is Telling.TALKING
        self._over = now - self._since_s >= self._patience_s
        return self._over

    @property
    def _patience_s(self) -> float:
        """How much of what it is doing now means that nothing comes. Tones before any word announce one."""
        if self._telling is Telling.RECORDING and self._talked:
            return self._settings.after_beep_s
        silent = self._telling in {Telling.PAUSING, Telling.RECORDING}
        return self._settings.greeting_over_s if silent else float("inf")
