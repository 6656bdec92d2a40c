"""The floor of the fast world: agents, calls and waiting customers as arrays, and what happens to them."""

from __future__ import annotations

import math
from typing import Final

from campaigns.pacing.kernel.jit import compiled
from campaigns.pacing.kernel.memory import Floats
from campaigns.world.fates import HIGH_RATE, LOW_RATE, LOW_SHARE, PERSON, answer_rate, attempt, conversation

# Rows of agents: `UNTIL` is when the state ends, `BACK_AT` when a break that was asked for ends (0: none asked for).
STATE, SINCE, UNTIL, WRAP, TALKED, NUMBER, BACK_AT, AGENT_ROWS = range(8)
READY, TALKING, WRAPPING, AWAY = range(4)
DIALLED, RINGS, ENDS, ANSWERS, FACTOR, CALL_ROWS = range(6)

(
    NOW, CALLS, WAITING, IDLE, STAYING, ANSWERED, ABANDONED, BUSY_S, AWAY_S, PLACED, CANCELLED, WORST, TICK_AT,
    DECIDED_AT, WAITED_S, WAITED_MOST_S, AGENT_WAITS, AGENT_WAITED_S, AGENT_WAITED_2, MOST_LINES, NEXT_BREAK, DECISIONS,
    TALK_S, CLOSES_AT, NUMBERS,
) = range(25)  # fmt: skip
FOREVER: Final = 1.0e18
WORST_FROM: Final = 200  # persons answered before which a rate says nothing


@compiled
def start(agents: Floats, numbers: Floats) -> None:
    for i in range(agents.shape[1]):
        for row in range(AGENT_ROWS):
            agents[row, i] = 0.0
        agents[UNTIL, i] = FOREVER
    for i in range(NUMBERS):
        numbers[i] = 0.0
    numbers[IDLE] = numbers[STAYING] = agents.shape[1]


@compiled
def soonest(table: Floats, row: int, count: int) -> int:
    """-1 where there is none."""
    found, at = -1, FOREVER
    for i in range(count):
        if table[row, i] < at:
            found, at = i, table[row, i]
    return found


@compiled
def rate_at(share_of_day: float, rates: Floats) -> float:
    """`rates`: rows of a share of the day and the answer rate from there on."""
    found = rates[0, 1]
    for i in range(rates.shape[0]):
        if share_of_day >= rates[i, 0]:
            found = rates[i, 1]
    return found


@compiled
def dial(seed: int, calls: Floats, numbers: Floats, mean: float, like: Floats, known: bool) -> None:
    """The next attempt, whose fate is its number's."""
    k, i = int(numbers[PLACED]), int(numbers[CALLS])
    rate = answer_rate(seed, k, mean, like)
    end, rings, lasts = attempt(seed, k, rate, like)
    now = numbers[NOW]
    calls[DIALLED, i], calls[RINGS, i], calls[ENDS, i] = now, now + rings, now + lasts
    calls[ANSWERS, i] = 1.0 if end == PERSON else 0.0
    calls[FACTOR, i] = rate / mean_rate(mean, like) if known else 1.0
    numbers[PLACED] += 1
    numbers[CALLS] += 1
    numbers[MOST_LINES] = max(numbers[MOST_LINES], numbers[CALLS] + numbers[WAITING] + agents_talking(numbers))


@compiled
def agents_talking(numbers: Floats) -> float:
    """Those who are neither ready nor away; a wrapping agent holds no line, so this is an upper bound."""
    return numbers[STAYING] - numbers[IDLE]


@compiled
def mean_rate(mean: float, like: Floats) -> float:
    if like[LOW_SHARE] <= 0.0:
        return mean
    return like[LOW_SHARE] * like[LOW_RATE] + (1.0 - like[LOW_SHARE]) * like[HIGH_RATE]


@compiled
def next_factor(seed: int, numbers: Floats, mean: float, like: Floats, known: bool) -> float:
    if not known:
        return 1.0
    return answer_rate(seed, int(numbers[PLACED]), mean, like) / mean_rate(mean, like)


@compiled
def drop_call(calls: Floats, numbers: Floats, i: int) -> None:
    last = int(numbers[CALLS]) - 1
    for row in range(CALL_ROWS):
        calls[row, i] = calls[row, last]
    numbers[CALLS] = last


@compiled
def answer(calls: Floats, waiting: Floats, numbers: Floats) -> None:
    waiting[int(numbers[WAITING])] = numbers[NOW]
    numbers[WAITING] += 1
    numbers[ANSWERED] += 1


@compiled
def leave_queue(waiting: Floats, numbers: Floats) -> float:
    """Whoever has waited longest; since when."""
    since = waiting[0]
    last = int(numbers[WAITING]) - 1
    for i in range(last):
        waiting[i] = waiting[i + 1]
    numbers[WAITING] = last
    return since


