"""Sounds of a site's campaigns, named by their content: 8 kHz, mono, 16 bit, whatever was brought."""

from __future__ import annotations

import hashlib
import io
import wave
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import soundfile
from numpy.typing import NDArray

from campaigns.messages import LONGEST_S, Use
from dialer.errors import Invalid, NotFound
from dialer.whole_file import write_whole

RATE: Final = 8000
_SHORTEST_S: Final = 0.3
_QUIETEST: Final = 0.02  # of full scale; the loudest sample of a voice is far above
Samples = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptSound:
    sha256: str
    duration_s: float
    converted: bool  # it was brought in another form


@dataclass(frozen=True, slots=True)
class MessageShelf:
    directory: Path

    def keep(self, content: bytes, use: Use, name: str) -> KeptSound:
        """Raises `Invalid`, which names the file and says what is wrong with it."""
        plain = _as_it_is(content)
        sound = content if plain is not None else _wav(_read(content, name))
        samples = plain if plain is not None else _as_it_is(sound)
        assert samples is not None
        duration_s = len(samples) / RATE
        _check(samples, duration_s, use, name)
        digest = hashlib.sha256(sound).hexdigest()
        if not self.path(digest).exists():
            write_whole(self.path(digest), sound)
        return KeptSound(sha256=digest, duration_s=duration_s, converted=plain is None)

    def path(self, sha256: str) -> Path:
        return self.directory / f"{sha256}.wav"

    def find(self, sha256: str) -> Path:
        """Raises `NotFound`."""
        if not self.path(sha256).is_file():
            raise NotFound(f"the sound {sha256[:12]} is not on this site; set it again", field="messages")
        return self.path(sha256)


def duration_of(path: Path) -> float:
    with wave.open(str(path), "rb") as file:
        return file.getnframes() / file.getframerate()


def _as_it_is(content: bytes) -> Samples | None:
    """Its samples, where it has the form that the lines play."""
    try:
        with wave.open(io.BytesIO(content), "rb") as file:
            if (file.getnchannels(), file.getsampwidth(), file.getframerate()) != (1, 2, RATE):
                return None
            return np.frombuffer(file.readframes(file.getnframes()), dtype="<i2") / 32768.0
    except (wave.Error, EOFError):
        return None


def _read(content: bytes, name: str) -> Samples:
    """Mono, at the telephone's rate; voices above it are left out and not folded down into it."""
    try:
        samples, rate = soundfile.read(io.BytesIO(content), always_2d=True)
    except soundfile.LibsndfileError as fault:
        raise Invalid(
            f"{name} is no sound that can be read ({fault}); bring WAV, FLAC, OGG or MP3", field="file"
        ) from None
    mono = samples.mean(axis=1)
    if rate == RATE or not len(mono):
        return np.asarray(mono, dtype=np.float64)
    spectrum, count = np.fft.rfft(mono), max(round(len(mono) * RATE / rate), 1)
    slower = np.fft.irfft(spectrum[: count // 2 + 1], count) * (count / len(mono))
    return np.asarray(slower, dtype=np.float64)


def _wav(samples: Samples) -> bytes:
    loudest = float(np.max(np.abs(samples), initial=0.0))
    whole = np.round(samples / max(loudest, 1.0) * 32767).astype("<i2")
    sink = io.BytesIO()
    with wave.open(sink, "wb") as file:
        file.setparams((1, 2, RATE, 0, "NONE", ""))
        file.writeframes(whole.tobytes())
    return sink.getvalue()


def _check(samples: Samples, duration_s: float, use: Use, name: str) -> None:
    if duration_s < _SHORTEST_S:
        raise Invalid(f"{name} lasts {duration_s:.1f} s; a {use} needs at least {_SHORTEST_S} s", field="file")
    if duration_s > LONGEST_S[use]:
        raise Invalid(
            f"{name} lasts {duration_s:.1f} s; a {use} may last {LONGEST_S[use]:.0f} s: make it shorter", field="file"
        )
    if float(np.max(np.abs(samples))) < _QUIETEST:
        raise Invalid(f"{name} is silent, or nearly so: record it louder", field="file")
