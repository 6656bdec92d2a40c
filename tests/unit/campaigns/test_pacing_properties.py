"""However odd the day, no mode places a call that nobody may place."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from campaigns.pacing import (
    LIMIT_WORDS,
    AttemptSeen,
    Automatic,
    CallSeen,
    ConversationSeen,
    Counted,
    Earning,
    Limit,
    PacingView,
    Power,
    Predictive,
    PredictiveSettings,
    Preview,
    Progressive,
    Window,
)
from campaigns.pacing.budget import left

pytestmark = pytest.mark.usefixtures("warm")

# Clocks jump: ages may be negative, endless, or no number.
SECONDS = st.one_of(st.floats(0, 60), st.floats(allow_nan=True, allow_infinity=True))
AGES = st.lists(SECONDS, max_size=60).map(tuple)
FEW = st.integers(-3, 60)
WINDOWS = st.lists(
    st.builds(
        Window, name=st.just("24h"), answered=st.integers(0, 5000), abandoned=st.integers(0, 160),
        leaving_answered=st.integers(0, 300), leaving_abandoned=st.integers(0, 9),
    ),
    max_size=2,
).map(tuple)  # fmt: skip
CALLS = st.lists(
    st.builds(CallSeen, st.integers(0, 99), SECONDS, st.none() | SECONDS, SECONDS), max_size=60
).map(tuple)  # fmt: skip
VIEWS = st.builds(
    PacingView, ready_agents=FEW, covered=FEW, lines_free=FEW, rate_tokens_s=SECONDS, at_s=SECONDS,
    hour=st.none() | st.integers(0, 23), open=st.booleans() | st.just(True), capacity_free=st.none() | FEW,
    talking_s=AGES, wrapping_s=AGES, leaving=FEW, promised=FEW, calls=CALLS, waiting_s=AGES, windows=WINDOWS,
    next_factor=SECONDS, previewing=FEW, accepted=FEW,
)  # fmt: skip
SEEN = st.one_of(
    st.builds(AttemptSeen, at_s=SECONDS, age_s=SECONDS, person=st.booleans(), cut=st.booleans(),
              hour=st.none() | st.integers(0, 23), source=st.text(max_size=3)),
    st.builds(ConversationSeen, talk_s=SECONDS, wrap_s=SECONDS),
    st.builds(Counted, windows=WINDOWS, agents=FEW),
)  # fmt: skip
CAPS = st.sampled_from((0.0, 0.01, 0.029, 0.05))


def modes(cap: float):
    chosen = PredictiveSettings(abandon_rate_max=cap, burst=1.0, theta=0.36)
    return (
        (Progressive(), None), (Preview(), None), (Power(4, cap), Earning.PLAIN),
        (Predictive(chosen), Earning.PLAIN), (Automatic(chosen), Earning.BOUND),
    )  # fmt: skip


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(VIEWS, st.lists(SEEN, max_size=5)), min_size=1, max_size=4), CAPS)
def test_no_call_is_placed_that_nobody_may_place(day, cap: float) -> None:
    for policy, earning in modes(cap):
        for view, seen in day:
            for each in seen:
                policy.learn(each)
            found = policy.decide(view)
            allowed(found, view)
            over = found.place - found.floor
            if earning is None or left(view.windows, cap, earning) < 1:
                assert over == 0


def allowed(found, view: PacingView) -> None:
    """By agents, window, lines, rate and capacity; and the decision can be told."""
    assert 0 <= found.floor <= found.place
    assert found.floor <= view.floor
    if found.place:
        assert view.open
        assert view.staying > 0
        assert found.place <= view.lines_free
        assert found.place <= view.rate_tokens_s
        assert view.capacity_free is None or found.place <= view.capacity_free
    assert Limit(found.limit) in LIMIT_WORDS
    assert found.words() != found.words(chinese=True)
    rang = {call.call_id: call.rang_s for call in view.calls}
    assert set(found.cancel) <= set(rang)
    assert all(any(c.rang_s is not None and c.rang_s >= 15 for c in view.calls if c.call_id == i) for i in found.cancel)
    for number in (found.risk, found.theta, found.left):
        assert number is None or math.isfinite(number)


@settings(max_examples=25, deadline=None)
@given(VIEWS, st.integers(1, 40))
def test_nothing_left_of_the_budget_is_nothing_placed_beyond_the_floor_however_many_agents(view, more: int) -> None:
    """All calls were answered at once and lost: whatever agents come, only calls with an agent are placed."""
    lost = (Window(name="24h", answered=1000, abandoned=29 + more),)
    for policy, _ in modes(0.029)[2:]:
        policy.decide(view)
        crowd = PacingView(
            ready_agents=3, covered=0, lines_free=99, rate_tokens_s=99, talking_s=(900.0,) * 40, windows=lost
        )
        assert policy.decide(crowd).place == 3
