"""Playbacks under way; all on the SIP thread."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sip.errors import BadState
from sip.events import PlaybackFinished, PlaybackStarted
from sip.pjsua.bridge import Bridge
from sip.pjsua.leg import Leg
from sip.pjsua.media import RETIRE_S, TAIL_S, FilePlayer, Playback
from sip.pjsua.thread import Timer


class Playbacks:
    def __init__(
        self, bridge: Bridge, emit: Callable[..., None], later: Callable[[float, Callable[[], None]], Timer]
    ) -> None:
        self._bridge = bridge
        self._emit = emit
        self._later = later
        self._current: dict[str, Playback] = {}

    def play(self, playback_id: str, leg: Leg, path: str, *, loop: bool, announced: bool = True) -> None:
        """Start at once. `announced` false: nobody is told the end (early media)."""
        if playback_id in self._current:
            raise BadState(f"playback {playback_id} is running already")
        playback = Playback(playback_id, leg.leg_id, FilePlayer(path, loop=loop), announced=announced)
        self._current[playback_id] = playback
        self._bridge.connect(playback.player, leg)
        if announced:
            self._emit(PlaybackStarted, leg_id=leg.leg_id, playback_id=playback_id)
        if not loop:
            length = playback.player.duration_s + TAIL_S
            playback.timer = self._later(length, lambda: self._finish(playback_id, completed=True))

    def stop(self, playback_id: str) -> None:
        """Nothing happens where it has ended already."""
        self._finish(playback_id, completed=False)

    def stop_on(self, leg: Leg) -> None:
        for playback in [one for one in self._current.values() if one.leg_id == leg.leg_id]:
            self._finish(playback.playback_id, completed=False)

    def _finish(self, playback_id: str, *, completed: bool) -> None:
        playback = self._current.pop(playback_id, None)
        if playback is None:
            return
        if playback.timer is not None:
            playback.timer.cancel()
        self._bridge.remove(playback.player)
        self._later(RETIRE_S, playback.player.close)
        if playback.announced:
            fields: dict[str, Any] = {"playback_id": playback_id, "completed": completed}
            self._emit(PlaybackFinished, leg_id=playback.leg_id, **fields)
