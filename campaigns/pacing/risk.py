"""The risk of one more call: that nobody is free for the person who answers it.

For some moments at which it may be answered (the columns of every array here), each busy agent is free by then with a
known chance and each call under way has been answered with another. Agents who became free and calls not answered add
up to a Poisson-binomial number; the call finds no agent where that number does not exceed the calls without one.
"""

from __future__ import annotations

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
    them placed at this instant. The risk
    rises with every call, so the first one that is too much ends the search; the chance of being answered mixes two
    neighbouring columns of the distribution, so a further call costs one addition."""
    placed_now = np.broadcast_to(odds.fresh, (floor, len(odds.fresh)))
    terms = np.concatenate([odds.frees, 1.0 - odds.answers, 1.0 - placed_now])
    width = most + 1
    risks = at_most(terms, uncovered, width)
    losses = at_most(terms, uncovered - allowed - 1, width) if allowed >= 0 else np.ones_like(risks)
    answered = odds.fresh[:, None]
    placed, risk = 0, 0.0
    while placed < most:
        following = _risk(risks[:, 0], peak_weight)
        # The call itself may be answered and lost as well.
        grown_losses = losses[:, :-1] * (1 - answered) + losses[:, 1:] * answered
        if following > theta:
            return Weighed(placed, following, False)
        if float(grown_losses[:, 0].max()) > tail:
            return Weighed(placed, following, True)
        risks = risks[:, :-1] * (1 - answered) + risks[:, 1:] * answered
        losses = grown_losses
        placed, risk = placed + 1, following
    return Weighed(placed, risk, False)


def _risk(risks: Floats, peak_weight: float) -> float:
    """The mean over the moments, and the worst of them, which stands for the harm to calls that already ring."""
    return float((1 - peak_weight) * risks.mean() + peak_weight * risks.max())


def at_most(terms: Floats, first: int, width: int) -> Floats:
    """P(number of terms that happen <= k) for k = first ... first + width - 1, by column of `terms`."""
    ks = np.arange(first, first + width)
    count = terms.shape[0]
    found = _exact(terms)[:, np.clip(ks, 0, count)] if count <= EXACT else _edgeworth(terms, ks)
    found[:, ks < 0] = 0.0
    found[:, ks >= count] = 1.0
    return found


def _exact(terms: Floats) -> Floats:
    """By discrete Fourier transform of the characteristic function."""
    points = terms.shape[0] + 1
    waves = np.exp(-2j * np.pi * np.arange(points // 2 + 1) / points)
    transformed = np.prod(1.0 + terms[:, :, None] * (waves - 1.0)[None, None, :], axis=0)
    return np.clip(np.cumsum(np.fft.irfft(transformed, points, axis=1), axis=1), 0.0, 1.0)


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
