"""No new calls while there is no room for their recordings."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from dialer.clock import Clock
from dialer.engine.alarms import Alarms
from dialer.engine.settings import EngineSettings
from dialer.ports import SoundLibrary


class DiskWatch:
    def __init__(
        self, library: SoundLibrary, settings: EngineSettings, alarms: Alarms, clock: Clock, changed: Callable[[], None]
    ) -> None:
        self._library, self._settings, self._alarms = library, settings, alarms
        self._clock, self._changed = clock, changed
        self.full = False

    async def run(self) -> None:
        while True:
            await self.look()
            await self._clock.sleep(self._settings.disk_check_s)

    async def look(self) -> None:
        floor = self._settings.disk_floor_bytes
        try:
            free = await asyncio.to_thread(self._library.free_bytes)
        except OSError as error:
            self._set(full=True, message=f"the recordings directory cannot be read: {error}")
            return
        self._set(
            full=free < floor,
            message=f"{free // 1_000_000} MB left for recordings, {floor // 1_000_000} MB needed; free some disk space",
        )

    def _set(self, *, full: bool, message: str) -> None:
        was, self.full = self.full, full
        if full:
            self._alarms.raise_("disk_full", "recordings", message)
        elif was:
            self._alarms.clear("disk_full", "recordings")
        if was is not full:
            self._changed()
