"""Two mono recorders per conversation that start, pause and stop at the same tick of the bridge."""

from __future__ import annotations

import struct
import time
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import Any

import pjsua2
import structlog

from sip.errors import BadState, MediaFailed
from sip.pjsua.bridge import Bridge, Port
from sip.pjsua.media import Metronome
from sip.pjsua.pj import destroy, refusal

log = structlog.get_logger(__name__)


class RecordingState(StrEnum):
    RECORDING = "recording"
    PAUSED = "paused"
    CLOSING = "closing"


class MonoRecorder:
    def __init__(self, path: Path) -> None:
        self.path = path
        self._recorder: Any | None = pjsua2.AudioMediaRecorder()
        try:
            self._recorder.createRecorder(str(path))
        except pjsua2.Error as error:
            raise MediaFailed(str(refusal(error, f"recording to {path}"))) from None

    def audio(self) -> Any | None:
        return self._recorder

    def close(self) -> None:
        """The header is written a little later, by the bridge's clock thread."""
        if self._recorder is not None:
            recorder, self._recorder = self._recorder, None
            destroy(recorder)


class Recording:
    """A recorder writes while anything is connected to it; silence is what makes it write through hold."""

    def __init__(
        self, bridge: Bridge, metronome: Metronome, recording_id: str, *, customer: Port, agent: Port, directory: Path
    ) -> None:
        self._bridge = bridge
        self._metronome = metronome
        self.recording_id = recording_id
        self._sources = (customer, agent)
        self._sinks = tuple(MonoRecorder(directory / f"{recording_id}.{side}.wav") for side in ("customer", "agent"))
        self._recorded_s = 0.0
        self._since = 0.0
        self.state = RecordingState.PAUSED

    @property
    def files(self) -> tuple[Path, Path]:
        return self._sinks[0].path, self._sinks[1].path

    @property
    def wall_clock_s(self) -> float:
        running = time.monotonic() - self._since if self.state is RecordingState.RECORDING else 0.0
        return self._recorded_s + running

    def concerns(self, leg: Port) -> bool:
        return leg in self._sources

    def run(self) -> None:
        """Start or resume."""
        if self.state is not RecordingState.PAUSED:
            raise BadState(f"recording {self.recording_id} is {self.state}, not paused")
        self._both_at_one_tick(self._bridge.connect)
        for source, sink in zip(self._sources, self._sinks, strict=True):
            self._bridge.connect(source, sink)
        self._since = time.monotonic()
        self.state = RecordingState.RECORDING

    def pause(self) -> None:
        if self.state is not RecordingState.RECORDING:
            raise BadState(f"recording {self.recording_id} is {self.state}, not recording")
        self._halt(RecordingState.PAUSED)

    def close(self) -> None:
        """Stop for good. The files are complete once `complete` says so."""
        self._halt(RecordingState.CLOSING)
        for sink in self._sinks:
            sink.close()

    def _halt(self, state: RecordingState) -> None:
        self._recorded_s, self.state = self.wall_clock_s, state
        for source, sink in zip(self._sources, self._sinks, strict=True):
            self._bridge.disconnect(source, sink)
        self._both_at_one_tick(self._bridge.disconnect)

    def _both_at_one_tick(self, change: Callable[[Port, Port], None]) -> None:
        """Connect or disconnect silence and both recorders.

        The bridge takes queued changes at its next tick, so both must be asked for between the same two ticks.
        """
        self._metronome.settle()
        before = self._metronome.position()
        for sink in self._sinks:
            change(self._metronome, sink)
        if self._metronome.position() != before:
            log.warning("the two files of a recording may be 20 ms apart", recording_id=self.recording_id)


def complete(path: Path) -> bool:
    """Whether the header says exactly what the file holds, which PJSIP makes true when it closes the file."""
    try:
        with path.open("rb") as sound:
            head = sound.read(44)
        size = path.stat().st_size
    except OSError:
        return False
    if len(head) < 44 or head[:4] != b"RIFF" or head[36:40] != b"data":
        return False
    riff, data = struct.unpack_from("<I", head, 4)[0], struct.unpack_from("<I", head, 40)[0]
    return bool(riff == size - 8 and data == size - 44)


def seconds_in(path: Path) -> float:
    return max(0, path.stat().st_size - 44) / 16000
