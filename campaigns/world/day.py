"""One day of the fast world, event by event, under one policy."""

from __future__ import annotations

import numpy as np

from campaigns.pacing.kernel.busy import NOW_S, observe_conversation
from campaigns.pacing.kernel.decide import Answer, Asked, judge, refresh, terms_of, too_long
from campaigns.pacing.kernel.jit import compiled
from campaigns.pacing.kernel.memory import (
    CANCEL_AFTER,
    PATIENCE,
    Floats,
    M,
    Memory,
)
from campaigns.pacing.kernel.ring import observe_attempt
from campaigns.pacing.kernel.steering import earned, steer
from campaigns.world.floor import (
    ABANDONED,
    ANSWERED,
    ANSWERS,
    BACK_AT,
    CALL_ROWS,
    CALLS,
    CANCELLED,
    CLOSES_AT,
    DECIDED_AT,
    DECISIONS,
    DIALLED,
    ENDS,
    FACTOR,
    FOREVER,
    IDLE,
    NEXT_BREAK,
    NOW,
    RINGS,
    SINCE,
    STATE,
    STAYING,
    TALKED,
    TALKING,
    TICK_AT,
    UNTIL,
    WAITING,
    WRAP,
    WRAPPING,
    agent_event,
    answer,
    begin_break,
    close,
    dial,
    drop_call,
    give_up,
    match,
    next_factor,
    rate_at,
    soonest,
    start,
)
from campaigns.world.peers import ADAPTING, EVERY_S, LEVEL, adaptive, power, progressive

PREDICTIVE, PROGRESSIVE, POWER, ADAPTIVE, KNOWN_ENDS, KNOWN_FATES = range(6)
# How often is decided, and what is known.
KIND, LINES_PER_AGENT, TICKS, GAP_S, KNOWN_LEADS, LINES, END_KNOWN, PLANS = range(8)

_NOTHING, _TICK, _AGENT, _CALL, _GIVES_UP, _BREAK = range(6)


@compiled
def run_day(
    seed: int, end_s: float, like: Floats, rates: Floats, breaks: Floats, plan: Floats, peer: Floats, rules: Floats,
    memory: Memory, agents: Floats, numbers: Floats,
) -> None:  # fmt: skip
    """Leaves its counts in `numbers`, and what was learned in `memory`."""
    start(agents, numbers)
    numbers[CLOSES_AT] = end_s if plan[END_KNOWN] > 0.0 else FOREVER
    room = int(plan[LINES])
    calls, waiting = np.zeros((CALL_ROWS, room)), np.zeros(room)
    talking, wrapping = np.empty(agents.shape[1]), np.empty(agents.shape[1])
    level = np.zeros(ADAPTING)
    level[LEVEL] = 1.0
    kind = int(plan[KIND])
    learns = kind in (PREDICTIVE, KNOWN_ENDS, KNOWN_FATES)
    while True:
        what, which, at = _next(agents, calls, waiting, numbers, breaks, rules[PATIENCE])
        if at >= end_s:
            break
        numbers[NOW] = at
        _happen(what, which, agents, calls, waiting, numbers, breaks, memory, rules, learns)
        match(seed, agents, waiting, numbers, like)
        if at - numbers[DECIDED_AT] < plan[GAP_S] - 1e-6 and numbers[DECISIONS] > 0:
            numbers[TICK_AT] = min(numbers[TICK_AT], numbers[DECIDED_AT] + plan[GAP_S])
            continue
        numbers[DECIDED_AT], numbers[TICK_AT] = at, at + EVERY_S / 15.0
        numbers[DECISIONS] += 1
        mean = rate_at(at / end_s, rates)
        if learns:
            place = _predictive(seed, agents, calls, numbers, mean, like, plan, rules, memory, talking, wrapping)
        elif kind == PROGRESSIVE:
            place = progressive(numbers)
        elif kind == POWER:
            place = power(numbers, plan[LINES_PER_AGENT])
        else:
            place = adaptive(numbers, peer, level)
        for _ in range(min(place, room - int(numbers[CALLS] + numbers[WAITING]))):
            dial(seed, calls, numbers, mean, like, plan[KNOWN_LEADS] > 0.0)
    close(agents, numbers, end_s)


