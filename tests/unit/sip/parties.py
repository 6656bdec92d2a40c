"""Answering parties as a line worker hears them: fifty levels a second, made of loudness."""

from __future__ import annotations

import random
from collections.abc import Sequence
from itertools import chain, cycle, islice
from typing import Final

import numpy as np

from bench.amd.levels import percent
from sip.amd import AmdSettings, Detector, Evidence, Screening

PER_S: Final = 50
SYLLABLE: Final = (-3.0, 0.0, -1.5, -5.0, 0.5, -4.0, -9.0, -16.0, -6.0, -2.0, -8.0)
"""Decibels around the loudness of a voice, a reading each 20 ms."""

Loudness = Sequence[float]


def level(db: float) -> float:
    """What is read where the mean magnitude is so far below full scale."""
    return float(percent(np.array([round(32768 * 10 ** (db / 20))]))[0]) / 100


def levels(*parts: Loudness, louder_db: float = 0.0) -> list[float]:
    return [level(db + louder_db) for db in chain.from_iterable(parts)]


def silence(seconds: float, db: float = -75.0) -> Loudness:
    return [db] * round(seconds * PER_S)


def noise(seconds: float, db: float, seed: int = 1) -> Loudness:
    drawn = random.Random(seed)
    return [db + drawn.gauss(0.0, 0.55) for _ in range(round(seconds * PER_S))]


def speech(seconds: float, db: float = -25.0) -> Loudness:
    return [db + one for one in islice(cycle(SYLLABLE), round(seconds * PER_S))]


def tone(seconds: float, db: float = -20.0) -> Loudness:
    return [db] * round(seconds * PER_S)


def over(sound: Loudness, background: Loudness) -> Loudness:
    """Both at once: the louder one is heard."""
    return [max(one, other) for one, other in zip(sound, background, strict=True)]


def listened(
    readings: Sequence[float], settings: AmdSettings | None = None, evidence: Evidence | None = None
) -> Screening:
    """What the detector settles on, or UNCERTAIN when the time is over."""
    settings = settings or AmdSettings()
    detector = Detector(settings, evidence or Evidence())
    for number, reading in enumerate(readings[: round(settings.longest_s * PER_S)], start=1):
        if (screening := detector.level(number / PER_S, reading)) is not None:
            return screening
    screening = detector.expired(settings.longest_s)
    assert screening is not None
    return screening
