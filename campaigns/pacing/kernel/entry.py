"""What Python asks of the compiled rules. Every function takes the memory, plain numbers and arrays."""

from __future__ import annotations

import numpy as np

from campaigns.pacing.kernel.busy import observe_conversation
from campaigns.pacing.kernel.decide import (
    COVERED,
    ENOUGH,
    GUARDED,
    RISKY,
    SPENT,
    Answer,
    Asked,
    decide,
    refresh,
)
from campaigns.pacing.kernel.memory import BUSY_AT, NEVER, RING_AT, Memory
from campaigns.pacing.kernel.ring import observe_attempt
from campaigns.pacing.kernel.steering import room, steer, theta_of

__all__ = [
    "COVERED", "ENOUGH", "GUARDED", "RISKY", "SPENT", "Answer", "Asked", "decide", "observe_attempt",
    "observe_conversation", "redraw", "rehearse", "room", "steer", "theta_of",
]  # fmt: skip

_NOBODY = np.zeros(0)


def redraw(memory: Memory, at_s: float, hour_factor: float = 1.0) -> None:
    """The tables, from the counts as they are and nothing under way."""
    memory.numbers[[RING_AT, BUSY_AT]] = NEVER
    refresh(memory, at_s, hour_factor, _NOBODY, 0, _NOBODY, 0, _NOBODY, 0)
    memory.numbers[[RING_AT, BUSY_AT]] = NEVER


def rehearse() -> None:
    """One of each, so that all is compiled."""
    from campaigns.pacing.prior import Prior, memory_of
    from campaigns.pacing.tuning import rules_of

    rules = rules_of(abandon_rate_max=0.03, patience_s=2.0)
    memory = memory_of(Prior(), 2.0, 0.04)
    observe_attempt(memory.ring, memory.cohorts, memory.numbers, 20.0, 9.0, True, False)
    observe_conversation(memory.talk, memory.wrap, memory.numbers, 60.0, 10.0)
    asked = Asked(0, 0, 1, 0, 2, 0, 4, True, 3.0, 1.0, 1e9)
    decide(memory, rules, asked, 30.0, 1.0, np.array([20.0]), np.array([3.0]), np.array([5.0]), np.array([1.0]))
    redraw(memory, 30.0)
    steer(memory, rules, 3.0, 2, 1e9)
    theta_of(-3.0, 3.0, 2, 1e9, rules)
    room(2, 1e9, rules)