@compiled
def _next(
    agents: Floats, calls: Floats, waiting: Floats, numbers: Floats, breaks: Floats, patience_s: float
) -> tuple[int, int, float]:
    what, which, at = _TICK, 0, numbers[TICK_AT]
    i = soonest(agents, UNTIL, agents.shape[1])
    if i >= 0 and agents[UNTIL, i] < at:
        what, which, at = _AGENT, i, agents[UNTIL, i]
    i = soonest(calls, ENDS, int(numbers[CALLS]))
    if i >= 0 and calls[ENDS, i] < at:
        what, which, at = _CALL, i, calls[ENDS, i]
    if numbers[WAITING] > 0 and waiting[0] + patience_s < at:
        what, which, at = _GIVES_UP, 0, waiting[0] + patience_s
    i = int(numbers[NEXT_BREAK])
    if i < breaks.shape[0] and breaks[i, 0] < at:
        what, which, at = _BREAK, i, breaks[i, 0]
    return what, which, at


@compiled
def _happen(
    what: int, which: int, agents: Floats, calls: Floats, waiting: Floats, numbers: Floats, breaks: Floats,
    memory: Memory, rules: Floats, learns: bool,
) -> None:  # fmt: skip
    if what == _AGENT:
        if agent_event(agents, numbers, which) and learns:
            observe_conversation(memory.talk, memory.wrap, memory.numbers, agents[TALKED, which], agents[WRAP, which])
    elif what == _CALL:
        person = calls[ANSWERS, which] > 0.0
        if learns:
            now, age = numbers[NOW], numbers[NOW] - calls[DIALLED, which]
            observe_attempt(memory.ring, memory.cohorts, memory.numbers, now, age, person, False)
        drop_call(calls, numbers, which)
        if person:
            answer(calls, waiting, numbers)
            _count(numbers, memory, rules)
    elif what == _GIVES_UP:
        give_up(waiting, numbers)
        _count(numbers, memory, rules)
    elif what == _BREAK:
        begin_break(agents, numbers, breaks)


@compiled
def _left(numbers: Floats, rules: Floats) -> float:
    return earned(int(numbers[ANSWERED]), rules) - numbers[ABANDONED]


@compiled
def _count(numbers: Floats, memory: Memory, rules: Floats) -> None:
    steer(memory, rules, _left(numbers, rules), int(numbers[STAYING]), numbers[CLOSES_AT] - numbers[NOW])


@compiled
def _predictive(
    seed: int, agents: Floats, calls: Floats, numbers: Floats, mean: float, like: Floats, plan: Floats,
    rules: Floats, memory: Memory, talking: Floats, wrapping: Floats,
) -> int:  # fmt: skip
    """Asked once more where calls were given up."""
    answer = _ask(seed, agents, calls, numbers, mean, like, plan, rules, memory, talking, wrapping)
    if answer.cancel:
        _cancel(calls, numbers, memory, rules)
        answer = _ask(seed, agents, calls, numbers, mean, like, plan, rules, memory, talking, wrapping)
    numbers[TICK_AT] = numbers[NOW] + answer.again_s * plan[TICKS]
    room = int(plan[LINES] - numbers[CALLS] - numbers[WAITING])
    floor = int(max(numbers[IDLE] - numbers[CALLS] - numbers[WAITING], 0))
    return min(floor, max(room, 0)) + answer.over


