"""How loud each side is, and the outline a screen draws of it. Streams: an hour costs what ten seconds cost."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np

from recordings.finalize import Frames

FULL_SCALE: Final = 32768.0
SILENCE_DBFS: Final = -96.3  # the floor of 16 bits
ACTIVE_DBFS: Final = -45.0  # a 20 ms frame louder than this counts as somebody speaking
_FRAMES_PER_S: Final = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelLevel:
    """Decibels below full scale (<= 0); `active_share` is the part of the time (0-1) with speech or other sound."""

    rms_dbfs: float
    peak_dbfs: float
    active_share: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Peaks:
    """Lowest and highest sample of each bucket, -1.0 to 1.0, a list per channel (agent, customer)."""

    frames_per_bucket: int
    low: tuple[tuple[float, ...], ...]
    high: tuple[tuple[float, ...], ...]


def dbfs(amplitude: float) -> float:
    return max(SILENCE_DBFS, 20 * math.log10(amplitude / FULL_SCALE)) if amplitude > 0 else SILENCE_DBFS


def chunks(sound: Iterator[Frames], size: int) -> Iterator[Frames]:
    """The same frames in pieces of `size`; the last may be shorter."""
    rest: Frames | None = None
    for block in sound:
        joined = block if rest is None or not len(rest) else np.concatenate((rest, block))
        whole = len(joined) // size * size
        yield from (joined[start : start + size] for start in range(0, whole, size))
        rest = joined[whole:]
    if rest is not None and len(rest):
        yield rest


def peaks(sound: Iterator[Frames], *, frames: int, buckets: int) -> Peaks:
    """At most `buckets` (>= 1) pairs over a sound of `frames` frames."""
    if buckets < 1:
        raise ValueError(f"buckets is {buckets}: at least 1")
    size = max(1, math.ceil(frames / buckets))
    pairs = [(chunk.min(axis=0), chunk.max(axis=0)) for chunk in chunks(sound, size)]
    if not pairs:
        return Peaks(frames_per_bucket=size, low=(), high=())
    low, high = (np.stack(side).T / FULL_SCALE for side in zip(*pairs, strict=True))
    return Peaks(frames_per_bucket=size, low=_rows(low), high=_rows(high))


def _rows(values: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> tuple[tuple[float, ...], ...]:
    return tuple(tuple(round(float(v), 4) for v in row) for row in values)


def measure(sound: Iterator[Frames], *, sample_rate: int, channels: int = 2) -> tuple[ChannelLevel, ...]:
    """One level per channel over the whole sound."""
    squares, highest, active = np.zeros(channels), np.zeros(channels), np.zeros(channels)
    frames = ticks = 0
    threshold = FULL_SCALE * 10 ** (ACTIVE_DBFS / 20)
    for tick in chunks(sound, max(1, sample_rate // _FRAMES_PER_S)):
        wide = tick.astype(np.float64)
        energy = (wide * wide).sum(axis=0)
        squares += energy
        highest = np.maximum(highest, np.abs(wide).max(axis=0))
        active += np.sqrt(energy / len(wide)) > threshold
        frames, ticks = frames + len(wide), ticks + 1
    return tuple(
        ChannelLevel(
            rms_dbfs=round(dbfs(math.sqrt(squares[c] / max(1, frames))), 2),
            peak_dbfs=round(dbfs(float(highest[c])), 2),
            active_share=round(float(active[c]) / max(1, ticks), 4),
        )
        for c in range(channels)
    )
