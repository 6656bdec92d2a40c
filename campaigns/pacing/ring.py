"""How long customers take to answer, and how many do: learned from every attempt, by its age."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from campaigns.pacing.risk import Floats, normal_cdf

BIN_S: Final = 0.5
BINS: Final = 160
MOMENTS: Final = (0.1, 0.3, 0.5, 0.7, 0.9)  # of the time to an answer
_KEEP: Final = 0.9995  # of older attempts' weight, with each new one
_PRIOR_ATTEMPTS: Final = 40.0
_COHORT_S: Final = 60.0
_HALF_LIFE_S: Final = 300.0
_FORGOTTEN_S: Final = 3600.0
_MOST_COHORTS: Final = 200
_LONGEST_S: Final = 86_400.0
_PRIOR_ANSWERS: Final = 10.0  # by which the current rate is drawn to the learned one
_RATE_BOUNDS: Final = (0.25, 4.0)


class RingPrior(BaseModel):
    """What is believed before the first attempt. The time to an answer is log-normal after the set-up time."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    answer_rate: float = Field(default=0.25, gt=0, lt=1)
    setup_s: float = Field(default=2.0, ge=0, le=20)
    answer_s: float = Field(default=9.0, gt=0, le=60, description="mean ringing until a person answers")
    spread: float = Field(default=0.6, gt=0, le=3, description="its coefficient of variation")
    ring_limit_s: float = Field(default=25.0, gt=0, le=75)


@dataclass(slots=True)
class _Cohort:
    answers: float = 0.0
    reached: Floats = field(default_factory=lambda: np.zeros(BINS))


class RingModel:
    """Hazards by age: of the attempts that reached an age, how many a person answered in the half second after it and
    how many ended otherwise. Attempts still under way count for the ages they have passed, so that after a common start
    quick refusals do not speak for all. A fast estimate, by the minute of dialling, scales the answers to the hour."""

    def __init__(self, prior: RingPrior | None = None) -> None:
        self.prior = prior if prior is not None else RingPrior()
        self.reached, self.answers, self.others = np.zeros(BINS), np.zeros(BINS), np.zeros(BINS)
        self._prior = _prior_counts(self.prior)
        self._cohorts: dict[int, _Cohort] = {}  # by minute of dialling
        self.rate_now = 1.0
        self._hazard, self._others = self._hazards(np.zeros(BINS))

    def observe(self, *, at_s: float, age_s: float, person: bool, cut: bool = False) -> None:
        reached = int(bins(np.array([age_s]))[0])
        passed = reached if cut else reached + 1
        fade(_KEEP, self.reached, self.answers, self.others)
        self.reached[:passed] += 1
        if not cut:
            (self.answers if person else self.others)[reached] += 1
        if len(self._cohorts) > _MOST_COHORTS:
            self._forget(at_s)
        cohort = self._cohorts.setdefault(_minute(at_s - age_s), _Cohort())
        cohort.answers += person
        cohort.reached[:passed] += 1

    def refresh(self, at_s: float, ages_s: Floats, hour_factor: float = 1.0) -> None:
        """With the attempts under way. `hour_factor`: what is known of this hour against the day."""
        reached = bins(ages_s)
        self._hazard, self._others = self._hazards(_passed(ages_s, reached))
        self.rate_now = self._current(at_s, ages_s, reached, hour_factor)

    def table(self) -> tuple[Floats, Floats]:
        """P(a person has answered before age x), and P(still under way at x), at the edges of the bins."""
        answering = np.minimum(self._hazard * self.rate_now, 0.95)
        ending = np.minimum(self._others, 1 - answering)
        under_way = np.concatenate([[1.0], np.cumprod(1 - answering - ending)])
        answered = np.concatenate([[0.0], np.cumsum(under_way[:-1] * answering)])
        return answered, under_way

    def answer_rate(self) -> float:
        """Of all attempts, at present."""
        return float(self.table()[0][-1])

    def moments(self) -> Floats:
        """Seconds until an answer, for those who answer: its quantiles."""
        answered, _ = self.table()
        shares = np.array(MOMENTS) * answered[-1]
        rising = answered + np.arange(BINS + 1) * 1e-12
        return np.asarray(np.interp(shares, rising, np.arange(BINS + 1) * BIN_S), dtype=np.float64)

    def chances(self, moments_s: Floats) -> Floats:
        """P(an attempt of this age, still under way, is answered within each of `moments_s`); by age bin."""
        answered, under_way = self.table()
        edges = np.arange(BINS + 1) * BIN_S
        later = np.interp(edges[:-1, None] + moments_s[None, :], edges, answered)
        found = (later - answered[:-1, None]) / np.maximum(under_way[:-1, None], 1e-12)
        return np.clip(found, 0.0, 1.0)

    def _hazards(self, passed: Floats) -> tuple[Floats, Floats]:
        reached, answers, others = self._prior
        of = self.reached + passed + reached
        return (self.answers + answers) / of, (self.others + others) / of

    def _current(self, at_s: float, ages_s: Floats, reached: NDArray[np.int64], prior: float) -> float:
        """Answers of recent minutes over those the learned hazards expect, attempts under way included."""
        self._forget(at_s)
        got, expected = _PRIOR_ANSWERS * prior, _PRIOR_ANSWERS
        for minute, cohort in self._cohorts.items():
            weight = _weight(at_s - minute * _COHORT_S)
            got += weight * cohort.answers
            expected += weight * float(cohort.reached @ self._hazard)
        passed = np.concatenate([[0.0], np.cumsum(self._hazard)])[reached]
        expected += float((passed * np.exp2(-np.minimum(sane(ages_s), _FORGOTTEN_S) / _HALF_LIFE_S)).sum())
        return min(max(got / expected, _RATE_BOUNDS[0]), _RATE_BOUNDS[1])

    def _forget(self, at_s: float) -> None:
        self._cohorts = {
            minute: seen for minute, seen in self._cohorts.items() if abs(at_s - minute * _COHORT_S) <= _FORGOTTEN_S
        }

    def to_dict(self) -> dict[str, Any]:
        return {
            "prior": self.prior.model_dump(),
            "reached": self.reached.tolist(),
            "answers": self.answers.tolist(),
            "others": self.others.tolist(),
        }

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> RingModel:
        """Raises `ValueError` where it was not made by `to_dict`. Minutes are not kept: after a restart the current
        rate begins at the learned one."""
        model = cls(RingPrior.model_validate(stored["prior"]))
        model.reached = counts_of(stored["reached"], (BINS,))
        model.answers = counts_of(stored["answers"], (BINS,))
        model.others = counts_of(stored["others"], (BINS,))
        model._hazard, model._others = model._hazards(np.zeros(BINS))
        return model


