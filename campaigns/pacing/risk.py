"""The risk of one more call: that nobody is free for the person who answers it.

For some moments at which it may be answered (the columns of every array here), each busy agent is free by then with a
known chance and each call under way has been answered with another. Agents who became free and calls not answered add
up to a Poisson-binomial number; the call finds no agent where that number does not exceed the calls without one.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

EXACT: Final = 40  # terms up to which the distribution is computed exactly
_SQRT2: Final = 1.4142135623730951
_SQRT_2PI: Final = 2.5066282746310002


class Odds(NamedTuple):
    """Chances by moment: rows are agents or calls, columns moments. `fresh` is one row: of a call placed now."""

    frees: Floats
    answers: Floats
    fresh: Floats


class Weighed(NamedTuple):
    """`placed` calls beyond the floor; `risk` of the one after them, or of the last one where all wanted were placed.
    `guarded`: it was the budget's guard that stopped them."""

    placed: int
    risk: float
    guarded: bool


def weigh(
    odds: Odds, *, floor: int, uncovered: int, most: int, theta: float, allowed: int, tail: float, peak_weight: float
) -> Weighed:
    """Adds calls until one's risk passes `theta`, or until more than `allowed` persons could, with a chance above
    `tail`, be without an agent. `uncovered`: calls under way and waiting customers beyond the ready agents, `floor` of
    them placed at this instant. The risk rises with every call, so the first one that is too much ends the search; a
    further call only mixes neighbouring columns of the distribution by its chance of being answered."""
    placed_now = np.broadcast_to(odds.fresh, (floor, len(odds.fresh)))
    terms = np.concatenate([odds.frees, 1.0 - odds.answers, 1.0 - placed_now])
    width = most + 1
    number = Number(terms)
    risks = number.at_most(uncovered, width)
    losses = number.at_most(uncovered - allowed - 1, width) if allowed >= 0 else np.ones_like(risks)
    moments = len(odds.fresh)
    both, answered = np.concatenate([risks, losses]), np.tile(odds.fresh, 2)[:, None]
    placed, risk = 0, 0.0
    while placed < most:
        following = _risk(both[:moments, 0], peak_weight)
        # The call itself may be answered and lost as well.
        grown = both[:, :-1] + (both[:, 1:] - both[:, :-1]) * answered
        if following > theta:
            return Weighed(placed, following, False)
        if np.maximum.reduce(grown[moments:, 0]) > tail:
            return Weighed(placed, following, True)
        both, placed, risk = grown, placed + 1, following
    return Weighed(placed, risk, False)


def _risk(risks: Floats, peak_weight: float) -> float:
    """The mean over the moments, and the worst of them, which stands for the harm to calls that already ring."""
    each = risks.tolist()
    return float((1 - peak_weight) * sum(each) / len(each) + peak_weight * max(each))


class Number:
    """How many of independent events happen; `terms` are their chances, a row an event, a column a moment."""

    def __init__(self, terms: Floats) -> None:
        self._terms, self._count = terms, terms.shape[0]
        self._cdf = _exact(terms) if self._count <= EXACT else None

    def at_most(self, first: int, width: int) -> Floats:
        """P(number <= k) for k = first ... first + width - 1, by moment."""
        ks = np.arange(first, first + width)
        if self._cdf is not None:
            found = self._cdf[:, np.minimum(np.maximum(ks, 0), self._count)]
        else:
            found = _edgeworth(self._terms, ks)
        found[:, ks < 0] = 0.0
        found[:, ks >= self._count] = 1.0
        return found


def _exact(terms: Floats) -> Floats:
    """By discrete Fourier transform of the characteristic function."""
    points = terms.shape[0] + 1
    factors = terms[:, :, None] * _waves(points)
    factors += 1.0
    chances = np.fft.irfft(np.multiply.reduce(factors, axis=0), points, axis=1)
    return np.asarray(np.minimum(np.maximum(chances.cumsum(axis=1), 0.0), 1.0), dtype=np.float64)


@lru_cache(maxsize=EXACT + 1)
def _waves(points: int) -> NDArray[np.complex128]:
    return np.asarray(np.exp(-2j * np.pi * np.arange(points // 2 + 1) / points) - 1.0, dtype=np.complex128)


def _edgeworth(terms: Floats, ks: NDArray[np.int64]) -> Floats:
    """The normal distribution, corrected for skewness."""
    variances = terms * (1 - terms)
    mean, variance = terms.sum(axis=0), np.maximum(variances.sum(axis=0), 1e-9)
    skewness = (variances * (1 - 2 * terms)).sum(axis=0)
    deviation = np.sqrt(variance)
    x = (ks[None, :] + 0.5 - mean[:, None]) / deviation[:, None]
    x = np.clip(x, -30.0, 30.0)
    correction = (skewness / (6 * deviation**3))[:, None] * (x * x - 1) * np.exp(-x * x / 2) / _SQRT_2PI
    return np.maximum.accumulate(np.clip(normal_cdf(x) - correction, 0.0, 1.0), axis=1)


def normal_cdf(x: Floats) -> Floats:
    """Within 1e-7 (Abramowitz and Stegun, Handbook of Mathematical Functions, 7.1.26)."""
    z = np.abs(x) / _SQRT2
    t = 1.0 / (1.0 + 0.3275911 * z)
    series = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))))
    upper = 0.5 * series * np.exp(-z * z)
    return np.where(x > 0, 1.0 - upper, upper)
