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
from campaigns.pacing.kernel.jit import compiled
from campaigns.pacing.kernel.memory import Floats, M

EXACT: Final = 2500  # steps up to which the distribution is computed exactly: terms times the numbers asked for
_SQRT_2PI: Final = math.sqrt(2 * math.pi)
_MOST_DEVIATIONS: Final = 30.0


@compiled
def below(terms: Floats, count: int, first: int, most: int, exact: int) -> Floats:
    """P(at most k of the terms happen) for k = 0 ... `most`, a row a number, a column a moment. Rows before `first` may
    be left at 0."""
    width = max(most + 1, 0)
    found = np.zeros((width, M))
    if width == 0:
        return found
    if count * width <= exact:
        _distribution(terms, count, found)
    else:
        _corrected_normal(terms, count, max(first, 0), found)
    return found


@compiled
def _distribution(terms: Floats, count: int, found: Floats) -> None:
    """Exactly, one event after the other."""
    last = found.shape[0] - 1
    for m in range(M):
        found[0, m] = 1.0
    for i in range(count):
        for k in range(min(i + 1, last), 0, -1):
            for m in range(M):
                found[k, m] += (found[k - 1, m] - found[k, m]) * terms[i, m]
        for m in range(M):
            found[0, m] -= found[0, m] * terms[i, m]
    for k in range(1, last + 1):
        for m in range(M):
            found[k, m] = min(found[k, m] + found[k - 1, m], 1.0)


@compiled
def _corrected_normal(terms: Floats, count: int, first: int, found: Floats) -> None:
    """The normal distribution, corrected for skewness."""
    for m in range(M):
        mean, variance, skewness = 0.0, 0.0, 0.0
        for i in range(count):
            p = terms[i, m]
            spread = p * (1.0 - p)
            mean += p
            variance += spread
            skewness += spread * (1.0 - 2.0 * p)
        _normal_column(found, m, first, mean, max(variance, 1e-9), skewness)
        for k in range(count, found.shape[0]):
            found[k, m] = 1.0


@compiled
def _normal_column(found: Floats, m: int, first: int, mean: float, variance: float, skewness: float) -> None:
    deviation = math.sqrt(variance)
    correction = skewness / (6.0 * deviation**3) / _SQRT_2PI
    before = 0.0
    for k in range(first, found.shape[0]):
        x = min(max((k + 0.5 - mean) / deviation, -_MOST_DEVIATIONS), _MOST_DEVIATIONS)
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
    terms: Floats, wary: Floats, count: int, fresh: Floats, uncovered: int, most: int, theta: float, allowed: int,
    tail: float, peak_weight: float,
) -> tuple[int, float, bool]:  # fmt: skip
    """Adds calls until one's risk passes `theta`, or until more than `allowed` persons could, with a chance above
    `tail` and answering as `wary` has it, be without an agent. `uncovered`: calls under way and waiting customers
    beyond the ready agents. Returns the calls added, the risk of the one after them (of the last one where all `most`
    were added), and whether it was the budget's guard that stopped them. The risk rises with every call, so the first
    one that is too much ends the search; a further call only mixes neighbouring rows of the distribution by its chance
    of being answered."""
    start = below(terms, count, uncovered, uncovered, EXACT)
    risk = mixed(start, uncovered, peak_weight) if uncovered >= 0 else 0.0
    if allowed < 0 or risk > theta:
        return 0, risk, risk <= theta
    top = uncovered + most
    lost = uncovered - allowed - 1
    risks = _rows(below(terms, count, uncovered, top, EXACT), uncovered, most)
    losses = _rows(below(wary, count, lost, lost + most, EXACT), lost, most)
    placed = 0
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
def _rows(numbers: Floats, first: int, most: int) -> Floats:
    """From `first` on, one row for each call that may be added and one more; nothing can happen less often than 0."""
    found = np.zeros((most + 1, M))
    for k in range(most + 1):
        if first + k >= 0:
            for m in range(M):
                found[k, m] = numbers[first + k, m]
    return found


@compiled
def _add(rows: Floats, fresh: Floats, rest: int) -> None:
    """One more call, which may itself be answered and lost."""
    for k in range(rest):
        for m in range(M):
            rows[k, m] += (rows[k + 1, m] - rows[k, m]) * fresh[m]
