"""What pacing has learned and believes, as arrays: the rows and columns that the compiled rules read and write."""

from __future__ import annotations

import math
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

# Moments at which one more call may be answered: quantiles of the time to an answer, for those who answer.
MOMENTS: Final = (0.125, 0.375, 0.625, 0.875)
M: Final = len(MOMENTS)
NOW: Final = M  # the column of tables for somebody who waits now

BIN_S: Final = 0.5
BINS: Final = 160
REACHED, ANSWERS, OTHERS, PRIOR_REACHED, PRIOR_ANSWERS, PRIOR_OTHERS, HAZARD, ENDS, ANSWERED, UNDER_WAY = range(10)

COHORTS: Final = 61  # minutes of dialling that the current answer rate looks at
COHORT_MINUTE, COHORT_ANSWERS, COHORT_REACHED = 0, 1, 2

TALK_EDGES: Final = np.array(
    [0, 3, 6, 10, 15, 20, 30, 40, 50, 60, 75, 90, 105, 120, 150, 180, 240, 300, 400, 600, 900, 1500], dtype=np.float64
)
CLASSES: Final = len(TALK_EDGES)
TALK_WIDTHS: Final = np.append(np.diff(TALK_EDGES), 600.0)
REST_EDGES: Final = np.concatenate([np.arange(0.0, 40.0, 2.0), np.arange(40.0, 100.1, 10.0)])
RESTS: Final = len(REST_EDGES) - 1
WRAP_EDGES: Final = np.concatenate([np.arange(0.0, 121.0), [150.0, 200.0, 300.0, 600.0]])
WRAPS: Final = len(WRAP_EDGES) - 1
EVENTS, EXPOSURE, SHAPE = 0, 1, 2

TALK_ROW_S: Final = 3.0
TALK_ROWS: Final = 300
WRAP_ROW_S: Final = 0.5
WRAP_ROWS: Final = 260

# Single numbers: sums of conversations and wrap-ups, weights of the newest observation, and what is believed now.
(
    TALK_N, TALK_LOG, TALK_SQUARES, WRAP_N, WRAP_S, RING_WEIGHT, TALK_WEIGHT, RATE_NOW, LOG_THETA, RING_AT, BUSY_AT,
    BINDING, SHAPE_MEAN, SHAPE_VARIANCE, SHAPE_WRAP, PRIOR_TALK_S, PRIOR_SPREAD, PRIOR_WRAP_S, PATIENCE_S,
    RING_NEW, CAUTION, NUMBERS,
) = range(22)  # fmt: skip
NEVER: Final = -1.0e18
LOWEST_LOG_THETA: Final = -6.0
HIGHEST_LOG_THETA: Final = -1.0

# What a policy is told, and what was tuned.
(
    CAP, PATIENCE, CANCEL_AFTER, CANCEL_RISK, BURST, PEAK, TAIL, CREDIT, CREDIT_OVER, CREDIT_SHARE, ROOM_BASE,
    ROOM_ROOT, HARD, GAIN, STEP, HORIZON, RESERVE, RULES,
) = range(18)  # fmt: skip


_PRIOR_CONVERSATIONS: Final = 5.0  # by which mean and spread are drawn to the prior's


class Memory(NamedTuple):
    ring: Floats  # by half second of age: counts, those of the prior, and the chances drawn from them
    cohorts: Floats  # by minute of dialling: the minute, answers, attempts that reached each age
    talk: Floats  # by class of age and of the rest
    wrap: Floats
    numbers: Floats
    moments: Floats  # seconds
    ring_table: Floats  # P(answered within each moment), by age
    talk_table: Floats  # P(free within each moment and the patience), by age; the last column from now
    wrap_table: Floats


def fresh_memory() -> Memory:
    """All zero; `numbers` and the ring's prior are for the caller to set."""
    memory = Memory(
        ring=np.zeros((10, BINS + 1)),
        cohorts=np.zeros((COHORTS, COHORT_REACHED + BINS)),
        talk=np.zeros((3, CLASSES, RESTS)),
        wrap=np.zeros((2, WRAPS)),
        numbers=np.zeros(NUMBERS),
        moments=np.zeros(M),
        ring_table=np.zeros((BINS, M)),
        talk_table=np.zeros((TALK_ROWS, M + 1)),
        wrap_table=np.zeros((WRAP_ROWS, M + 1)),
    )
    memory.cohorts[:, COHORT_MINUTE] = NEVER
    memory.numbers[[RING_WEIGHT, TALK_WEIGHT, RATE_NOW, CAUTION]] = 1.0
    memory.numbers[[RING_AT, BUSY_AT]] = NEVER
    return memory


def wrap_mean_s(numbers: Floats) -> float:
    k = _PRIOR_CONVERSATIONS
    weight = numbers[TALK_WEIGHT]
    total, n = numbers[WRAP_S] / weight, numbers[WRAP_N] / weight
    return max((k * numbers[PRIOR_WRAP_S] + total) / (k + n), 0.5)


def busy_logs(numbers: Floats) -> tuple[float, float]:
    """Mean and variance of the logarithm of the busy time."""
    variance = math.log(1.0 + numbers[PRIOR_SPREAD] * numbers[PRIOR_SPREAD])
    mean = math.log(numbers[PRIOR_TALK_S] + numbers[PRIOR_WRAP_S]) - variance / 2
    weight, k = numbers[TALK_WEIGHT], _PRIOR_CONVERSATIONS
    n, total, squares = numbers[TALK_N] / weight, numbers[TALK_LOG] / weight, numbers[TALK_SQUARES] / weight
    scatter = max(squares - total * total / n, 0.0) if n > 0.0 else 0.0
    return (k * mean + total) / (k + n), max((k * variance + scatter) / (k + n), 0.05)