@compiled
def give_up(waiting: Floats, numbers: Floats) -> None:
    leave_queue(waiting, numbers)
    numbers[ABANDONED] += 1
    if numbers[ANSWERED] >= WORST_FROM:
        numbers[WORST] = max(numbers[WORST], numbers[ABANDONED] / numbers[ANSWERED])


@compiled
def longest_ready(agents: Floats) -> int:
    found = -1
    for i in range(agents.shape[1]):
        if agents[STATE, i] == READY and (found < 0 or agents[SINCE, i] < agents[SINCE, found]):
            found = i
    return found


@compiled
def match(seed: int, agents: Floats, waiting: Floats, numbers: Floats, like: Floats) -> None:
    """Waiting customers, longest first, to ready agents, longest first."""
    while numbers[WAITING] > 0 and numbers[IDLE] > 0:
        waited = numbers[NOW] - leave_queue(waiting, numbers)
        numbers[WAITED_S] += waited
        numbers[WAITED_MOST_S] = max(numbers[WAITED_MOST_S], waited)
        connect(seed, agents, numbers, longest_ready(agents), like)


@compiled
def connect(seed: int, agents: Floats, numbers: Floats, i: int, like: Floats) -> None:
    now = numbers[NOW]
    idle = now - agents[SINCE, i]
    numbers[AGENT_WAITS] += 1
    numbers[AGENT_WAITED_S] += idle
    numbers[AGENT_WAITED_2] += idle * idle
    talk, wrap = conversation(seed, i, int(agents[NUMBER, i]), like)
    agents[NUMBER, i] += 1
    agents[STATE, i], agents[SINCE, i], agents[UNTIL, i], agents[WRAP, i] = TALKING, now, now + talk, wrap
    agents[TALKED, i] = talk
    numbers[IDLE] -= 1


@compiled
def agent_event(agents: Floats, numbers: Floats, i: int) -> bool:
    """A state of an agent ends; whether a conversation and its wrap-up are over."""
    now, state, since = numbers[NOW], agents[STATE, i], agents[SINCE, i]
    agents[SINCE, i] = now
    if state == TALKING:
        numbers[BUSY_S] += now - since
        numbers[TALK_S] += now - since
        agents[STATE, i], agents[UNTIL, i] = WRAPPING, now + agents[WRAP, i]
        return False
    if state == AWAY:
        numbers[AWAY_S] += now - since
        numbers[STAYING] += 1
        become_ready(agents, numbers, i)
        return False
    numbers[BUSY_S] += now - since
    if agents[BACK_AT, i] > now:
        go_away(agents, numbers, i)
    else:
        become_ready(agents, numbers, i)
    return True


@compiled
def become_ready(agents: Floats, numbers: Floats, i: int) -> None:
    if agents[BACK_AT, i] > 0.0 and agents[STATE, i] == WRAPPING:
        numbers[STAYING] += 1  # the break was over before the call
    agents[STATE, i], agents[UNTIL, i], agents[BACK_AT, i] = READY, FOREVER, 0.0
    numbers[IDLE] += 1


@compiled
def go_away(agents: Floats, numbers: Floats, i: int) -> None:
    agents[STATE, i], agents[SINCE, i], agents[UNTIL, i] = AWAY, numbers[NOW], agents[BACK_AT, i]
    agents[BACK_AT, i] = 0.0


@compiled
def begin_break(agents: Floats, numbers: Floats, breaks: Floats) -> None:
    """A row of `breaks`: when, for how long, and the share of the agents who go; who talks goes after his wrap-up."""
    number, team = int(numbers[NEXT_BREAK]), agents.shape[1]
    numbers[NEXT_BREAK] += 1
    leaving = math.ceil(breaks[number, 2] * team - 1e-9)
    for k in range(leaving):
        i = (k + number * leaving) % team
        if agents[STATE, i] == AWAY or agents[BACK_AT, i] > 0.0:
            continue
        agents[BACK_AT, i] = numbers[NOW] + breaks[number, 1]
        numbers[STAYING] -= 1
        if agents[STATE, i] == READY:
            numbers[IDLE] -= 1
            go_away(agents, numbers, i)


@compiled
def close(agents: Floats, numbers: Floats, end_s: float) -> None:
    """Counts the states that go on when the day ends."""
    for i in range(agents.shape[1]):
        state, lasted = agents[STATE, i], end_s - agents[SINCE, i]
        if state in (TALKING, WRAPPING):
            numbers[BUSY_S] += lasted
        elif state == AWAY:
            numbers[AWAY_S] += lasted
