"""Pieces of recordings outside of the library: cut samples and exports. For `library` only."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from recordings import cutting, durable
from recordings.encoding import check, encode, encoding_of, open_sound
from recordings.errors import DiskFull, ExportRefused, RecordingAltered, RecordingError
from recordings.export import (
    CHECKSUMS,
    MANIFEST,
    ExportedFile,
    ExportItem,
    ExportReport,
    checksums,
    file_name,
    manifest,
)
from recordings.finalize import Frames
from recordings.recording import FinalizedRecording


@dataclass(frozen=True, slots=True, kw_only=True)
class CutOrder:
    """None is the beginning, or the end."""

    from_s: float | None = None
    to_s: float | None = None
    normalise: bool = False
    trim: bool = False


def cut(source: Path, target: Path, order: CutOrder) -> FinalizedRecording:
    """Only the piece, rounded up to whole seconds, is held in memory."""
    frames, rate = _edited(source, order)
    part = target.with_name(f".{target.stem}.part{target.suffix}")
    with durable.writing(f"cutting to {target.name}", target.parent, frames.nbytes):
        try:
            channels = frames.shape[1]
            encode(iter([frames]), part, sample_rate=rate, channels=channels, encoding=encoding_of(target))
            check(part, frames=len(frames), sample_rate=rate, channels=channels)
            durable.place(part, target)
        finally:
            durable.remove(part)
    return FinalizedRecording(
        path=str(target), duration_s=len(frames) / rate, size_bytes=target.stat().st_size,
        sha256=durable.digest(target), sample_rate=rate, channels=channels,
    )  # fmt: skip


def _edited(source: Path, order: CutOrder) -> tuple[Frames, int]:
    with open_sound(source) as sound:
        rate: int = sound.samplerate
        duration_s = sound.frames / rate
        start = order.from_s or 0.0
        end = duration_s if order.to_s is None else order.to_s
        cutting.check_range(start, end, duration_s)
        skipped = int(start)
        sound.seek(skipped * rate)
        window = sound.read((int(end) + 1 - skipped) * rate, dtype="int16", always_2d=True)
    piece = cutting.segment(window, rate)
    if order.from_s is not None or order.to_s is not None:
        piece = cutting.cut(piece, start - skipped, min(end - skipped, len(window) / rate))
    piece = cutting.trim(piece) if order.trim else piece
    piece = cutting.normalise(piece) if order.normalise else piece
    return cutting.frames_of(piece), rate


def export(items: Sequence[ExportItem], target: Path, locate: Callable[[str], Path]) -> ExportReport:
    """The manifest is written last: a directory that has one is complete."""
    target.mkdir(parents=True, exist_ok=True)
    if any(target.iterdir()):
        raise ExportRefused(f"{target} is not empty; choose a new directory")
    manifest(_untouched(items))  # refuses impossible columns before anything is copied
    files = tuple(_export_one(item, target, place, locate) for place, item in enumerate(items, start=1))
    with durable.writing("export manifest", target, 0):
        text = manifest(files).encode()
        durable.write(target / CHECKSUMS, checksums(files, hashlib.sha256(text).hexdigest()).encode())
        durable.write(target / MANIFEST, text)
    return ExportReport(directory=str(target), files=files)


def _untouched(items: Sequence[ExportItem]) -> list[ExportedFile]:
    return [ExportedFile(item=item) for item in items]


def _export_one(item: ExportItem, target: Path, place: int, locate: Callable[[str], Path]) -> ExportedFile:
    try:
        return _copied(item, target / file_name(item, place), locate(item.path))
    except DiskFull:
        raise
    except (RecordingError, ValueError) as fault:
        return ExportedFile(item=item, remark=str(fault))


def _copied(item: ExportItem, target: Path, source: Path) -> ExportedFile:
    with open_sound(source) as sound:
        duration_s = sound.frames / sound.samplerate
    if item.sha256 and durable.digest(source) != item.sha256:
        raise RecordingAltered(f"{item.path}: the file is not the one that was recorded (its checksum differs)")
    if not item.whole:
        order = CutOrder(from_s=item.from_s, to_s=item.to_s, normalise=item.normalise, trim=item.trim)
        piece = cut(source, target, order)
        return _exported(item, target, piece.duration_s, piece.sha256)
    with durable.writing(f"exporting {item.path}", target.parent, source.stat().st_size):
        return _exported(item, target, duration_s, durable.copy(source, target))


def _exported(item: ExportItem, target: Path, duration_s: float, sha256: str) -> ExportedFile:
    size = target.stat().st_size
    return ExportedFile(item=item, file=target.name, duration_s=duration_s, size_bytes=size, sha256=sha256)
