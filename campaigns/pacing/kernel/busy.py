"""How long agents stay busy: learned from every conversation, by how long they have talked or wrapped up already.

A conversation and its wrap-up are taken as one duration."""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from campaigns.pacing.kernel import memory
from campaigns.pacing.kernel.jit import compiled
from campaigns.pacing.kernel.memory import (
    CLASSES,
    EVENTS,
    EXPOSURE,
    NOW,
    PATIENCE_S,
    REST_EDGES,
    RESTS,
    SHAPE,
    SHAPE_MEAN,
    SHAPE_VARIANCE,
    SHAPE_WRAP,
    TALK_EDGES,
    TALK_LOG,
    TALK_N,
    TALK_ROW_S,
    TALK_ROWS,
    TALK_SQUARES,
    TALK_WEIGHT,
    TALK_WIDTHS,
    WRAP_EDGES,
    WRAP_N,
    WRAP_ROW_S,
    WRAP_ROWS,
    WRAP_S,
    WRAPS,
    Floats,
    M,
)
from campaigns.pacing.kernel.ring import sane

NOW_S: Final = 0.25  # within which a decision to hang up takes effect
_KEEP: Final = 0.998  # of older conversations' weight, with each new one
_TALK_EVENTS: Final = 2.0  # by which each bin is drawn to the shape of the prior
_WRAP_EVENTS: Final = 2.0
SURE_AFTER: Final = 300.0  # conversations from which those still going on need not be counted
# What of a wrap-up's mean is still to come when a conversation ends: quantiles of a gamma distribution of shape 4.
_LAGS: Final = np.array([0.51, 0.78, 1.06, 1.65])
_SQRT2: Final = math.sqrt(2.0)

wrap_mean_s = compiled(memory.wrap_mean_s)
busy_logs = compiled(memory.busy_logs)


@compiled
def normal_below(x: float) -> float:
    return 0.5 * math.erfc(-x / _SQRT2)


@compiled
def observe_conversation(talk: Floats, wrap: Floats, numbers: Floats, talk_s: float, wrap_s: float) -> None:
    talked, wrapped = sane(talk_s), sane(wrap_s)
    busy = talked + wrapped
    numbers[TALK_WEIGHT] /= _KEEP
    weight, log = numbers[TALK_WEIGHT], math.log(max(busy, 1.0))
    numbers[TALK_N] += weight
    numbers[TALK_LOG] += weight * log
    numbers[TALK_SQUARES] += weight * log * log
    numbers[WRAP_N] += weight
    numbers[WRAP_S] += weight * wrapped
    for c in range(CLASSES):
        if talked > TALK_EDGES[c]:
            stay = min(talked - TALK_EDGES[c], TALK_WIDTHS[c])
            _spend(talk, c, busy - TALK_EDGES[c] - stay / 2, weight * stay / TALK_WIDTHS[c], True)
    _spend_wrap(wrap, wrapped, weight, True)
    if weight > 1e6:
        weigh_busy(talk, wrap, numbers)


@compiled
def _spend(talk: Floats, c: int, rest: float, weight: float, ended: bool) -> None:
    """Of a conversation in class `c` of age, whose busy time goes on for `rest` from the middle of its stay there.
    Whoever looks at any instant meets those who stay long more often: the share of the stay is the weight."""
    r = 0
    while r < RESTS and rest >= REST_EDGES[r + 1]:
        talk[EXPOSURE, c, r] += weight * (REST_EDGES[r + 1] - REST_EDGES[r])
        r += 1
    if r < RESTS:
        talk[EXPOSURE, c, r] += weight * max(rest - REST_EDGES[r], 0.0)
        if ended:
            talk[EVENTS, c, r] += weight


