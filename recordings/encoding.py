"""Sound files through libsndfile: written block by block, and read back in full before anybody relies on them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import soundfile

from recordings.errors import EncodingFailed, RecordingDamaged, RecordingMissing
from recordings.finalize import Frames, count_frames, sound_blocks, write_all
from recordings.naming import RecordingFormat

# 48 kbit/s for both sides of a telephone call: 21 MB an hour, and the sides stay more than 40 dB apart.
ENCODINGS: Final[Mapping[RecordingFormat, Mapping[str, Any]]] = {
    "opus": {"format": "OGG", "subtype": "OPUS", "compression_level": 0.93},
    "wav": {"format": "WAV", "subtype": "PCM_16"},
}


def encode(
    sound: Iterator[Frames],
    target: Path,
    *,
    sample_rate: int,
    channels: int,
    encoding: RecordingFormat,
    remark: str = "",
) -> int:
    """Frames written. The remark travels inside the file."""
    options = ENCODINGS[encoding]
    with soundfile.SoundFile(target, "w", samplerate=sample_rate, channels=channels, **options) as sink:
        if remark:
            sink.comment = remark
        return write_all(sound, sink)


def transcode(source: Path, target: Path, encoding: RecordingFormat) -> None:
    with soundfile.SoundFile(source) as sound:
        encode(
            sound_blocks(sound), target,
            sample_rate=sound.samplerate, channels=sound.channels, encoding=encoding, remark=sound.comment,
        )  # fmt: skip


def check(path: Path, *, frames: int, sample_rate: int, channels: int) -> None:
    """By decoding everything. Raises `EncodingFailed` when the file does not hold exactly this much sound."""
    with soundfile.SoundFile(path) as sound:
        found = (count_frames(sound_blocks(sound)), sound.samplerate, sound.channels)
    if found != (frames, sample_rate, channels):
        raise EncodingFailed(
            f"{path.name}: expected {frames} frames, {sample_rate} Hz, {channels} channels; "
            f"reading it back gave {found[0]}, {found[1]} Hz, {found[2]}"
        )


def open_sound(path: Path) -> Any:
    """A `soundfile.SoundFile` for reading. Raises `RecordingMissing`, `RecordingDamaged`."""
    if not path.is_file():
        raise RecordingMissing(f"there is no recording at {path}")
    try:
        return soundfile.SoundFile(path)
    except soundfile.LibsndfileError as fault:
        raise RecordingDamaged(f"{path}: {fault}") from fault


def encoding_of(path: Path) -> RecordingFormat:
    """By the file's extension; ValueError names what is allowed."""
    for encoding in ENCODINGS:
        if path.suffix == f".{encoding}":
            return encoding
    raise ValueError(f"{path.name}: the extension must be .opus or .wav")
