"""When has a machine finished speaking, and may a message be left?"""

from __future__ import annotations

from sip.amd.settings import AmdSettings


class Greeting:
    """Hears a greeting to its end. Start it with the verdict; times go on from the answer."""

    def __init__(self, settings: AmdSettings) -> None:
        self._settings = settings
        self._over = False
        self._last_voice: float | None = None

    def level(self, at_s: float, level: float) -> bool:
        """True once, when the greeting, and its beep where there is one, is over: speak now."""
        if self._last_voice is None or level > 0.1:
            self._last_voice = at_s
        if self._over or at_s - self._last_voice < self._settings.greeting_over_s:
            return False
        self._over = True
        return True
