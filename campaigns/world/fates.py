"""What happens to an attempt and how long a conversation lasts: drawn from the seed and a number, so that the k-th
attempt has the same fate and each agent's n-th conversation the same length under every policy."""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from campaigns.pacing.kernel.jit import compiled
from campaigns.pacing.kernel.memory import Floats

# What the world is told of calls and conversations.
(
    SETUP_FROM, SETUP_TO, RING_MEAN, RING_CV, RING_LIMIT, REFUSED, MACHINES, TALK_MEAN, TALK_CV, SHORT_SHARE,
    SHORT_MEAN, WRAP_MEAN, LOW_SHARE, LOW_RATE, HIGH_RATE, LIKES,
) = range(16)  # fmt: skip

PERSON, BUSY, MACHINE, NO_ANSWER = range(4)
_TWO_PI: Final = 2.0 * math.pi
_AGENT: Final = 100_003


@compiled
def luck(seed: int, number: int, which: int) -> float:
    """Between 0 and 1, neither of them."""
    x = (
        np.uint64(seed) * np.uint64(0x9E3779B97F4A7C15)
        + np.uint64(number) * np.uint64(0xBF58476D1CE4E5B9)
        + np.uint64(which) * np.uint64(0x94D049BB133111EB)
    )
    x ^= x >> np.uint64(30)
    x *= np.uint64(0xBF58476D1CE4E5B9)
    x ^= x >> np.uint64(27)
    x *= np.uint64(0x94D049BB133111EB)
    x ^= x >> np.uint64(31)
    return (float(x >> np.uint64(11)) + 0.5) / 9007199254740992.0


@compiled
def normal(seed: int, number: int, which: int) -> float:
    radius = math.sqrt(-2.0 * math.log(luck(seed, number, which)))
    return radius * math.cos(_TWO_PI * luck(seed, number, which + 1))


@compiled
def log_normal(mean: float, cv: float, deviate: float) -> float:
    variance = math.log(1.0 + cv * cv)
    return math.exp(math.log(mean) - variance / 2.0 + deviate * math.sqrt(variance))


@compiled
def answer_rate(seed: int, number: int, mean: float, like: Floats) -> float:
    """Of the number-th lead. With a share of leads that seldom answer, two rates take the place of the mean."""
    if like[LOW_SHARE] <= 0.0:
        return mean
    return like[LOW_RATE] if luck(seed, number, 8) < like[LOW_SHARE] else like[HIGH_RATE]


@compiled
def attempt(seed: int, number: int, rate: float, like: Floats) -> tuple[int, float, float]:
    """Its end, and the seconds until it rings and until it ends."""
    setup = like[SETUP_FROM] + (like[SETUP_TO] - like[SETUP_FROM]) * luck(seed, number, 1)
    chance = luck(seed, number, 4)
    if chance < rate:
        ring = log_normal(like[RING_MEAN], like[RING_CV], normal(seed, number, 2))
        if ring <= like[RING_LIMIT]:
            return PERSON, setup, setup + ring
        return NO_ANSWER, setup, setup + like[RING_LIMIT]
    other = luck(seed, number, 5)
    if other < like[REFUSED]:
        return BUSY, setup, 0.5 + 2.0 * luck(seed, number, 6)
    if other < like[REFUSED] + like[MACHINES]:
        return MACHINE, setup, 18.0 + 6.0 * luck(seed, number, 6)
    return NO_ANSWER, setup, setup + like[RING_LIMIT]


@compiled
def conversation(seed: int, agent: int, number: int, like: Floats) -> tuple[float, float]:
    """Seconds of talk and of wrap-up (gamma with shape 4)."""
    which = agent * _AGENT + number
    talk = log_normal(like[TALK_MEAN], like[TALK_CV], normal(seed + 7, which, 10))
    if luck(seed + 7, which, 14) < like[SHORT_SHARE]:
        talk = -like[SHORT_MEAN] * math.log(luck(seed + 7, which, 15))
    wrap = 0.0
    for i in range(4):
        wrap -= math.log(luck(seed + 9, which, i))
    return talk, wrap * like[WRAP_MEAN] / 4.0
