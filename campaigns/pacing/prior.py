"""What is believed before the first call, as counts that the first calls soon outweigh."""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from campaigns.pacing.kernel import memory as rows
from campaigns.pacing.kernel.memory import BIN_S, BINS, Floats, Memory, fresh_memory

_ATTEMPTS: Final = 40.0


class RingPrior(BaseModel):
    """What is believed before the first attempt. The time to an answer is log-normal after the set-up time."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    answer_rate: float = Field(default=0.25, gt=0, lt=1)
    setup_s: float = Field(default=2.0, ge=0, le=20)
    answer_s: float = Field(default=9.0, gt=0, le=60, description="mean ringing until a person answers")
    spread: float = Field(default=0.6, gt=0, le=3, description="its coefficient of variation")
    ring_limit_s: float = Field(default=25.0, gt=0, le=75)


class TalkPrior(BaseModel):
    """What is believed before the first conversation. Talk is log-normal, wrap-up gamma with shape 4."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    talk_s: float = Field(default=100.0, gt=0, le=3600)
    talk_spread: float = Field(default=1.0, gt=0, le=5, description="coefficient of variation")
    wrap_s: float = Field(default=20.0, gt=0, le=600)


class Prior(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    ring: RingPrior = RingPrior()
    talk: TalkPrior = TalkPrior()


def memory_of(prior: Prior, patience_s: float, theta: float) -> Memory:
    """Nothing seen yet."""
    memory = fresh_memory()
    set_prior(memory, prior)
    memory.numbers[rows.PATIENCE_S] = patience_s
    memory.numbers[rows.LOG_THETA] = math.log(theta)
    return memory


def set_prior(memory: Memory, prior: Prior) -> None:
    reached, answers, others = _ring_counts(prior.ring)
    memory.ring[rows.PRIOR_REACHED, :BINS] = reached
    memory.ring[rows.PRIOR_ANSWERS, :BINS] = answers
    memory.ring[rows.PRIOR_OTHERS, :BINS] = others
    talk = prior.talk
    memory.numbers[[rows.PRIOR_TALK_S, rows.PRIOR_SPREAD, rows.PRIOR_WRAP_S]] = (
        talk.talk_s,
        talk.talk_spread,
        talk.wrap_s,
    )


def _ring_counts(prior: RingPrior) -> tuple[Floats, Floats, Floats]:
    edges = np.arange(BINS + 1) * BIN_S
    variance = math.log(1 + prior.spread**2)
    ringing = np.log(np.maximum(edges - prior.setup_s, 1e-3))
    deviates = (ringing - math.log(prior.answer_s) + variance / 2) / math.sqrt(2 * variance)
    answering = prior.answer_rate * np.diff([0.5 * math.erfc(-x) for x in deviates])
    ages = edges[:-1]
    limit = prior.setup_s + prior.ring_limit_s
    ending = np.where(ages < 2.5, 0.014, np.where(ages < limit, 0.004, 0.4))
    left = 1.0
    under_way = np.empty(BINS)
    for a in range(BINS):
        under_way[a] = left
        left = max(left - answering[a] - left * ending[a], 0.02)
    reached = _ATTEMPTS * under_way
    return reached, np.minimum(_ATTEMPTS * answering, 0.9 * reached), reached * ending
