"""How many attempts are added."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.idle import IdleReason
from campaigns.pacing import PacingView, Progressive


def decide(ready: int, covered: int, lines: int, tokens: float) -> tuple[int, str]:
    view = PacingView(ready_agents=ready, covered=covered, lines_free=lines, rate_tokens_s=tokens)
    found = Progressive().decide(view)
    return found.place, found.limit


@pytest.mark.parametrize(("view", "expected"), [
    ((4, 1, 10, 10.0), (3, IdleReason.AGENTS_COVERED)),
    ((4, 4, 10, 10.0), (0, IdleReason.AGENTS_COVERED)),
    ((4, 0, 2, 10.0), (2, IdleReason.NO_FREE_LINE)),
    ((4, 0, 10, 1.9), (1, IdleReason.RATE_LIMIT)),
    ((4, 0, 10, 0.4), (0, IdleReason.RATE_LIMIT)),
    ((0, 0, 10, 10.0), (0, IdleReason.NO_READY_AGENT)),
    ((1, 3, 10, 10.0), (0, IdleReason.AGENTS_COVERED)),  # agents left while their calls rang
    ((4, 0, -1, 10.0), (0, IdleReason.NO_FREE_LINE)),
])  # fmt: skip
def test_one_attempt_for_each_uncovered_agent_as_far_as_lines_and_rate_allow(view, expected) -> None:
    assert decide(*view) == expected


@given(st.integers(0, 50), st.integers(0, 50), st.integers(-5, 50), st.floats(0, 50))
def test_never_more_attempts_than_agents_who_can_take_them(ready: int, covered: int, lines: int, tokens: float) -> None:
    place, _ = decide(ready, covered, lines, tokens)
    assert place >= 0
    assert place == 0 or (place + covered <= ready and place <= lines and place <= tokens)
