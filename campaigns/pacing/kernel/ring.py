"""How long customers take to answer, and how many do: hazards by the age of the attempt, learned from every one."""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from campaigns.pacing.kernel.jit import compiled
from campaigns.pacing.kernel.memory import (
    ANSWERED,
    ANSWERS,
    BIN_S,
    BINS,
    CAUTION,
    COHORT_ANSWERS,
    COHORT_MINUTE,
    COHORT_REACHED,
    COHORTS,
    ENDS,
    HAZARD,
    MOMENTS,
    NEVER,
    OTHERS,
    PRIOR_ANSWERS,
    PRIOR_OTHERS,
    PRIOR_REACHED,
    RATE_NOW,
    REACHED,
    RING_NEW,
    RING_WEIGHT,
    UNDER_WAY,
    Floats,
    M,
)

_KEEP: Final = 0.9995  # of older attempts' weight, with each new one
_COHORT_S: Final = 60.0
_HALF_LIFE_S: Final = 300.0
_FORGOTTEN_S: Final = 3600.0
_LONGEST_S: Final = 86_400.0
_RATE_ANSWERS: Final = 10.0  # by which the current rate is drawn to the learned one
_RATE_LOW: Final = 0.25
_RATE_HIGH: Final = 4.0
_DEVIATIONS: Final = 2.0  # of the learned answer rate, by which the budget's guard thinks it may be wrong
_HEAVY: Final = 1e6


@compiled
def sane(seconds: float) -> float:
    """0 in place of a duration that is none: a clock was set, or a time is missing."""
    if not seconds > 0.0:
        return 0.0
    return min(seconds, _LONGEST_S)


@compiled
def bin_of(age_s: float) -> int:
    return min(int(sane(age_s) / BIN_S), BINS - 1)


@compiled
def observe_attempt(
    ring: Floats, cohorts: Floats, numbers: Floats, at_s: float, age_s: float, person: bool, cut: bool
) -> None:
    """Newer attempts weigh more, instead of all older ones less."""
    reached = bin_of(age_s)
    passed = reached if cut else reached + 1
    numbers[RING_WEIGHT] /= _KEEP
    numbers[RING_NEW] += 1.0
    weight = numbers[RING_WEIGHT]
    for b in range(passed):
        ring[REACHED, b] += weight
    if not cut:
        ring[ANSWERS if person else OTHERS, reached] += weight
    if weight > _HEAVY:
        weigh_ring(ring, numbers)
    if math.isfinite(at_s):
        _observe_minute(cohorts, math.floor((at_s - sane(age_s)) / _COHORT_S), passed, person and not cut)


@compiled
def _observe_minute(cohorts: Floats, minute: float, passed: int, person: bool) -> None:
    slot = int(minute % COHORTS)
    if cohorts[slot, COHORT_MINUTE] != minute:
        for i in range(cohorts.shape[1]):
            cohorts[slot, i] = 0.0
        cohorts[slot, COHORT_MINUTE] = minute
    for b in range(COHORT_REACHED, COHORT_REACHED + passed):
        cohorts[slot, b] += 1.0
    if person:
        cohorts[slot, COHORT_ANSWERS] += 1.0


@compiled
def weigh_ring(ring: Floats, numbers: Floats) -> None:
    """The newest attempt weighs 1 again."""
    share = 1.0 / numbers[RING_WEIGHT]
    for row in range(REACHED, OTHERS + 1):
        for b in range(BINS):
            ring[row, b] *= share
    numbers[RING_WEIGHT] = 1.0


@compiled
def refresh_ring(
    ring: Floats, cohorts: Floats, numbers: Floats, at_s: float, ages_s: Floats, count: int, hour_factor: float
) -> None:
    """With the attempts under way, which count for the ages they have passed: after a common start quick refusals
    would speak for all. `hour_factor`: what is known of this hour against the day."""
    weigh_ring(ring, numbers)
    passed = np.zeros(BINS + 1)
    for i in range(count):
        _pass(passed, ages_s[i])
    for b in range(BINS):
        of = ring[REACHED, b] + ring[PRIOR_REACHED, b] + passed[b]
        ring[HAZARD, b] = (ring[ANSWERS, b] + ring[PRIOR_ANSWERS, b]) / of
        ring[ENDS, b] = (ring[OTHERS, b] + ring[PRIOR_OTHERS, b]) / of
    numbers[RATE_NOW] = _rate_now(ring, cohorts, at_s, ages_s, count, hour_factor)
    _cumulate(ring, numbers[RATE_NOW])
    attempts, rate = ring[REACHED, 0] + ring[PRIOR_REACHED, 0], max(ring[ANSWERED, BINS], 0.01)
    numbers[CAUTION] = 1.0 + _DEVIATIONS * math.sqrt((1.0 - rate) / (rate * attempts))