@compiled
def _spend_wrap(wrap: Floats, wrapped: float, weight: float, ended: bool) -> None:
    w = 0
    while w < WRAPS - 1 and wrapped >= WRAP_EDGES[w + 1]:
        wrap[EXPOSURE, w] += weight * (WRAP_EDGES[w + 1] - WRAP_EDGES[w])
        w += 1
    wrap[EXPOSURE, w] += weight * min(wrapped - WRAP_EDGES[w], WRAP_EDGES[w + 1] - WRAP_EDGES[w])
    if ended:
        wrap[EVENTS, w] += weight


@compiled
def weigh_busy(talk: Floats, wrap: Floats, numbers: Floats) -> None:
    """The newest conversation weighs 1 again."""
    share = 1.0 / numbers[TALK_WEIGHT]
    for i in range(SHAPE):
        for c in range(CLASSES):
            for r in range(RESTS):
                talk[i, c, r] *= share
        for w in range(WRAPS):
            wrap[i, w] *= share
    for i in range(TALK_N, WRAP_S + 1):
        numbers[i] *= share
    numbers[TALK_WEIGHT] = 1.0


@compiled
def shape_talk(talk: Floats, numbers: Floats) -> None:
    """Hazards of the rest, were the busy time log-normal and its end a wrap-up of about the mean. Made anew only where
    one of its numbers has changed by more than rounding."""
    mean, variance = busy_logs(numbers)
    wrap_mean = wrap_mean_s(numbers)
    if (
        abs(mean - numbers[SHAPE_MEAN]) < 0.04
        and abs(variance - numbers[SHAPE_VARIANCE]) < 0.06
        and abs(wrap_mean - numbers[SHAPE_WRAP]) < 0.5
    ):
        return
    numbers[SHAPE_MEAN], numbers[SHAPE_VARIANCE], numbers[SHAPE_WRAP] = mean, variance, wrap_mean
    ended = np.empty(RESTS + 1)
    for c in range(CLASSES):
        age = (TALK_EDGES[c] + TALK_EDGES[c + 1]) / 2 if c < CLASSES - 1 else TALK_EDGES[c] * 1.2
        _end(ended, age, mean, math.sqrt(variance), wrap_mean)
        before = 1.0
        for r in range(1, RESTS + 1):
            survival = min(max(1.0 - ended[r], 1e-9), 1.0)
            hazard = math.log(before / survival) / (REST_EDGES[r] - REST_EDGES[r - 1])
            talk[SHAPE, c, r - 1] = min(max(hazard, 1e-4), 0.5)
            before = survival


@compiled
def _end(ended: Floats, age: float, mean: float, deviation: float, wrap_mean: float) -> None:
    """P(the busy time is over) by the edges of the rest."""
    ended[:] = 0.0
    for lag in _LAGS:
        start = age + lag * wrap_mean
        before = normal_below((math.log(start) - mean) / deviation)
        for r in range(1, RESTS + 1):
            if age + REST_EDGES[r] > start:
                after = normal_below((math.log(age + REST_EDGES[r]) - mean) / deviation)
                ended[r] += (after - before) / max(1.0 - before, 1e-6) / len(_LAGS)


@compiled
def with_talking(talk: Floats, ages_s: Floats, count: int) -> Floats:
    """The counts, with conversations that still go on."""
    found = np.empty((SHAPE, CLASSES, RESTS))
    for i in range(SHAPE):
        for c in range(CLASSES):
            for r in range(RESTS):
                found[i, c, r] = talk[i, c, r]
    for i in range(count):
        age = sane(ages_s[i])
        for c in range(CLASSES):
            if age > TALK_EDGES[c]:
                stay = min(age - TALK_EDGES[c], TALK_WIDTHS[c])
                _spend(found, c, age - TALK_EDGES[c] - stay / 2, stay / TALK_WIDTHS[c], False)
    return found


@compiled
def with_wrapping(wrap: Floats, ages_s: Floats, count: int) -> Floats:
    found = np.empty((SHAPE, WRAPS))
    for i in range(SHAPE):
        for w in range(WRAPS):
            found[i, w] = wrap[i, w]
    for i in range(count):
        _spend_wrap(found, sane(ages_s[i]), 1.0, False)
    return found