@compiled
def _ask(
    seed: int, agents: Floats, calls: Floats, numbers: Floats, mean: float, like: Floats, plan: Floats,
    rules: Floats, memory: Memory, talking: Floats, wrapping: Floats,
) -> Answer:  # fmt: skip
    now, lines, long = numbers[NOW], int(numbers[CALLS]), False
    talks, wraps = _seen(agents, now, talking, wrapping)
    ages, factors = np.empty(lines), np.empty(lines)
    for i in range(lines):
        ages[i], factors[i] = now - calls[DIALLED, i], calls[FACTOR, i]
        long = long or now - calls[RINGS, i] >= rules[CANCEL_AFTER]
    refresh(memory, now, 1.0, talking, talks, wrapping, wraps, ages, lines)
    waiting, ready, staying = int(numbers[WAITING]), int(numbers[IDLE]), int(numbers[STAYING])
    floor = max(ready - lines - waiting, 0)
    room = int(plan[LINES]) - lines - waiting if staying > 0 else 0
    factor = next_factor(seed, numbers, mean, like, plan[KNOWN_LEADS] > 0.0)
    left, closes_in_s = _left(numbers, rules), numbers[CLOSES_AT] - now
    asked = Asked(ready, 0, lines + waiting, waiting, staying, floor, room, long, left, factor, closes_in_s)
    terms = terms_of(memory, talking, talks, wrapping, wraps, ages, factors, lines, floor)
    cancel = too_long(memory, rules, asked, talking, talks, wrapping, wraps)
    if plan[KIND] == KNOWN_ENDS and cancel:
        cancel = _free_soon(agents, now + rules[PATIENCE] + NOW_S) <= waiting - ready
    if plan[KIND] != PREDICTIVE:
        _peek(agents, calls, now, terms, memory.moments, plan, rules, lines)
    return judge(memory, rules, asked, terms, talks + wraps + lines, talks + wraps, cancel)


@compiled
def _seen(agents: Floats, now: float, talking: Floats, wrapping: Floats) -> tuple[int, int]:
    """How long those who stay have talked and wrapped up."""
    talks, wraps = 0, 0
    for i in range(agents.shape[1]):
        if agents[BACK_AT, i] > 0.0:
            continue
        if agents[STATE, i] == TALKING:
            talking[talks] = now - agents[SINCE, i]
            talks += 1
        elif agents[STATE, i] == WRAPPING:
            wrapping[wraps] = now - agents[SINCE, i]
            wraps += 1
    return talks, wraps


@compiled
def _cancel(calls: Floats, numbers: Floats, memory: Memory, rules: Floats) -> None:
    """Calls that have rung long enough."""
    now, i = numbers[NOW], 0
    while i < int(numbers[CALLS]):
        if now - calls[RINGS, i] < rules[CANCEL_AFTER]:
            i += 1
            continue
        age = now - calls[DIALLED, i]
        observe_attempt(memory.ring, memory.cohorts, memory.numbers, now, age, False, True)
        drop_call(calls, numbers, i)
        numbers[CANCELLED] += 1


@compiled
def _free_soon(agents: Floats, by: float) -> int:
    """How many will be."""
    found = 0
    for i in range(agents.shape[1]):
        if agents[BACK_AT, i] <= 0.0 and agents[STATE, i] == TALKING:
            found += agents[UNTIL, i] + agents[WRAP, i] <= by
        elif agents[BACK_AT, i] <= 0.0 and agents[STATE, i] == WRAPPING:
            found += agents[UNTIL, i] <= by
    return found


@compiled
def _peek(
    agents: Floats, calls: Floats, now: float, terms: Floats, moments: Floats, plan: Floats, rules: Floats, lines: int
) -> None:  # fmt: skip
    """What no dialer can see, for the two bounds: when agents will be free; how the calls under way will end."""
    row = 0
    for state in (TALKING, WRAPPING):
        for i in range(agents.shape[1]):
            if agents[STATE, i] != state or agents[BACK_AT, i] > 0.0:
                continue
            if plan[KIND] == KNOWN_ENDS:
                free_at = agents[UNTIL, i] + (agents[WRAP, i] if state == TALKING else 0.0)
                for m in range(M):
                    terms[m, row] = 1.0 if free_at <= now + moments[m] + rules[PATIENCE] else 0.0
            row += 1
    if plan[KIND] == KNOWN_FATES:
        for i in range(lines):
            for m in range(M):
                answered = calls[ANSWERS, i] > 0.0 and calls[ENDS, i] <= now + moments[m]
                terms[m, row + i] = 0.0 if answered else 1.0
