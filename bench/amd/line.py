"""What a telephone line does to sound: level, noise, coding, lost packets."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Final

import numpy as np

from bench.amd.sounds import LIVELY_NOISES, NOISES, Generator
from bench.amd.speech import RATE, Samples

FRAME: Final = RATE // 50
FULL_SCALE_DBM0: Final = 6.15
"""A sine of 0 dBm0 has its peak 3.14 dB below full scale (G.711 A-law), its RMS another 3.01 dB lower."""
ACTIVE_DB: Final = 18.0
IDLE_DBM0: Final = -68.0
CODES: Final = 127


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """`snr_db` is None on a quiet line; `loss` is the share of 20 ms packets that never arrived."""

    level_dbm0: float
    noise: str = "quiet"
    snr_db: float | None = None
    coding: str = "pcma"
    loss: float = 0.0

    def described(self) -> dict[str, Any]:
        return asdict(self)


def described_noise(random: Generator, *, noisy: bool) -> tuple[str, float | None]:
    """What is heard behind a voice, and how far below it."""
    if noisy:
        return str(random.choice(sorted(LIVELY_NOISES))), round(float(random.uniform(5, 20)), 1)
    drawn = random.random()
    if drawn < 0.5:
        return "quiet", None
    if drawn < 0.75:
        return "digital_silence", None
    return str(random.choice(sorted(NOISES))), round(float(random.uniform(15, 35)), 1)


def carried(sound: Samples, line: Line, random: Generator) -> Samples:
    """The sound at the far end of the line, -1.0 to 1.0."""
    loud = at_level(sound, line.level_dbm0)
    noisy = loud + _noise(len(loud), line, random)
    return _without_lost(_coded(np.clip(noisy, -1.0, 1.0), line.coding), line.loss, random)


def amplitude(dbm0: float) -> float:
    """RMS amplitude of a level."""
    return float(10 ** ((dbm0 - FULL_SCALE_DBM0) / 20))


def at_level(sound: Samples, dbm0: float) -> Samples:
    """Scaled so that its active parts (20 ms frames near the loudest ones, after ITU-T P.56) have this level."""
    active = active_rms(sound)
    return sound * (amplitude(dbm0) / active) if active > 0 else sound


def active_rms(sound: Samples) -> float:
    whole = sound[: len(sound) // FRAME * FRAME].reshape(-1, FRAME)
    if not whole.size:
        return 0.0
    powers = np.mean(np.square(whole), axis=1)
    loudest = float(np.quantile(powers[powers > 0], 0.95)) if np.any(powers > 0) else 0.0
    active = powers[powers > loudest * 10 ** (-ACTIVE_DB / 10)]
    return float(np.sqrt(np.mean(active))) if active.size else 0.0


def _noise(length: int, line: Line, random: Generator) -> Samples:
    if line.noise == "digital_silence":
        return np.zeros(length)
    if line.snr_db is None:
        return random.standard_normal(length) * amplitude(IDLE_DBM0)
    noise = LIVELY_NOISES[line.noise](length / RATE + 0.1, random)[:length]
    return noise / np.std(noise) * amplitude(line.level_dbm0 - line.snr_db)


def _coded(sound: Samples, coding: str) -> Samples:
    """There and back through G.711, by the curves that its segments approach."""
    return _a_law(sound) if coding == "pcma" else _mu_law(sound)


def _a_law(sound: Samples) -> Samples:
    a = 87.6
    scale = 1 + np.log(a)
    x = np.abs(sound)
    code = np.where(x < 1 / a, a * x / scale, (1 + np.log(np.maximum(a * x, 1e-12))) / scale)
    code = (np.floor(code * CODES) + 0.5) / CODES
    x = np.where(code < 1 / scale, code * scale / a, np.exp(code * scale - 1) / a)
    return np.sign(sound) * np.clip(x, 0, 1)


def _mu_law(sound: Samples) -> Samples:
    mu = 255.0
    code = np.round(np.log1p(mu * np.abs(sound)) / np.log1p(mu) * CODES) / CODES
    return np.sign(sound) * np.expm1(code * np.log1p(mu)) / mu


def _without_lost(sound: Samples, loss: float, random: Generator) -> Samples:
    """A lost packet sounds like the one before at half its strength, as a receiver that conceals makes it."""
    if loss <= 0:
        return sound
    heard = sound.copy()
    for start in np.flatnonzero(random.random(len(sound) // FRAME) < loss) * FRAME:
        before = heard[max(0, start - FRAME) : start]
        heard[start : start + FRAME] = 0.5 * before if len(before) == FRAME else 0.0
    return heard
