"""Recordings of running calls: named before they start, stopped with the call, finished in a thread."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import Final, Protocol

import structlog

from campaigns.campaign import Campaign
from dialer.clock import Clock
from dialer.domain.events import RecordingBegun, RecordingFinalized, RecordingLost, RecordingReserved
from dialer.domain.ids import new_id
from dialer.domain.line import HeldLine
from dialer.engine.alarms import Alarms
from dialer.engine.journal import Journal
from dialer.engine.orders import carried_out
from dialer.engine.settings import EngineSettings
from dialer.engine.tasks import Tasks
from dialer.ports import RecordingRow, SoundLibrary
from recordings.errors import DiskFull
from recordings.naming import relative_path
from recordings.recording import Begun, Finalized, FinalizedRecording, Lost, Recording, RecordingState
from sip.events import RecordingFailed, RecordingStarted, RecordingStopped
from sip.telephony import Telephony

log = structlog.get_logger(__name__)

STOP_REPORT_S: Final = 10.0  # after this the raw files are taken as they are
RETRY_S: Final = 30.0


class Recorded(Protocol):
    """A call that is recorded, whoever called whom."""

    recording_id: str | None
    agent_leg: str | None
    campaign: Campaign
    line: HeldLine

    @property
    def attempt_id(self) -> str: ...
    @property
    def customer_leg(self) -> str: ...
    @property
    def inbound(self) -> bool: ...


@dataclass(slots=True)
class _Sound:
    recording: Recording
    path: PurePosixPath
    worker: str
    stopped: RecordingStopped | None = None
    closed: asyncio.Event = field(default_factory=asyncio.Event)  # no more sound will come
    finishing: bool = False


class RecordingDesk:
    def __init__(
        self, *, telephony: Telephony, library: SoundLibrary, settings: EngineSettings, journal: Journal,
        alarms: Alarms, clock: Clock, tasks: Tasks,
    ) -> None:  # fmt: skip
        self._telephony, self._library, self._settings = telephony, library, settings
        self._journal, self._alarms, self._clock, self._tasks = journal, alarms, clock, tasks
        self._raw = str(library.raw_directory())
        self._sounds: dict[str, _Sound] = {}
        self._threads = asyncio.Semaphore(settings.finalizers)

    async def start(self, live: Recorded) -> None:
        if not self._settings.record or live.agent_leg is None:
            return
        now = self._clock.now()
        recording_id = new_id(now)
        path = relative_path(recording_id, live.campaign.campaign_id, now)
        live.recording_id = recording_id
        self._sounds[recording_id] = _Sound(Recording(recording_id=recording_id), path, live.line.worker)
        self._journal.append([_reserved(live, recording_id, path, now)])
        command = self._telephony.start_recording(
            recording_id,
            customer_leg=live.customer_leg,
            agent_leg=live.agent_leg,
            directory=self._raw,
        )
        error = await carried_out(command, within=self._settings.command_s)
        if error is not None:
            self._alarms.raise_("recording_failed", live.line.worker, f"a conversation is not recorded: {error}")
            self._lose(recording_id, error.code)

    async def stop(self, live: Recorded) -> None:
        if live.recording_id not in self._sounds:
            return
        recording_id = live.recording_id
        self._finish(recording_id)
        await carried_out(self._telephony.stop_recording(recording_id), within=self._settings.command_s)

    def take(self, event: RecordingStarted | RecordingStopped | RecordingFailed) -> None:
        sound = self._sounds.get(event.recording_id)
        if sound is None:
            return
        match event:
            case RecordingStarted():
                self._begin(event.recording_id, sound)
            case RecordingStopped():
                sound.stopped = event
                sound.closed.set()
                self._finish(event.recording_id)
            case RecordingFailed():
                self._alarms.raise_("recording_failed", event.worker, f"a recording failed: {event.reason}")
                sound.closed.set()
                self._finish(event.recording_id)

    def worker_lost(self, worker: str) -> None:
        """What its recordings have on disk is repaired."""
        for recording_id, sound in tuple(self._sounds.items()):
            if sound.worker == worker:
                sound.closed.set()
                self._finish(recording_id)

    # after a restart
    def adopt(self, rows: Sequence[RecordingRow]) -> None:
        """Unfinished rows: still running on a worker, stopped meanwhile, or broken off."""
        for row in rows:
            recording = Recording(recording_id=row.recording_id, state=RecordingState(row.state))
            self._sounds[row.recording_id] = _Sound(recording, PurePosixPath(row.path), "")

    def held(self, live: Recorded, recording_id: str, worker: str) -> None:
        """A worker still records it."""
        live.recording_id = recording_id
        if recording_id not in self._sounds:  # its row was lost with the engine
            now = self._clock.now()
            path = relative_path(recording_id, live.campaign.campaign_id, now)
            self._sounds[recording_id] = _Sound(Recording(recording_id=recording_id), path, worker)
            self._journal.append([_reserved(live, recording_id, path, now)])
        sound = self._sounds[recording_id]
        sound.worker = worker
        self._begin(recording_id, sound)

    def recover_unheld(self) -> None:
        """No worker has them: repaired from their raw files."""
        for recording_id, sound in tuple(self._sounds.items()):
            if not sound.worker:
                sound.closed.set()
                self._finish(recording_id)

    def unfinished(self) -> int:
        return len(self._sounds)

    def _begin(self, recording_id: str, sound: _Sound) -> None:
        if sound.recording.apply(Begun()):
            self._journal.append([RecordingBegun(occurred_at=self._clock.now(), recording_id=recording_id)])

    def _finish(self, recording_id: str) -> None:
        sound = self._sounds[recording_id]
        if not sound.finishing:
            sound.finishing = True
            self._tasks.start(f"recording {recording_id}", self._finishing(recording_id, sound))

    async def _finishing(self, recording_id: str, sound: _Sound) -> None:
        """Ends with the file in its place, or with the reason why there is none. A full disk is waited out."""
        try:
            async with asyncio.timeout(STOP_REPORT_S):
                await sound.closed.wait()
        except TimeoutError:
            log.warning("recording_stop_unreported", recording_id=recording_id)
        while recording_id in self._sounds:
            try:
                async with self._threads:
                    file = await asyncio.to_thread(self._file, recording_id, sound)
            except (OSError, DiskFull) as error:
                self._alarms.raise_("recording_unfinished", recording_id, f"a recording waits for its place: {error}")
                await self._clock.sleep(RETRY_S)
                continue
            except Exception as error:
                log.exception("recording_unusable", recording_id=recording_id)
                self._lose(recording_id, str(error) or type(error).__name__)
                return
            self._alarms.clear("recording_unfinished", recording_id)
            self._done(recording_id, sound, file)

    def _file(self, recording_id: str, sound: _Sound) -> FinalizedRecording | None:
        """In a thread."""
        if sound.stopped is None:
            return self._library.recover(recording_id, sound.path)
        customer, agent = Path(sound.stopped.customer_file), Path(sound.stopped.agent_file)
        return self._library.finalize(recording_id, sound.path, customer, agent)

    def _done(self, recording_id: str, sound: _Sound, file: FinalizedRecording | None) -> None:
        if file is None:
            self._lose(recording_id, "no sound was found")
            return
        self._sounds.pop(recording_id, None)
        self._alarms.clear("recording_failed", sound.worker)
        if sound.recording.apply(Finalized(file)):
            self._journal.append(
                [
                    RecordingFinalized(
                        occurred_at=self._clock.now(),
                        recording_id=recording_id,
                        path=str(file.path),
                        duration_s=file.duration_s,
                        size_bytes=file.size_bytes,
                        sha256=file.sha256,
                        repaired=file.repaired,
                        remark=file.remark,
                    )
                ]
            )

    def _lose(self, recording_id: str, reason: str) -> None:
        sound = self._sounds.pop(recording_id, None)
        if sound is not None and sound.recording.apply(Lost(reason)):
            self._journal.append(
                [RecordingLost(occurred_at=self._clock.now(), recording_id=recording_id, reason=reason)]
            )


def _reserved(live: Recorded, recording_id: str, path: PurePosixPath, now: datetime) -> RecordingReserved:
    return RecordingReserved(
        occurred_at=now, recording_id=recording_id, attempt_id=live.attempt_id, path=str(path), inbound=live.inbound
    )
