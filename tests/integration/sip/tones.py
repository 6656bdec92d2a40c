"""Tones made with numpy and found again in recordings."""

from __future__ import annotations

import wave
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

RATE = 8000


def write(path: Path, hertz: float, seconds: float, level: float = 0.3) -> None:
    at = np.arange(int(RATE * seconds)) / RATE
    samples = (np.sin(2 * np.pi * hertz * at) * level * 32767).astype("<i2")
    with wave.open(str(path), "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(RATE)
        sound.writeframes(samples.tobytes())


def read(path: str | Path) -> NDArray[np.float64]:
    with wave.open(str(path), "rb") as sound:
        assert (sound.getnchannels(), sound.getsampwidth(), sound.getframerate()) == (1, 2, RATE)
        return np.frombuffer(sound.readframes(sound.getnframes()), "<i2").astype(np.float64) / 32768


def share(samples: NDArray[np.float64], hertz: float) -> float:
    """Part of the signal's power that is in this tone (Goertzel), 0 where there is silence."""
    power = float(np.mean(samples**2))
    if len(samples) == 0 or power < 1e-7:
        return 0.0
    at = np.arange(len(samples)) / RATE
    amplitude = 2 * abs(np.mean(samples * np.exp(-2j * np.pi * hertz * at)))
    return float(min(1.0, amplitude**2 / 2 / power))


def hears(samples: NDArray[np.float64], hertz: float, *, threshold: float = 0.7) -> float:
    """Seconds of `samples`, in windows of 100 ms, in which the tone dominates."""
    window = RATE // 10
    pieces = [samples[start : start + window] for start in range(0, len(samples) - window + 1, window)]
    return sum(share(piece, hertz) > threshold for piece in pieces) * 0.1


def first_sound(samples: NDArray[np.float64], level: float = 0.05) -> int | None:
    """Index of the first sample above `level`."""
    loud = np.flatnonzero(np.abs(samples) > level)
    return int(loud[0]) if len(loud) else None