def bins(ages_s: Floats) -> NDArray[np.int64]:
    return np.minimum(sane(ages_s) / BIN_S, BINS - 1).astype(np.int64)


def sane(seconds: Floats) -> Floats:
    """0 in place of a duration that is none: a clock was set, or a time is missing."""
    return np.fmin(np.fmax(seconds, 0.0), _LONGEST_S)


def fade(keep: float, *counts: Floats) -> None:
    """Gives older counts less weight, in place."""
    for each in counts:
        np.multiply(each, keep, out=each)


def counts_of(stored: object, shape: tuple[int, ...]) -> Floats:
    """Raises `ValueError` unless these are counts of that shape."""
    found = np.array(stored, dtype=np.float64)
    if found.shape != shape or not np.isfinite(found).all() or (found < 0).any():
        raise ValueError(f"stored counts are not {' x '.join(map(str, shape))} numbers from 0 up")
    return found


def _passed(ages_s: Floats, reached: NDArray[np.int64]) -> Floats:
    """How many attempts under way have passed each bin; the part of it they have passed, in their own."""
    tally = np.bincount(reached, minlength=BINS)
    part = np.minimum(sane(ages_s) / BIN_S - reached, 1.0)
    return np.asarray(
        tally.sum() - np.cumsum(tally) + np.bincount(reached, weights=part, minlength=BINS), dtype=np.float64
    )


def _prior_counts(prior: RingPrior) -> tuple[Floats, Floats, Floats]:
    edges = np.arange(BINS + 1) * BIN_S
    variance = math.log(1 + prior.spread**2)
    ringing = np.maximum(edges - prior.setup_s, 1e-3)
    shape = normal_cdf((np.log(ringing) - math.log(prior.answer_s) + variance / 2) / math.sqrt(variance))
    answering = prior.answer_rate * np.diff(shape)
    ages = edges[:-1]
    limit = prior.setup_s + prior.ring_limit_s
    ending = np.where(ages < 2.5, 0.014, np.where(ages < limit, 0.004, 0.4))
    left = 1.0
    under_way = np.empty(BINS)
    for a in range(BINS):
        under_way[a] = left
        left = max(left - answering[a] - left * ending[a], 0.02)
    reached = _PRIOR_ATTEMPTS * under_way
    return reached, np.minimum(_PRIOR_ATTEMPTS * answering, 0.9 * reached), reached * ending


def _minute(at_s: float) -> int:
    return int(at_s // _COHORT_S) if math.isfinite(at_s) else 0


def _weight(ago_s: float) -> float:
    return math.exp2(-min(max(ago_s, 0.0), _FORGOTTEN_S) / _HALF_LIFE_S)
