"""The recordings on disk: the one door to them.

    <root>/2026/11/22/c000012/<id>.opus            finished, complete, never changed again
    <root>/raw/<id>.customer.wav, <id>.agent.wav   what the line workers write
    <root>/.part/                                  being made; worthless after a crash

Everything here blocks: call it from a thread, never from the event loop.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import Final

from recordings import durable, levels, pieces
from recordings.encoding import ENCODINGS, check, encode, open_sound, transcode
from recordings.errors import RecordingDamaged, RecordingMissing
from recordings.export import ExportItem, ExportReport
from recordings.finalize import MergePlan, describe_sides, mono_blocks, plan_merge, sound_blocks, stereo_blocks
from recordings.naming import RecordingFormat, checked_id, in_format, raw_name, recording_of
from recordings.recording import FinalizedRecording
from recordings.repair import HEAD_BYTES, RawLayout, read_layout

_REPAIRED: Final = "repaired; "
_BYTES_PER_FRAME: Final = 5  # two 16-bit channels, and less than another byte for Opus beside them


class RecordingLibrary:
    """Safe to use from several threads, as long as each works on another recording."""

    def __init__(self, root: Path, *, format: RecordingFormat = "opus") -> None:
        self._root = root
        self._format: RecordingFormat = format
        self._parts = root / ".part"
        for directory in (root, self.raw_directory(), self._parts):
            directory.mkdir(mode=0o700, parents=True, exist_ok=True)

    def raw_directory(self) -> Path:
        """Where line workers put the two mono files of each call."""
        return self._root / "raw"

    def free_bytes(self) -> int:
        return shutil.disk_usage(self._root).free

    def locate(self, relative_path: str | PurePosixPath) -> Path:
        """The file itself. ValueError for a path that leaves the library."""
        path = PurePosixPath(relative_path)
        if path.is_absolute() or ".." in path.parts or not path.name:
            raise ValueError(f"recording path {str(relative_path)!r} must be relative and stay inside the library")
        return self._root / path

    def finalize(
        self,
        recording_id: str,
        relative_path: str | PurePosixPath,
        customer_file: str | Path,
        agent_file: str | Path,
    ) -> FinalizedRecording:
        """Merge, encode, verify, put in place, then drop the raw files. May be called again after any failure.

        Raises `RecordingMissing`, `RecordingDamaged`, `EncodingFailed`, `DiskFull`; the raw files are kept then.
        """
        agent, customer = Path(agent_file), Path(customer_file)
        final = self._final(relative_path)
        if agent.exists() or customer.exists():
            self._make(checked_id(recording_id), final, agent, customer)
        elif not self.locate(final).exists():
            raise RecordingMissing(f"recording {recording_id}: neither raw file exists: {agent}, {customer}")
        finished = self._describe(final)
        durable.remove(agent, customer)
        return finished

    def recover(self, recording_id: str, relative_path: str | PurePosixPath) -> FinalizedRecording | None:
        """Finish what a crash interrupted; None when there is no sound, and `reason_lost` says why.

        Only for recordings that no live worker still writes. Raises `EncodingFailed`, `DiskFull`: try again later.
        """
        agent, customer = self._raws(recording_id)
        try:
            return self.finalize(recording_id, relative_path, customer, agent)
        except (RecordingMissing, RecordingDamaged):
            return None

    def reason_lost(self, recording_id: str) -> str:
        """Why `recover` found no sound, side by side."""
        agent, customer = self._raws(recording_id)
        return describe_sides(agent=_layout(agent), customer=_layout(customer))

    def leftovers(self) -> list[str]:
        """Recordings of which raw files lie about, whether being written or left by a crash."""
        found = (recording_of(entry.name) for entry in self.raw_directory().iterdir())
        return sorted({recording_id for recording_id in found if recording_id})

    def sweep(self, before: datetime) -> int:
        """Remove unfinished work and raw files not written to since `before` (aware); how many files."""
        entries = [*self._parts.iterdir(), *self.raw_directory().iterdir()]
        old = [e for e in entries if e.is_file() and e.stat().st_mtime < before.timestamp()]
        durable.remove(*old)
        return len(old)

    def verify(self, path: str | PurePosixPath, sha256: str) -> bool:
        """Whether the file is there and is the one that was stored."""
        try:
            return durable.digest(self.locate(path)) == sha256
        except FileNotFoundError:
            return False

    def delete(self, path: str | PurePosixPath) -> bool:
        """False when there was nothing to delete. Ask `recordings.retention` first."""
        target = self.locate(path)
        try:
            target.unlink()
        except FileNotFoundError:
            return False
        durable.sync(target.parent)
        return True

    def peaks(self, path: str | PurePosixPath, *, buckets: int = 1000) -> levels.Peaks:
        with open_sound(self.locate(path)) as sound:
            return levels.peaks(sound_blocks(sound), frames=sound.frames, buckets=buckets)

    def levels(self, path: str | PurePosixPath) -> tuple[levels.ChannelLevel, ...]:
        """Agent, customer."""
        with open_sound(self.locate(path)) as sound:
            return levels.measure(sound_blocks(sound), sample_rate=sound.samplerate, channels=sound.channels)

    def cut(
        self,
        path: str | PurePosixPath,
        target: Path,
        *,
        from_s: float | None = None,
        to_s: float | None = None,
        normalise: bool = False,
        trim: bool = False,
    ) -> FinalizedRecording:
        """Write a piece to `target` (`.opus` or `.wav`). Raises `RecordingMissing`, `WrongRange`, `DiskFull`."""
        order = pieces.CutOrder(from_s=from_s, to_s=to_s, normalise=normalise, trim=trim)
        return pieces.cut(self.locate(path), target, order)

    def export(self, items: Sequence[ExportItem], target: Path) -> ExportReport:
        """Copy or cut `items` into the new or empty directory `target`, with a manifest and checksums.

        An item that is missing, altered or cut wrongly is listed with its reason and does not stop the others.
        Raises `ExportRefused`, `DiskFull`.
        """
        return pieces.export(items, target, self.locate)

    def _raws(self, recording_id: str) -> tuple[Path, Path]:
        directory = self.raw_directory()
        return directory / raw_name(recording_id, "agent"), directory / raw_name(recording_id, "customer")

    def _final(self, relative_path: str | PurePosixPath) -> PurePosixPath:
        """In the library's format, unless it was finished while another format was set."""
        wanted = in_format(PurePosixPath(relative_path), self._format)
        finished = (in_format(wanted, other) for other in (self._format, *ENCODINGS))
        return next((path for path in finished if self.locate(path).exists()), wanted)

    def _make(self, recording_id: str, final: PurePosixPath, agent: Path, customer: Path) -> None:
        plan = plan_merge(agent=_layout(agent), customer=_layout(customer))
        if self._complete(final, plan):
            return
        wav, opus = self._parts / f"{recording_id}.wav", self._parts / f"{recording_id}.opus"
        with durable.writing(f"recording {recording_id}", self._root, plan.frames * _BYTES_PER_FRAME):
            try:
                _merge(agent, customer, plan, wav)
                if final.suffix == ".opus":
                    transcode(wav, opus, "opus")
                    check(opus, frames=plan.frames, sample_rate=plan.sample_rate, channels=2)
                durable.place(opus if final.suffix == ".opus" else wav, self.locate(final))
            finally:
                durable.remove(wav, opus)

    def _complete(self, final: PurePosixPath, plan: MergePlan) -> bool:
        """A crash came between the rename and the removal of the raw files."""
        try:
            with open_sound(self.locate(final)) as sound:
                return bool(sound.frames >= plan.frames)
        except (RecordingMissing, RecordingDamaged):
            return False

    def _describe(self, final: PurePosixPath) -> FinalizedRecording:
        path = self.locate(final)
        with open_sound(path) as sound:
            rate, frames, channels, note = sound.samplerate, sound.frames, sound.channels, str(sound.comment)
        return FinalizedRecording(
            path=str(final),
            duration_s=frames / rate,
            size_bytes=path.stat().st_size,
            sha256=durable.digest(path),
            sample_rate=rate,
            channels=channels,
            repaired=note.startswith(_REPAIRED),
            remark=note.removeprefix(_REPAIRED),
        )


def _layout(raw: Path) -> RawLayout:
    """Without frames, and with the reason, when this side has no usable file; the other side may have."""
    try:
        with raw.open("rb") as stream:
            return read_layout(stream.read(HEAD_BYTES), raw.stat().st_size)
    except FileNotFoundError:
        return RawLayout(offset=0, frames=0, sample_rate=0, remark="no file was written")
    except RecordingDamaged as damage:
        return RawLayout(offset=0, frames=0, sample_rate=0, remark=str(damage))


def _merge(agent: Path, customer: Path, plan: MergePlan, target: Path) -> None:
    with ExitStack() as stack:
        sides = []
        for raw in (agent, customer):
            layout = _layout(raw)
            stream = stack.enter_context(raw.open("rb")) if layout.frames else None
            sides.append(mono_blocks(stream, layout, plan.frames))
        note = f"{_REPAIRED if plan.repaired else ''}{plan.remark}"
        sound = stereo_blocks(*sides)
        encode(sound, target, sample_rate=plan.sample_rate, channels=2, encoding="wav", remark=note)
    check(target, frames=plan.frames, sample_rate=plan.sample_rate, channels=2)