@compiled
def _pass(passed: Floats, age_s: float) -> None:
    """Whole bins, and the part of the bin it is in."""
    b = bin_of(age_s)
    for i in range(b):
        passed[i] += 1.0
    passed[b] += min(sane(age_s) / BIN_S - b, 1.0)


@compiled
def _rate_now(ring: Floats, cohorts: Floats, at_s: float, ages_s: Floats, count: int, hour_factor: float) -> float:
    """Answers of recent minutes over those the learned hazards expect, attempts under way included."""
    got, expected = _RATE_ANSWERS * hour_factor, _RATE_ANSWERS
    reached = np.zeros(BINS)
    for slot in range(COHORTS):
        ago = at_s - cohorts[slot, COHORT_MINUTE] * _COHORT_S
        if cohorts[slot, COHORT_MINUTE] > NEVER and abs(ago) <= _FORGOTTEN_S:
            weight = 2.0 ** (-max(ago, 0.0) / _HALF_LIFE_S)
            got += weight * cohorts[slot, COHORT_ANSWERS]
            for b in range(BINS):
                reached[b] += weight * cohorts[slot, COHORT_REACHED + b]
    for b in range(BINS):
        expected += reached[b] * ring[HAZARD, b]
    gone = np.zeros(BINS + 1)
    for b in range(BINS):
        gone[b + 1] = gone[b] + ring[HAZARD, b]
    for i in range(count):
        expected += gone[bin_of(ages_s[i])] * 2.0 ** (-min(sane(ages_s[i]), _FORGOTTEN_S) / _HALF_LIFE_S)
    return min(max(got / expected, _RATE_LOW), _RATE_HIGH)


@compiled
def _cumulate(ring: Floats, rate_now: float) -> None:
    """P(a person has answered before age x), and P(still under way at x), at the edges of the bins."""
    ring[ANSWERED, 0], ring[UNDER_WAY, 0] = 0.0, 1.0
    for b in range(BINS):
        answering = min(ring[HAZARD, b] * rate_now, 0.95)
        ending = min(ring[ENDS, b], 1.0 - answering)
        ring[ANSWERED, b + 1] = ring[ANSWERED, b] + ring[UNDER_WAY, b] * answering
        ring[UNDER_WAY, b + 1] = ring[UNDER_WAY, b] * (1.0 - answering - ending)


@compiled
def set_moments(ring: Floats, moments: Floats) -> None:
    """Seconds until an answer, for those who answer: its quantiles."""
    b = 0
    for m in range(M):
        share = MOMENTS[m] * ring[ANSWERED, BINS]
        while b < BINS - 1 and ring[ANSWERED, b + 1] < share:
            b += 1
        step = ring[ANSWERED, b + 1] - ring[ANSWERED, b]
        moments[m] = (b + (share - ring[ANSWERED, b]) / step if step > 0.0 else b) * BIN_S


@compiled
def tabulate_ring(ring: Floats, moments: Floats, table: Floats) -> None:
    """P(an attempt of this age, still under way, is answered within each of the moments); by the bin of its age, from
    the bin's middle."""
    for b in range(BINS):
        left = max(0.5 * (ring[UNDER_WAY, b] + ring[UNDER_WAY, b + 1]), 1e-12)
        start = 0.5 * (ring[ANSWERED, b] + ring[ANSWERED, b + 1])
        for m in range(M):
            x = b + 0.5 + moments[m] / BIN_S
            i = min(int(x), BINS - 1)
            later = ring[ANSWERED, i] + (ring[ANSWERED, i + 1] - ring[ANSWERED, i]) * min(x - i, 1.0)
            table[b, m] = min(max((later - start) / left, 0.0), 1.0)
