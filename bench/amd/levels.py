"""The level a line worker reads, computed from sound: PJSIP's own arithmetic, for a whole file at once.

PJSIP's bridge averages the magnitude of the 160 samples of a 20 ms frame, compresses it by the mu-law's curve without
its sign (0 to 127), and pjsua2 gives 100/255 of that as a whole number, of which `Levels.received` is a hundredth.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np
import soundfile
from numpy.typing import NDArray

FRAME: Final = 160
FRAME_S: Final = 0.02
BIAS: Final = 132
CLIP: Final = 0x7FFF


def levels(samples: NDArray[np.int16]) -> NDArray[np.float64]:
    """One level for each whole frame of 8 kHz sound."""
    whole = samples[: len(samples) // FRAME * FRAME].reshape(-1, FRAME).astype(np.int64)
    return percent(np.abs(whole).sum(axis=1) // FRAME) / 100


def percent(magnitude: NDArray[np.int64]) -> NDArray[np.int64]:
    """What pjsua2 calls a level: 0 to 49."""
    biased = np.minimum(magnitude // 4 * 4 + BIAS, CLIP)
    segment = np.floor(np.log2(biased)).astype(np.int64) - 7
    return ((segment << 4) | ((biased >> (segment + 3)) & 15)) * 100 // 255


def levels_of(path: Path) -> NDArray[np.float64]:
    samples, rate = soundfile.read(path, dtype="int16")
    if rate != 8000:
        raise ValueError(f"{path} has {rate} samples a second; a line has 8000")
    return levels(samples)
