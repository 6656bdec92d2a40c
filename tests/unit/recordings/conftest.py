"""A library on disk, and line workers' raw files with known sound in them."""

from __future__ import annotations

import struct
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath

import numpy as np
import numpy.typing as npt
import pytest

from recordings.library import RecordingLibrary
from recordings.naming import RecordingFormat, raw_name, relative_path

RATE = 8000
AT = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
Sound = npt.NDArray[np.int16]


def tone(hertz: float, seconds: float, amplitude: float = 0.4) -> Sound:
    t = np.arange(round(seconds * RATE)) / RATE
    return (amplitude * 32767 * np.sin(2 * np.pi * hertz * t)).astype(np.int16)


def speech(seconds: float, seed: int) -> Sound:
    """Noise in the telephone band, in syllables: what correlation can find, like a voice."""
    generator = np.random.default_rng(seed)
    frames = round(seconds * RATE)
    noise = np.convolve(generator.normal(0, 1, frames), np.ones(4) / 4, "same")
    syllables = np.repeat(generator.uniform(0.1, 1, frames // 800 + 1), 800)[:frames]
    return (6000 * noise * syllables).clip(-32768, 32767).astype(np.int16)


def strength(sound: npt.NDArray[np.float64], hertz: float) -> float:
    """Amplitude of one frequency (Goertzel's result, by its defining sum), full scale 1.0."""
    n = len(sound)
    return float(abs(np.dot(sound, np.exp(-2j * np.pi * hertz * np.arange(n) / RATE))) * 2 / n)


def lag(heard: npt.NDArray[np.float64], said: Sound) -> int:
    """Frames by which `heard` is later than `said`, by cross-correlation."""
    size = len(heard) + len(said)
    product = np.fft.rfft(heard, size) * np.conj(np.fft.rfft(said.astype(np.float64), size))
    peak = int(np.argmax(np.fft.irfft(product, size)))
    return peak if peak < size // 2 else peak - size


def wav_bytes(sound: Sound, *, data_bytes: int | None = None, riff_bytes: int | None = None) -> bytes:
    """As pjsua2's recorder writes it: a header of 44 bytes, whose lengths are only right once it is closed."""
    body = sound.astype("<i2").tobytes()
    said = len(body) if data_bytes is None else data_bytes
    riff = 36 + said if riff_bytes is None else riff_bytes
    form = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, 1, RATE, RATE * 2, 2, 16)
    return struct.pack("<4sI4s", b"RIFF", riff, b"WAVE") + form + struct.pack("<4sI", b"data", said) + body


class Bench:
    """One recording at a time, from raw files to the shelf."""

    def __init__(self, root: Path, encoding: RecordingFormat = "opus") -> None:
        self.root = root
        self.library = RecordingLibrary(root, format=encoding)

    def raws(self, recording_id: str, *, agent: bytes | None, customer: bytes | None) -> None:
        for side, content in (("agent", agent), ("customer", customer)):
            if content is not None:
                self.raw(recording_id, side).write_bytes(content)

    def raw(self, recording_id: str, side: str) -> Path:
        return self.library.raw_directory() / raw_name(recording_id, side)  # type: ignore[arg-type]

    def shelf(self, recording_id: str) -> PurePosixPath:
        return relative_path(recording_id, 12, AT)

    def finalize(self, recording_id: str):
        return self.library.finalize(
            recording_id, self.shelf(recording_id), self.raw(recording_id, "customer"), self.raw(recording_id, "agent")
        )

    def recover(self, recording_id: str):
        return self.library.recover(recording_id, self.shelf(recording_id))

    def unfinished(self) -> list[str]:
        return sorted(entry.name for entry in (self.root / ".part").iterdir())

    def finished(self) -> list[str]:
        return sorted(str(p.relative_to(self.root)) for p in self.root.glob("2*/**/*") if p.is_file())


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path / "recordings")


@pytest.fixture
def wav_bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path / "recordings", "wav")
