"""Speech by espeak-ng, as a telephone line carries it: 8 kHz, 300 to 3400 Hz."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

import numpy as np
import soundfile
from numpy.typing import NDArray

from bench.amd.phrases import Phrase

Samples = NDArray[np.float64]

RATE: Final = 8000
PASS_HZ: Final = (250.0, 3500.0)
EDGE_HZ: Final = 80.0
SPEAK_S: Final = 20.0
AUDIBLE: Final = 0.01


class NoSynthesiser(Exception):
    """espeak-ng is not installed; the text says how to get it."""


@dataclass(frozen=True, slots=True)
class Voice:
    """`variant` is one of espeak-ng's; `pitch` 0 to 99 (50 is usual), `speed` in words a minute (175 is usual)."""

    variant: str
    pitch: int = 50
    speed: int = 170


def synthesiser() -> str:
    """Path of espeak-ng. Raises `NoSynthesiser`."""
    found = shutil.which("espeak-ng")
    if found is None:
        raise NoSynthesiser(
            "espeak-ng is not installed: run scripts/install-test-tools.sh, or apt-get install espeak-ng"
        )
    return found


def version() -> str:
    done = subprocess.run([synthesiser(), "--version"], capture_output=True, text=True, check=True, timeout=SPEAK_S)
    return done.stdout.split("Data at")[0].strip()


@lru_cache(maxsize=512)
def spoken(phrase: Phrase, voice: Voice) -> Samples:
    """The phrase without the silence before and after it, peak 1.0."""
    with tempfile.TemporaryDirectory(prefix="goldenhour-speech-") as folder:
        path = Path(folder) / "speech.wav"
        command = [
            synthesiser(), "-v", f"{phrase.language}+{voice.variant}", "-p", str(voice.pitch), "-s", str(voice.speed),
            "-w", str(path), phrase.text,
        ]  # fmt: skip
        subprocess.run(command, check=True, capture_output=True, timeout=SPEAK_S)
        samples, rate = soundfile.read(path, dtype="float64")
    line = trimmed(on_the_line(samples, rate))
    return line / max(1e-9, float(np.max(np.abs(line), initial=0.0)))


def on_the_line(samples: Samples, rate: int) -> Samples:
    """Resampled to 8 kHz and cut to the telephone's band, both in the spectrum."""
    length = max(2, round(len(samples) * RATE / rate))
    spectrum = np.fft.rfft(samples)
    hz = np.fft.rfftfreq(len(samples), 1 / rate)
    low, high = PASS_HZ
    kept = spectrum * np.clip((hz - low) / EDGE_HZ + 0.5, 0, 1) * np.clip((high - hz) / EDGE_HZ + 0.5, 0, 1)
    bins = length // 2 + 1
    fitted = np.zeros(bins, dtype=complex)
    fitted[: min(bins, len(kept))] = kept[:bins]
    return np.fft.irfft(fitted, length) * (length / len(samples))


def trimmed(samples: Samples) -> Samples:
    loud = np.flatnonzero(np.abs(samples) > AUDIBLE * np.max(np.abs(samples), initial=1e-9))
    return samples[loud[0] : loud[-1] + 1] if len(loud) else samples[:0]
