"""A ringing tone of the network is no voice."""

from __future__ import annotations

import random

from sip.early_media import EarlyMedia


def heard(levels: list[float]) -> float:
    early = EarlyMedia()
    for level in levels:
        early.level(level)
    return early.sound_s


def test_a_ringing_tone_does_not_count() -> None:
    assert heard(([0.62] * 50 + [0.0] * 200) * 4) == 0.0
    assert heard(([0.6] * 20 + [0.0] * 10 + [0.6] * 20 + [0.0] * 100) * 8) <= 0.5  # British: two short rings


def test_an_announcement_counts_in_seconds() -> None:
    chance = random.Random(5)
    voice = [chance.uniform(0.2, 0.8) for _ in range(300)]
    assert heard(voice) == 6.0


def test_silence_and_noise_do_not_count() -> None:
    assert heard([0.0] * 500) == 0.0
    assert heard([0.12, 0.13] * 250) == 0.0
