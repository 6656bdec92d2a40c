"""Sound of the tests: tones that are sent, and the measure of what arrived.

Samples are float64 from -1.0 to 1.0. Amplitudes are those of a sine (its peak), so a tone written with 0.5 reads 0.5.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray

Samples = NDArray[np.float64]

TELEPHONE_RATE = 8000
WINDOW_S = 0.1
# Of a pure tone at most 9 % reach there from a window of 100 ms. Several jumps in one window leave a comb: with enough
# distances one of them meets a tooth.
_BESIDE_HZ = (-60.0, -45.0, -35.0, -20.0, 20.0, 35.0, 45.0, 60.0)
_PEAK = 3.0


@dataclass(frozen=True, slots=True)
class Sound:
    """One channel of sound."""

    samples: Samples
    rate: int

    @property
    def duration_s(self) -> float:
        return len(self.samples) / self.rate

    @property
    def rms(self) -> float:
        return float(np.sqrt(np.mean(np.square(self.samples)))) if len(self.samples) else 0.0

    def part(self, from_s: float, to_s: float | None = None) -> Sound:
        end = None if to_s is None else round(to_s * self.rate)
        return Sound(self.samples[round(from_s * self.rate) : end], self.rate)

    def amplitude(self, hz: float) -> float:
        """Amplitude of the sine at `hz` (Goertzel's sum, for any frequency)."""
        count = len(self.samples)
        if not count:
            return 0.0
        turn = np.exp(-2j * np.pi * hz * np.arange(count) / self.rate)
        return float(2 * abs(np.dot(self.samples, turn)) / count)

    def share(self, hz: float) -> float:
        """Part of all energy that is the tone at `hz`: 1.0 for a pure tone, about 0 without it."""
        power = self.rms**2
        return min(1.0, self.amplitude(hz) ** 2 / 2 / power) if power > 0 else 0.0

    def strongest_hz(self) -> float:
        """Frequency of the strongest component; 0.0 for digital silence."""
        if self.rms == 0.0:
            return 0.0
        spectrum = np.abs(np.fft.rfft(self.samples * np.hanning(len(self.samples))))
        return float(np.argmax(spectrum) * self.rate / len(self.samples))

    def windows(self) -> Iterable[Sound]:
        """Consecutive whole windows of 100 ms."""
        size = round(WINDOW_S * self.rate)
        for start in range(0, len(self.samples) - size + 1, size):
            yield Sound(self.samples[start : start + size], self.rate)

    def tone_s(self, hz: float, *, share: float = 0.8, at_least: float = 0.01) -> float:
        """Seconds in which the tone at `hz` was the sound: `share` of a window's energy, not below `at_least`."""
        present = (w for w in self.windows() if w.amplitude(hz) >= at_least and w.share(hz) >= share)
        return WINDOW_S * sum(1 for _ in present)

    def tone_part_s(self, hz: float, *, at_least: float = 0.01) -> float:
        """Seconds in which the tone at `hz` was heard, alone or among other sound."""
        return WINDOW_S * sum(1 for w in self.windows() if w.amplitude(hz) >= at_least and w.stands_out(hz))

    def stands_out(self, hz: float) -> bool:
        """Whether `hz` is a peak in 100 ms of sound. A lost packet makes another, louder tone jump: its energy is then
        found at every frequency, and is no tone there."""
        beside = (self.amplitude(hz + distance) for distance in _BESIDE_HZ)
        return self.amplitude(hz) >= _PEAK * max(beside)

    def sound_s(self, *, at_least: float = 0.005) -> float:
        """Seconds that were not silent (RMS)."""
        return WINDOW_S * sum(1 for w in self.windows() if w.rms >= at_least)


def tone(hz: float, seconds: float, *, amplitude: float = 0.5, rate: int = TELEPHONE_RATE) -> Sound:
    times = np.arange(round(seconds * rate)) / rate
    return Sound(amplitude * np.sin(2 * np.pi * hz * times), rate)


def silence(seconds: float, *, rate: int = TELEPHONE_RATE) -> Sound:
    return Sound(np.zeros(round(seconds * rate)), rate)


def joined(*sounds: Sound) -> Sound:
    return Sound(np.concatenate([sound.samples for sound in sounds]), sounds[0].rate)


def write(path: Path, *channels: Sound) -> Path:
    """A 16-bit WAV with the given channels, which must be equally long."""
    soundfile.write(path, np.column_stack([c.samples for c in channels]), channels[0].rate, subtype="PCM_16")
    return path


def write_tone(path: Path, hz: float, seconds: float, *, amplitude: float = 0.5) -> Path:
    return write(path, tone(hz, seconds, amplitude=amplitude))


def read(path: Path) -> tuple[Sound, ...]:
    """The channels of a finished sound file of any format libsndfile knows."""
    samples, rate = soundfile.read(path, dtype="float64", always_2d=True)
    return tuple(Sound(np.ascontiguousarray(samples[:, n]), rate) for n in range(samples.shape[1]))


def read_growing(path: Path, *, rate: int = TELEPHONE_RATE, header: int = 44) -> Sound:
    """A mono 16-bit WAV that is still being written: its header does not know the length yet."""
    content = path.read_bytes()[header:]
    whole = len(content) - len(content) % 2
    return Sound(np.frombuffer(content[:whole], dtype="<i2").astype(np.float64) / 32768, rate)
