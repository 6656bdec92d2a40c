"""The decision: rows of chances from what is seen, the calls worth adding, and the calls to give up."""

from __future__ import annotations

import math
from typing import Final, NamedTuple

import numpy as np

from campaigns.pacing.kernel.busy import (
    SURE_AFTER,
    shape_talk,
    tabulate_talk,
    tabulate_wrap,
    weigh_busy,
    with_talking,
    with_wrapping,
)
from campaigns.pacing.kernel.jit import compiled
from campaigns.pacing.kernel.memory import (
    BINDING,
    BURST,
    BUSY_AT,
    CANCEL_RISK,
    CAUTION,
    LOG_THETA,
    NOW,
    PEAK,
    RESERVE,
    RING_AT,
    RING_NEW,
    SHAPE,
    TAIL,
    TALK_N,
    TALK_ROW_S,
    TALK_ROWS,
    TALK_WEIGHT,
    WRAP_ROW_S,
    WRAP_ROWS,
    Floats,
    M,
    Memory,
)
from campaigns.pacing.kernel.ring import bin_of, refresh_ring, sane, set_moments, tabulate_ring
from campaigns.pacing.kernel.risk import weigh
from campaigns.pacing.kernel.steering import theta_of

_REFRESH_S: Final = 15.0
_QUIET_REFRESH_S: Final = 60.0
_NEWS: Final = 6.0  # attempts
_KNOWN_WELL: Final = 100.0


@compiled
def due(before_s: float, at_s: float, every_s: float) -> bool:
    """Also after a clock that jumped."""
    return not 0.0 <= at_s - before_s < every_s


@compiled
def refresh(
    memory: Memory, at_s: float, hour_factor: float,
    talking: Floats, talks: int, wrapping: Floats, wraps: int, ages: Floats, calls: int,
) -> None:  # fmt: skip
    """Draws the tables from the counts: every quarter of a minute, or a whole one where little was learned."""
    numbers = memory.numbers
    if due(numbers[RING_AT], at_s, _REFRESH_S if numbers[RING_NEW] >= _NEWS else _QUIET_REFRESH_S):
        numbers[RING_AT], numbers[RING_NEW] = at_s, 0.0
        refresh_ring(memory.ring, memory.cohorts, numbers, at_s, ages, calls, hour_factor)
        set_moments(memory.ring, memory.moments)
        tabulate_ring(memory.ring, memory.moments, memory.ring_table)
    if due(numbers[BUSY_AT], at_s, _QUIET_REFRESH_S if numbers[TALK_N] > _KNOWN_WELL else _REFRESH_S):
        numbers[BUSY_AT] = at_s
        refresh_busy(memory, talking, talks, wrapping, wraps)


@compiled
def refresh_busy(memory: Memory, talking: Floats, talks: int, wrapping: Floats, wraps: int) -> None:
    numbers = memory.numbers
    weigh_busy(memory.talk, memory.wrap, numbers)
    shape_talk(memory.talk, numbers)
    sure = numbers[TALK_N] >= SURE_AFTER
    talk = with_talking(memory.talk, talking, 0 if sure else talks)
    wrap = with_wrapping(memory.wrap, wrapping, 0 if sure else wraps)
    tabulate_talk(talk, memory.talk[SHAPE], numbers, memory.moments, memory.talk_table)
    tabulate_wrap(wrap, numbers, memory.moments, memory.wrap_table)


@compiled
def talk_row(age_s: float) -> int:
    return min(int(sane(age_s) / TALK_ROW_S), TALK_ROWS - 1)


@compiled
def wrap_row(age_s: float) -> int:
    return min(int(sane(age_s) / WRAP_ROW_S), WRAP_ROWS - 1)


@compiled
def known(factor: float) -> float:
    """A factor that is no number counts as 1."""
    return 1.0 if math.isnan(factor) else min(max(factor, 0.0), 10.0)


@compiled
def put_free(terms: Floats, count: int, table: Floats, row: int) -> None:
    """That a busy agent is free by each moment."""
    for m in range(M):
        terms[m, count] = table[row, m]


@compiled
def put_call(terms: Floats, count: int, table: Floats, age_s: float, factor: float) -> None:
    """That a call under way has not been answered by each moment."""
    row, scale = bin_of(age_s), known(factor)
    for m in range(M):
        terms[m, count] = 1.0 - min(table[row, m] * scale, 1.0)


@compiled
def put_fresh(terms: Floats, count: int, floor: int, fresh: Floats) -> int:
    """Calls of the floor, placed at this instant."""
    for _ in range(floor):
        for m in range(M):
            terms[m, count] = 1.0 - fresh[m]
        count += 1
    return count


@compiled
def fresh_call(table: Floats, factor: float) -> Floats:
    found = np.empty(M)
    for m in range(M):
        found[m] = min(table[0, m] * known(factor), 1.0)
    return found


@compiled
def terms_of(
    memory: Memory, talking: Floats, talks: int, wrapping: Floats, wraps: int, ages: Floats, factors: Floats,
    calls: int, spare: int,
) -> Floats:  # fmt: skip
    """A column for each busy agent, then for each call; room for `spare` more. A row a moment."""
    terms = np.empty((M, talks + wraps + calls + spare))
    for i in range(talks):
        put_free(terms, i, memory.talk_table, talk_row(talking[i]))
    for i in range(wraps):
        put_free(terms, talks + i, memory.wrap_table, wrap_row(wrapping[i]))
    for i in range(calls):
        put_call(terms, talks + wraps + i, memory.ring_table, ages[i], factors[i])
    return terms


