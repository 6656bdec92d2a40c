"""Recordings and played files without sound: only their beginning, their end and how long they were."""

from __future__ import annotations

import asyncio
import wave
from pathlib import Path

from dialer.clock import Clock
from dialer.twin.switch import FakeLeg, FakeRecording
from dialer.twin.trunks import Trunks
from sip.errors import MediaFailed, UnknownLeg
from sip.events import LegStatistics, Levels, PlaybackFinished, PlaybackStarted, RecordingStarted, RecordingStopped


class Sounds(Trunks):
    def __init__(self, clock: Clock, *, workers: int = 1, max_legs: int = 64) -> None:
        super().__init__(clock, workers=workers, max_legs=max_legs)
        self._playbacks: dict[str, tuple[str, asyncio.TimerHandle | None]] = {}
        self.played: list[tuple[str, str]] = []  # leg, path

    async def start_recording(self, recording_id: str, *, customer_leg: str, agent_leg: str, directory: str) -> None:
        leg = self._leg(customer_leg)
        self._leg(agent_leg)
        recording = FakeRecording(
            recording_id, leg.worker, customer_leg, agent_leg, Path(directory), self._clock.monotonic()
        )

        def start() -> None:
            self._recordings[recording_id] = recording
            leg.recording_id = recording_id
            self._tell(
                leg.worker,
                RecordingStarted(
                    worker=leg.worker, at=self._clock.now(), recording_id=recording_id, customer_leg=customer_leg,
                    agent_leg=agent_leg,
                ),
            )  # fmt: skip

        await self._reply("start_recording", start)

    async def pause_recording(self, recording_id: str) -> None:
        self._recording(recording_id)

    async def resume_recording(self, recording_id: str) -> None:
        self._recording(recording_id)

    async def stop_recording(self, recording_id: str) -> None:
        recording = self._recording(recording_id)
        await self._reply("stop_recording", lambda: self._stop_recording(recording))

    async def play(self, playback_id: str, leg_id: str, path: str, *, loop: bool = False) -> None:
        leg = self._leg(leg_id)
        try:
            with wave.open(path) as file:
                duration = file.getnframes() / file.getframerate()
        except (OSError, wave.Error) as error:
            raise MediaFailed(f"{path}: {error}") from error

        def start() -> None:
            self.played.append((leg_id, path))
            timer = None if loop else self._loop.call_later(duration, self._played, playback_id, True)
            self._playbacks[playback_id] = (leg.leg_id, timer)
            self._tell(
                leg.worker,
                PlaybackStarted(worker=leg.worker, at=self._clock.now(), leg_id=leg_id, playback_id=playback_id),
            )

        await self._reply("play", start)

    async def stop_playing(self, playback_id: str) -> None:
        self._played(playback_id, False)

    async def levels(self, leg_id: str) -> Levels:
        self._leg(leg_id)
        return Levels(received=0.1, sent=0.1)

    async def statistics(self, leg_id: str) -> LegStatistics:
        self._leg(leg_id)
        return LegStatistics(codec="PCMA")

    def _silence(self, leg: FakeLeg) -> None:
        """The leg ends: so does what is played to it and recorded of it."""
        for playback_id, (leg_id, _) in tuple(self._playbacks.items()):
            if leg_id == leg.leg_id:
                self._played(playback_id, False)
        for recording in tuple(self._recordings.values()):
            if recording.customer_leg == leg.leg_id:
                self._stop_recording(recording)

    def _stop_recording(self, recording: FakeRecording) -> None:
        if self._recordings.pop(recording.recording_id, None) is None:
            return
        seconds = self._clock.monotonic() - recording.started_at
        files = [recording.directory / f"{recording.recording_id}.{side}.wav" for side in ("customer", "agent")]
        if recording.directory.is_dir():
            for path in files:
                _write_silence(path)
        self._tell(
            recording.worker,
            RecordingStopped(
                worker=recording.worker, at=self._clock.now(), recording_id=recording.recording_id,
                customer_file=str(files[0]), agent_file=str(files[1]), wall_clock_s=seconds,
            ),
        )  # fmt: skip

    def _played(self, playback_id: str, completed: bool) -> None:
        leg_id, timer = self._playbacks.pop(playback_id, ("", None))
        leg = self._legs.get(leg_id)
        if timer is not None:
            timer.cancel()
        if leg is not None:
            self._tell(
                leg.worker,
                PlaybackFinished(
                    worker=leg.worker, at=self._clock.now(), leg_id=leg_id, playback_id=playback_id, completed=completed
                ),
            )

    def _recording(self, recording_id: str) -> FakeRecording:
        if recording_id not in self._recordings:
            raise UnknownLeg(f"recording {recording_id} is not there")
        return self._recordings[recording_id]


def _write_silence(path: Path) -> None:
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, 8000, 0, "NONE", ""))
        file.writeframes(bytes(1600))
