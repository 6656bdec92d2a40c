"""The risk of one more call: that nobody is free for the person who answers it.

For some moments at which it may be answered (the columns of every array here), each busy agent is free by then with a
known chance and each call under way has been answered with another. Agents who became free and calls not answered add
up to a Poisson-binomial number; the call finds no agent where that number does not exceed the calls without one.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from campaigns.pacing.kernel.busy import normal_below
from campaigns.pacing.kernel.jit import compiled, summing
from campaigns.pacing.kernel.memory import Floats, M

EXACT: Final = 2500  # steps up to which the distribution is computed exactly: terms times the numbers asked for
_SQRT_2PI: Final = math.sqrt(2 * math.pi)
_MOST_DEVIATIONS: Final = 30.0
_AT_FIRST: Final = 2  # calls looked at; there are seldom more to add


@compiled
def below(terms: Floats, count: int, first: int, most: int, exact: int) -> Floats:
    """P(at most k of the terms happen) for k = `first` ... `most`, a row a number, a column a moment. `terms`: a row a
    moment."""
    return _at_most(terms, count, count, 1.0, 1.0, first, most - first, exact)


@compiled
def _at_most(
    terms: Floats, count: int, busy: int, late: float, caution: float, first: int, more: int, exact: int
) -> Floats:
    """P(at most k happen) for k = `first` ... `first + more`; never below 0 of them. The first `busy` terms are agents,
    who are free as seldom as one in `late` of them; the others are calls, answered `caution` times as often."""
    found, last = np.zeros((more + 1, M)), first + more
    if last < 0:
        return found
    if count * (last + 1) <= exact:
        numbers = np.zeros((last + 1, M))
        _distribution(terms, count, busy, late, caution, numbers)
        for k in range(max(-first, 0), more + 1):
            for m in range(M):
                found[k, m] = numbers[first + k, m]
    else:
        _corrected_normal(terms, count, busy, late, caution, first, found)
    return found


@compiled
def _distribution(terms: Floats, count: int, busy: int, late: float, caution: float, found: Floats) -> None:
    """Exactly, one event after the other."""
    last = found.shape[0] - 1
    chances = np.empty((count, M))
    for i in range(count):
        for m in range(M):
            chances[i, m] = terms[m, i] / late if i < busy else max(1.0 - (1.0 - terms[m, i]) * caution, 0.0)
    for m in range(M):
        found[0, m] = 1.0
    for i in range(count):
        for k in range(min(i + 1, last), 0, -1):
            for m in range(M):
                found[k, m] += (found[k - 1, m] - found[k, m]) * chances[i, m]
        for m in range(M):
            found[0, m] -= found[0, m] * chances[i, m]
    for k in range(1, last + 1):
        for m in range(M):
            found[k, m] = min(found[k, m] + found[k - 1, m], 1.0)


@compiled
def _corrected_normal(
    terms: Floats, count: int, busy: int, late: float, caution: float, first: int, found: Floats
) -> None:
    """The normal distribution, corrected for skewness; from the sums of the chances and their powers."""
    for m in range(M):
        one, two, three = _power_sums(terms[m], busy, count, late, caution)
        _normal_column(found, m, first, one, max(one - two, 1e-9), one - 3.0 * two + 2.0 * three)
        for k in range(max(count - first, 0), found.shape[0]):
            found[k, m] = 1.0


@summing
def _power_sums(chances: Floats, busy: int, count: int, late: float, caution: float) -> tuple[float, float, float]:
    one, two, three, share = 0.0, 0.0, 0.0, 1.0 / late
    for i in range(busy):
        p = chances[i] * share
        one, two, three = one + p, two + p * p, three + p * p * p
    for i in range(busy, count):
        p = max(1.0 - (1.0 - chances[i]) * caution, 0.0)
        one, two, three = one + p, two + p * p, three + p * p * p
    return one, two, three


@compiled
def _normal_column(found: Floats, m: int, first: int, mean: float, variance: float, skewness: float) -> None:
    deviation = math.sqrt(variance)
    correction = skewness / (6.0 * deviation**3) / _SQRT_2PI
    before = 0.0
    for k in range(max(-first, 0), found.shape[0]):
        x = min(max((first + k + 0.5 - mean) / deviation, -_MOST_DEVIATIONS), _MOST_DEVIATIONS)
        chance = normal_below(x) - correction * (x * x - 1.0) * math.exp(-x * x / 2.0)
        before = max(before, min(max(chance, 0.0), 1.0))
        found[k, m] = before


@compiled
def mixed(risks: Floats, row: int, peak_weight: float) -> float:
    """The mean over the moments, and the worst of them, which stands for the harm to calls that already ring."""
    mean, worst = 0.0, 0.0
    for m in range(M):
        mean += risks[row, m]
        worst = max(worst, risks[row, m])
    return (1.0 - peak_weight) * mean / M + peak_weight * worst


@compiled
def weigh(
    terms: Floats, count: int, busy: int, late: float, caution: float, fresh: Floats, uncovered: int, most: int,
    theta: float, allowed: int, tail: float, peak_weight: float,
) -> tuple[int, float, bool]:  # fmt: skip
    """Adds calls until one's risk passes `theta`, or until more than `allowed` persons could, with a chance above
    `tail` and were agents `late` and answers `caution` times as frequent, be without an agent. `uncovered`: calls under
    way and waiting customers beyond the ready agents. Returns the calls added, the risk of the one after them (of the
    last one where all `most` were added), and whether it was the budget's guard that stopped them. The risk rises with
    every call, so the first one that is too much ends the search; a further call only mixes neighbouring rows of the
    distribution by its chance of being answered."""
    tried = min(most, _AT_FIRST)
    while True:
        risks = _at_most(terms, count, busy, 1.0, 1.0, uncovered, tried, EXACT)
        risk = mixed(risks, 0, peak_weight)
        if allowed < 0 or risk > theta:
            return 0, risk, risk <= theta
        losses = _at_most(terms, count, busy, late, caution, uncovered - allowed - 1, tried, EXACT)
        placed, risk, guarded = _add_all(risks, losses, fresh, tried, theta, tail, peak_weight)
        if placed < tried or tried == most:
            return placed, risk, guarded
        tried = most


@compiled
def _add_all(
    risks: Floats, losses: Floats, fresh: Floats, most: int, theta: float, tail: float, peak_weight: float
) -> tuple[int, float, bool]:
    placed, risk = 0, 0.0
    while placed < most:
        following = mixed(risks, 0, peak_weight)
        if following > theta:
            return placed, following, False
        _add(losses, fresh, most - placed)
        if _worst(losses) > tail:
            return placed, following, True
        _add(risks, fresh, most - placed)
        placed, risk = placed + 1, following
    return placed, risk, False


@compiled
def _worst(rows: Floats) -> float:
    found = 0.0
    for m in range(M):
        found = max(found, rows[0, m])
    return found


@compiled
def _add(rows: Floats, fresh: Floats, rest: int) -> None:
    """One more call, which may itself be answered and lost."""
    for k in range(rest):
        for m in range(M):
            rows[k, m] += (rows[k + 1, m] - rows[k, m]) * fresh[m]