@compiled
def hopeless(
    memory: Memory, talking: Floats, talks: int, wrapping: Floats, wraps: int, needed: int, limit: float
) -> bool:
    """Whether whoever answers now finds, with more than `limit` probability, no agent in time: at most `needed` become
    free. Every agent looked at makes it less probable."""
    talk, wrap = memory.talk_table, memory.wrap_table
    found = np.zeros(needed + 1)
    found[0] = 1.0
    for i in range(wraps + talks):
        chance = wrap[wrap_row(wrapping[i]), NOW] if i < wraps else talk[talk_row(talking[i - wraps]), NOW]
        if _one_more(found, needed, chance) <= limit:
            return False
    return True


@compiled
def _one_more(found: Floats, most: int, chance: float) -> float:
    """The number of agents free, with one more; P(at most `most`)."""
    total = 0.0
    for k in range(most, 0, -1):
        found[k] += (found[k - 1] - found[k]) * chance
        total += found[k]
    found[0] -= found[0] * chance
    return total + found[0]


COVERED, SPENT, RISKY, GUARDED, ENOUGH = range(5)


class Asked(NamedTuple):
    """What the rules need besides chances. `floor`: calls that have an agent; `room`: calls that may be placed by
    anybody's rules; `long`: there is a call that has rung long enough to be given up; `factor`: of the next lead;
    `closes_in_s`: end of the calling time."""

    ready: int
    promised: int
    under_way: int
    waiting: int
    staying: int
    floor: int
    room: int
    long: bool
    calls_left: float
    factor: float
    closes_in_s: float


class Answer(NamedTuple):
    """`over`: calls beyond the floor; `why`: what stopped them; `risk`: of the last one looked at, -1 where none was;
    `theta`: the risk taken; `cancel`: give up the calls that ring long; `again_s`: until when nothing needs to be
    decided unless something happens."""

    over: int
    why: int
    risk: float
    theta: float
    cancel: bool
    again_s: float


@compiled
def too_long(
    memory: Memory, rules: Floats, asked: Asked, talking: Floats, talks: int, wrapping: Floats, wraps: int
) -> bool:
    """Whether calls that ring long are to be given up."""
    needed = asked.waiting + max(asked.promised, 0) - max(asked.ready, 0)
    if not asked.long or needed < 0 or rules[CANCEL_RISK] >= 1.0:
        return False
    return hopeless(memory, talking, talks, wrapping, wraps, needed, rules[CANCEL_RISK])


@compiled
def judge(memory: Memory, rules: Floats, asked: Asked, terms: Floats, count: int, busy: int, cancel: bool) -> Answer:
    """`terms`: columns of `busy` agents, then of calls, `count` in all, and room for the floor's."""
    theta = theta_of(memory.numbers[LOG_THETA], asked.calls_left, asked.staying, asked.closes_in_s, rules)
    over, why, risk = _beyond_floor(memory, rules, asked, terms, count, busy, theta)
    memory.numbers[BINDING] = 1.0 if why == RISKY else 0.0
    return Answer(over, why, risk, theta, cancel, look_again_s(risk, theta))


@compiled
def lateness(numbers: Floats) -> float:
    """By which agents may be free less soon than was learned, as far as it does not rule that out."""
    return 1.0 + 2.0 / math.sqrt(numbers[TALK_N] / numbers[TALK_WEIGHT] + 4.0)


@compiled
def _beyond_floor(
    memory: Memory, rules: Floats, asked: Asked, terms: Floats, count: int, busy: int, theta: float
) -> tuple[int, int, float]:
    """The calls of the floor are taken as placed already."""
    if asked.floor >= asked.room:
        return 0, COVERED, -1.0
    if asked.calls_left < 1.0:
        return 0, SPENT, -1.0
    fresh = fresh_call(memory.ring_table, asked.factor)
    rows = put_fresh(terms, count, asked.floor, fresh)
    uncovered = asked.under_way + asked.floor + max(asked.promised, 0) - max(asked.ready, 0)
    most = min(max(int(rules[BURST] * asked.staying), 1), asked.room - asked.floor)
    placed, risk, guarded = weigh(
        terms, rows, busy, lateness(memory.numbers), memory.numbers[CAUTION], fresh, uncovered, most, theta,
        int(asked.calls_left - rules[RESERVE]), rules[TAIL], rules[PEAK],
    )  # fmt: skip
    if placed < most:
        return placed, GUARDED if guarded else RISKY, risk
    return placed, ENOUGH, risk


@compiled
def look_again_s(risk: float, theta: float) -> float:
    """Until when no event is needed for another decision to be the same: risks sink slowly while nothing happens."""
    if risk <= 2.0 * theta:
        return 0.5
    return 1.0 if risk <= 5.0 * theta else 2.0


@compiled
def decide(
    memory: Memory, rules: Floats, asked: Asked, at_s: float, hour_factor: float, talking: Floats, wrapping: Floats,
    ages: Floats, factors: Floats,
) -> tuple[Answer, float, float]:  # fmt: skip
    """With the agents expected to be free, and the answers expected, at the middle of the moments."""
    talks, wraps, calls = len(talking), len(wrapping), len(ages)
    refresh(memory, at_s, hour_factor, talking, talks, wrapping, wraps, ages, calls)
    terms = terms_of(memory, talking, talks, wrapping, wraps, ages, factors, calls, max(asked.floor, 0))
    cancel = too_long(memory, rules, asked, talking, talks, wrapping, wraps)
    answer = judge(memory, rules, asked, terms, talks + wraps + calls, talks + wraps, cancel)
    free, answers = 0.0, 0.0
    for i in range(talks + wraps):
        free += terms[M // 2, i]
    for i in range(talks + wraps, talks + wraps + calls):
        answers += 1.0 - terms[M // 2, i]
    return answer, free, answers
