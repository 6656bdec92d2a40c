"""Recordings under way and those whose files are being closed; all on the SIP thread."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from sip.errors import BadState, MediaFailed
from sip.events import RecordingFailed, RecordingStarted, RecordingStopped
from sip.pjsua.bridge import Bridge
from sip.pjsua.leg import Leg
from sip.pjsua.media import Metronome
from sip.pjsua.recorder import Recording, complete, seconds_in
from sip.pjsua.thread import Timer

CLOSE_POLL_S = 0.02
CLOSE_LIMIT_S = 3.0
SHORT_S = 2.0
SHORT_PART = 0.05


class Recordings:
    def __init__(
        self,
        bridge: Bridge,
        metronome: Metronome,
        emit: Callable[..., None],
        later: Callable[[float, Callable[[], None]], Timer],
    ) -> None:
        self._bridge = bridge
        self._metronome = metronome
        self._emit = emit
        self._later = later
        self._running: dict[str, Recording] = {}
        self._closing: dict[str, Recording] = {}

    @property
    def open_files(self) -> bool:
        return bool(self._running or self._closing)

    def start(self, recording_id: str, *, customer: Leg, agent: Leg, directory: str) -> None:
        if recording_id in self._running or recording_id in self._closing:
            raise BadState(f"recording {recording_id} is running already")
        folder = Path(directory)
        if not folder.is_dir():
            raise MediaFailed(f"{directory} is not a directory")
        recording = Recording(
            self._bridge, self._metronome, recording_id, customer=customer, agent=agent, directory=folder
        )
        recording.run()
        self._running[recording_id] = recording
        self._emit(
            RecordingStarted, recording_id=recording_id, customer_leg=customer.leg_id, agent_leg=agent.leg_id
        )  # fmt: skip

    def pause(self, recording_id: str) -> None:
        self._find(recording_id).pause()

    def resume(self, recording_id: str) -> None:
        self._find(recording_id).run()

    def stop(self, recording_id: str) -> None:
        """`RecordingStopped` follows when the files are closed; nothing happens where they are being closed."""
        if recording_id in self._closing:
            return
        recording = self._find(recording_id)
        del self._running[recording_id]
        self._closing[recording_id] = recording
        recording.close()
        deadline = time.monotonic() + CLOSE_LIMIT_S
        self._later(CLOSE_POLL_S, lambda: self._check_closed(recording, deadline))

    def stop_on(self, leg: Leg) -> None:
        for recording in [one for one in self._running.values() if one.concerns(leg)]:
            self.stop(recording.recording_id)

    def stop_all(self) -> None:
        for recording_id in list(self._running):
            self.stop(recording_id)

    def of(self, leg: Leg) -> str | None:
        return next((one.recording_id for one in self._running.values() if one.concerns(leg)), None)

    def _find(self, recording_id: str) -> Recording:
        if recording_id not in self._running:
            raise BadState(f"no recording {recording_id} is running")
        return self._running[recording_id]

    def _check_closed(self, recording: Recording, deadline: float) -> None:
        if all(complete(path) for path in recording.files):
            self._finish(recording)
        elif time.monotonic() < deadline:
            self._later(CLOSE_POLL_S, lambda: self._check_closed(recording, deadline))
        else:
            self._fail(recording, f"the files were not closed within {CLOSE_LIMIT_S:.0f} s")

    def _finish(self, recording: Recording) -> None:
        written, meant = min(seconds_in(path) for path in recording.files), recording.wall_clock_s
        if meant - written > max(SHORT_S, meant * SHORT_PART):
            self._fail(recording, f"{written:.1f} s of {meant:.1f} s were written: is the disk full?")
            return
        del self._closing[recording.recording_id]
        customer, agent = recording.files
        self._emit(
            RecordingStopped,
            recording_id=recording.recording_id,
            customer_file=str(customer),
            agent_file=str(agent),
            wall_clock_s=round(meant, 3),
        )

    def _fail(self, recording: Recording, reason: str) -> None:
        del self._closing[recording.recording_id]
        self._emit(RecordingFailed, recording_id=recording.recording_id, reason=reason)
