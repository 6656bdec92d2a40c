"""Speech-like sound made from nothing: syllables of harmonics under formants, with the rhythm of talk.

Loud enough and broken enough that level meters, silence trimming and answering-machine screening see what they
would see on a telephone line. 8 kHz, mono, 16 bit.
"""

from __future__ import annotations

import os
import wave
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

RATE: Final = 8000
Samples = NDArray[np.float64]

# First three formants of five vowels in Hz (Peterson and Barney 1952, rounded).
VOWELS: Final = ((730, 1090, 2440), (530, 1840, 2480), (270, 2290, 3010), (570, 840, 2410), (300, 870, 2240))


def tone(hertz: float, seconds: float, level: float = 0.3) -> Samples:
    t = np.arange(round(seconds * RATE)) / RATE
    return level * np.sin(2 * np.pi * hertz * t)


def silence(seconds: float) -> Samples:
    return np.zeros(round(seconds * RATE))


def speech(seconds: float, *, pitch: float, seed: int, level: float = 0.3) -> Samples:
    """Phrases of syllables with pauses; `pitch` in Hz tells speakers apart."""
    chance = np.random.default_rng(seed)
    parts: list[Samples] = []
    length = 0
    while length < seconds * RATE:
        for _ in range(int(chance.integers(4, 10))):
            parts += [_syllable(chance, pitch), silence(chance.uniform(0.02, 0.09))]
        parts.append(silence(chance.uniform(0.25, 0.8)))
        length = sum(len(part) for part in parts)
    sound = np.concatenate(parts)[: round(seconds * RATE)]
    peak = float(np.max(np.abs(sound))) or 1.0
    return sound * (level / peak)


def _syllable(chance: np.random.Generator, pitch: float) -> Samples:
    seconds = chance.uniform(0.11, 0.26)
    t = np.arange(round(seconds * RATE)) / RATE
    contour = pitch * (1 + 0.08 * chance.standard_normal() + 0.1 * np.sin(np.pi * t / seconds))
    phase = 2 * np.pi * np.cumsum(contour) / RATE
    formants = VOWELS[int(chance.integers(len(VOWELS)))]
    sound = np.zeros_like(t)
    for harmonic in range(1, int(3400 / pitch)):
        hertz = harmonic * pitch
        gain = sum(np.exp(-(((hertz - f) / 130) ** 2)) / (n + 1) for n, f in enumerate(formants))
        sound += (gain + 0.02) * np.sin(harmonic * phase)
    envelope: Samples = np.sin(np.pi * t / seconds) ** 0.6
    return np.asarray(sound * envelope, dtype=np.float64)


def write(path: Path, sound: Samples) -> Path:
    """Write under a temporary name, then rename: a reader never sees half a file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    data = (np.clip(sound, -1, 1) * 32767).astype("<i2").tobytes()
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    with wave.open(str(draft), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(RATE)
        out.writeframes(data)
    draft.rename(path)
    return path
