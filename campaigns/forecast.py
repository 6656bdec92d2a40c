"""Will the campaign finish by its deadline and reach its goal? Forecast from what a pilot, or the calls so far, showed.

The rates are uncertain, so they are drawn many times from what the sample allows (Jeffreys' prior on each rate); the
draws have a fixed seed, so the same sample gives the same forecast. Assumed: later attempts do as well as the sample's,
agents dial one line each, and the hours ahead are worked by `agents` people.
"""

from __future__ import annotations

import math
import random
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import accumulate
from typing import Final

_DRAWS: Final = 2000
_SEED: Final = 20_261
_LOW, _MIDDLE, _HIGH = 0.1, 0.5, 0.9


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """Attempts that have ended. `settled`: those after which the lead was not open any more. Times per attempt."""

    attempts: int
    persons: int  # answered by a person
    contacts: int  # with the right person
    successes: int
    settled: int
    appointments: int = 0
    line_s: float = 20.0  # mean time from dialling to the end of an attempt without conversation
    talk_s: float = 90.0  # mean conversation


@dataclass(frozen=True, slots=True, kw_only=True)
class Ahead:
    """What is left to do. `hours`: working time of each date to come, in order, windows and holidays considered."""

    open_leads: int
    attempts_per_lead: int  # at most
    agents: int
    wrap_up_s: float
    hours: tuple[tuple[date, float], ...]
    deadline: date | None = None
    goals: Mapping[str, float] = field(default_factory=dict)  # contacts, successes, appointments, success_rate
    reached: Mapping[str, float] = field(default_factory=dict)  # of the counted goals, so far


@dataclass(frozen=True, slots=True, kw_only=True)
class GoalForecast:
    """`low` to `high` holds the result in eight cases of ten."""

    goal: str
    target: float
    low: float
    expected: float
    high: float
    probability: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """Dates are None where the hours ahead do not suffice. Probabilities are None where nothing was asked for."""

    attempts_needed: tuple[int, int, int]  # low, middle, high
    attempts_per_hour: float
    attempts_until_deadline: int
    completes_on: tuple[date | None, date | None, date | None]
    deadline: date | None
    deadline_probability: float | None
    goals: tuple[GoalForecast, ...]


@dataclass(frozen=True, slots=True)
class _Draw:
    needed: float
    attempts: float  # made until the deadline, or all that are needed
    capacity: float
    results: Mapping[str, float]


def forecast(sample: Sample, ahead: Ahead) -> Forecast:
    """Raises `ValueError` for a sample without attempts or figures that exceed them."""
    _check(sample)
    chance = random.Random(_SEED)  # noqa: S311 - no secret, and the same forecast every time
    draws = [_draw(sample, ahead, chance) for _ in range(_DRAWS)]
    needed = sorted(draw.needed for draw in draws)
    per_hour = _attempts_per_hour(sample, ahead, sample.persons / sample.attempts)
    return Forecast(
        attempts_needed=_three(needed),
        attempts_per_hour=per_hour,
        attempts_until_deadline=round(per_hour * _hours(ahead)),
        completes_on=_completion(needed, per_hour, ahead),
        deadline=ahead.deadline,
        deadline_probability=None if ahead.deadline is None else _share(d.needed <= d.capacity for d in draws),
        goals=tuple(_goal(name, target, ahead, draws) for name, target in ahead.goals.items()),
    )


def _check(sample: Sample) -> None:
    if sample.attempts < 1:
        raise ValueError("nothing can be forecast before the first attempt has ended")
    parts = (sample.persons, sample.contacts, sample.successes, sample.settled, sample.appointments)
    if min(parts) < 0 or max(parts) > sample.attempts:
        raise ValueError("a part of the sample is larger than its attempts")


def _draw(sample: Sample, ahead: Ahead, chance: random.Random) -> _Draw:
    def rate(hits: int) -> float:
        return chance.betavariate(hits + 0.5, sample.attempts - hits + 0.5)

    needed = ahead.open_leads * attempts_of_a_lead(rate(sample.settled), ahead.attempts_per_lead)
    capacity = _attempts_per_hour(sample, ahead, rate(sample.persons)) * _hours(ahead)
    made = min(needed, capacity)
    results = {
        name: ahead.reached.get(name, 0.0) + _noisy(made, rate(hits), chance) for name, hits in _counted(sample).items()
    }
    contacts = max(results["contacts"], 1e-9)
    return _Draw(needed, made, capacity, {**results, "success_rate": min(results["successes"] / contacts, 1.0)})


def _counted(sample: Sample) -> dict[str, int]:
    return {"contacts": sample.contacts, "successes": sample.successes, "appointments": sample.appointments}


def _noisy(attempts: float, rate: float, chance: random.Random) -> float:
    """A binomial count, by its normal approximation."""
    spread = math.sqrt(attempts * rate * (1 - rate))
    return min(max(chance.gauss(attempts * rate, spread), 0.0), attempts)


def attempts_of_a_lead(settled: float, most: int) -> float:
    """Mean attempts on a lead of which each settles it with probability `settled`, `most` at most."""
    if settled <= 0:
        return float(most)
    return float((1 - (1 - settled) ** most) / settled)


def _attempts_per_hour(sample: Sample, ahead: Ahead, answered: float) -> float:
    """One line per ready agent: an agent's time for one attempt is the line's, and with a person talk and wrap-up."""
    seconds = sample.line_s + answered * (sample.talk_s + ahead.wrap_up_s)
    return 3600 * ahead.agents / max(seconds, 1.0)


def _hours(ahead: Ahead) -> float:
    return sum(hours for day, hours in ahead.hours if ahead.deadline is None or day <= ahead.deadline)


def _completion(needed: Sequence[float], per_hour: float, ahead: Ahead) -> tuple[date | None, date | None, date | None]:
    done = list(accumulate(hours * per_hour for _, hours in ahead.hours))

    def on(share: float) -> date | None:
        index = bisect_left(done, quantile(needed, share))
        return ahead.hours[index][0] if index < len(done) else None

    return on(_LOW), on(_MIDDLE), on(_HIGH)


def _goal(name: str, target: float, ahead: Ahead, draws: Sequence[_Draw]) -> GoalForecast:
    results = sorted(draw.results[name] for draw in draws)
    return GoalForecast(
        goal=name,
        target=target,
        low=quantile(results, _LOW),
        expected=quantile(results, _MIDDLE),
        high=quantile(results, _HIGH),
        probability=_share(result >= target for result in results),
    )


def _three(ordered: Sequence[float]) -> tuple[int, int, int]:
    low, middle, high = (math.ceil(quantile(ordered, share)) for share in (_LOW, _MIDDLE, _HIGH))
    return low, middle, high


def quantile(ordered: Sequence[float], share: float) -> float:
    """Of values in rising order, at least one."""
    return ordered[min(int(share * len(ordered)), len(ordered) - 1)]


def _share(found: Iterable[bool]) -> float:
    hits = list(found)
    return sum(hits) / len(hits)