@compiled
def tabulate_talk(talk: Floats, shape: Floats, numbers: Floats, moments: Floats, table: Floats) -> None:
    """P(free within each moment and the patience), by seconds of talk. Between the middles of two classes of age the
    chances are drawn in a straight line."""
    by_class = np.empty((CLASSES, M + 1))
    cumulated = np.empty(RESTS + 1)
    for c in range(CLASSES):
        cumulated[0] = 0.0
        for r in range(RESTS):
            hazard = (talk[EVENTS, c, r] + _TALK_EVENTS) / (talk[EXPOSURE, c, r] + _TALK_EVENTS / shape[c, r])
            cumulated[r + 1] = cumulated[r] + hazard * (REST_EDGES[r + 1] - REST_EDGES[r])
        for m in range(M + 1):
            within = numbers[PATIENCE_S] + (NOW_S if m == NOW else moments[m])
            by_class[c, m] = 1.0 - math.exp(-_drawn(REST_EDGES, cumulated, within))
    c = 0
    for row in range(TALK_ROWS):
        age = (row + 0.5) * TALK_ROW_S
        while c < CLASSES - 2 and age > _middle(c + 1):
            c += 1
        share = min(max((age - _middle(c)) / (_middle(c + 1) - _middle(c)), 0.0), 1.0)
        for m in range(M + 1):
            table[row, m] = by_class[c, m] + (by_class[c + 1, m] - by_class[c, m]) * share


@compiled
def _middle(c: int) -> float:
    return TALK_EDGES[c] + TALK_WIDTHS[c] / 2


@compiled
def _drawn(edges: Floats, values: Floats, x: float) -> float:
    """A straight line between the edges; the last value beyond."""
    i = 0
    while i < len(edges) - 2 and x >= edges[i + 1]:
        i += 1
    if x >= edges[i + 1]:
        return values[i + 1]
    return values[i] + (values[i + 1] - values[i]) * (x - edges[i]) / (edges[i + 1] - edges[i])


@compiled
def tabulate_wrap(wrap: Floats, numbers: Floats, moments: Floats, table: Floats) -> None:
    """P(free within each moment and the patience), by seconds of wrap-up."""
    rate = 4.0 / wrap_mean_s(numbers)
    staying = np.empty(WRAPS + 1)
    staying[0], cumulated = 1.0, 0.0
    for w in range(WRAPS):
        z = rate * (WRAP_EDGES[w] + WRAP_EDGES[w + 1]) / 2
        cube = z * z * z / 6
        believed = min(max(rate * cube / (1.0 + z + z * z / 2 + cube), 1e-3), 5.0)
        hazard = (wrap[EVENTS, w] + _WRAP_EVENTS) / (wrap[EXPOSURE, w] + _WRAP_EVENTS / believed)
        cumulated += hazard * (WRAP_EDGES[w + 1] - WRAP_EDGES[w])
        staying[w + 1] = math.exp(-min(cumulated, 600.0))
    for row in range(WRAP_ROWS):
        age = (row + 0.5) * WRAP_ROW_S
        start = _wrap_at(staying, age)
        for m in range(M + 1):
            within = numbers[PATIENCE_S] + (NOW_S if m == NOW else moments[m])
            table[row, m] = 1.0 - _wrap_at(staying, age + within) / start


@compiled
def _wrap_at(staying: Floats, s: float) -> float:
    """Edges lie a second apart up to two minutes; there are few beyond."""
    i = int(s) if s < 120.0 else 120
    while i < WRAPS - 1 and s >= WRAP_EDGES[i + 1]:
        i += 1
    share = min((s - WRAP_EDGES[i]) / (WRAP_EDGES[i + 1] - WRAP_EDGES[i]), 1.0)
    return staying[i] + (staying[i + 1] - staying[i]) * share
