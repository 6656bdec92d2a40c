"""Sound files played to a leg, and the silence that keeps recordings aligned."""

from __future__ import annotations

import os
import struct
import tempfile
import time
import wave
from pathlib import Path
from typing import Any

import pjsua2

from sip.errors import MediaFailed
from sip.pjsua.bridge import Bridge
from sip.pjsua.endpoint import CLOCK_HZ
from sip.pjsua.pj import destroy, refusal
from sip.pjsua.thread import Timer

SILENCE_S = 3600
TICK_S = 0.02
RETIRE_S = 0.25
"""A player is destroyed this long after its last frame: PJSIP reports the end of its file on another thread."""

TAIL_S = 0.06
"""Three bridge ticks: connecting takes effect at the next one, and the last frame must be out."""


class FilePlayer:
    """A `pjsua2.AudioMediaPlayer`; the end of the file is told by its duration, never by onEof2."""

    def __init__(self, path: str, *, loop: bool) -> None:
        self.duration_s = duration_of(path)
        self._player: Any | None = pjsua2.AudioMediaPlayer()
        try:
            self._player.createPlayer(path, 0 if loop else pjsua2.PJMEDIA_FILE_NO_LOOP)
        except pjsua2.Error as error:
            raise MediaFailed(str(refusal(error, f"playing {path}"))) from None

    def audio(self) -> Any | None:
        return self._player

    def position(self) -> int:
        return int(self._player.getPos()) if self._player is not None else 0

    def close(self) -> None:
        if self._player is not None:
            player, self._player = self._player, None
            destroy(player)


class Playback:
    """One `PlayFile` under way."""

    def __init__(self, playback_id: str, leg_id: str, player: FilePlayer, *, announced: bool = True) -> None:
        self.playback_id = playback_id
        self.leg_id = leg_id
        self.player = player
        self.announced = announced
        self.timer: Timer | None = None


def duration_of(path: str) -> float:
    """Seconds of a PCM WAV file. Raises `MediaFailed` with what is wrong."""
    try:
        with wave.open(path, "rb") as sound:
            if sound.getsampwidth() != 2 or sound.getnchannels() != 1:
                raise MediaFailed(f"{path} must be mono, 16 bit")
            return sound.getnframes() / sound.getframerate()
    except (OSError, EOFError, wave.Error) as error:
        raise MediaFailed(f"{path} cannot be played: {error}") from None


class NullSink:
    """The bridge's null device. A leg nobody listens to is not read by PJSIP: no level, a growing jitter buffer."""

    def __init__(self, device: Any) -> None:
        self._device = device

    def audio(self) -> Any | None:
        return self._device


class Metronome:
    """Endless silence whose position moves with every tick of the bridge; always connected to the null device.

    It keeps recorders writing, and tells when a tick was.
    """

    def __init__(self, bridge: Bridge, sink: NullSink) -> None:
        self._silence = _silence()
        bridge.connect(self._silence, sink)

    def audio(self) -> Any | None:
        return self._silence.audio()

    def position(self) -> int:
        return self._silence.position()

    def settle(self) -> None:
        """Return just after a tick, when none is due for 20 ms: what is asked for now happens at the same one."""
        until = time.monotonic() + 3 * TICK_S
        before = self._silence.position()
        while self._silence.position() == before and time.monotonic() < until:
            time.sleep(0.0005)


def _silence() -> FilePlayer:
    """An hour of zeros in a loop, in a sparse file that has no name any more."""
    length = SILENCE_S * CLOCK_HZ * 2
    handle, name = tempfile.mkstemp(prefix="goldenhour-silence-", suffix=".wav")
    try:
        with os.fdopen(handle, "wb") as sound:
            sound.write(pcm_header(length))
            sound.truncate(44 + length)
        return FilePlayer(name, loop=True)
    finally:
        Path(name).unlink(missing_ok=True)


def pcm_header(length: int) -> bytes:
    """WAV header of `length` bytes of 8 kHz mono 16 bit PCM."""
    return (
        struct.pack("<4sI4s4sIHHIIHH", b"RIFF", 36 + length, b"WAVE", b"fmt ", 16, 1, 1, CLOCK_HZ, CLOCK_HZ * 2, 2, 16)
        + struct.pack("<4sI", b"data", length)
    )  # fmt: skip
