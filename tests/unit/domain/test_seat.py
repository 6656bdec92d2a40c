"""The agent machine: one state at a time, wishes kept, nobody stuck."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialer.domain.agent import AgentState
from dialer.domain.seat import (
    NEXT,
    Connect,
    Extend,
    Finish,
    Free,
    GoReady,
    LogIn,
    LogOut,
    Order,
    Pause,
    PhoneFailed,
    Reserve,
    Resume,
    Seat,
    WrapUpOver,
)
from dialer.errors import AgentBusy, Refused, WrongState

NOON = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)
S = AgentState


def at(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def seat(*orders: Order) -> Seat:
    fresh = Seat(agent_id="mei", since=NOON)
    for order in orders:
        fresh.apply(order)
    return fresh


READY = (LogIn(at=at(0)), GoReady(at=at(1)))
TALKING = (*READY, Reserve(at=at(2), attempt_id="a1"), Connect(at=at(3)))
WRAPPING = (*TALKING, Finish(at=at(60), until=at(80)))


def test_a_shift_from_log_in_to_log_out() -> None:
    mei = seat()
    states = []
    for order in (*WRAPPING, WrapUpOver(at=at(80)), LogOut(at=at(90))):
        states += [event.state for event in mei.apply(order)]
    assert states == [S.PAUSED, S.READY, S.RESERVED, S.ON_CALL, S.WRAP_UP, S.READY, S.LOGGED_OUT]


def test_events_say_from_where_to_where_and_for_which_call() -> None:
    [event] = seat(*TALKING).apply(Finish(at=at(60), until=at(80)))
    assert (event.previous, event.state, event.attempt_id, event.occurred_at) == (S.ON_CALL, S.WRAP_UP, "a1", at(60))


@pytest.mark.parametrize("orders", [TALKING[:3], TALKING, WRAPPING], ids=["reserved", "talking", "wrapping up"])
def test_a_pause_asked_for_while_busy_is_a_wish(orders: tuple[Order, ...]) -> None:
    mei = seat(*orders)
    before = mei.state
    assert mei.apply(Pause(at=at(70), reason="lunch")) == []
    assert mei.state is before
    over: Order = Free(at=at(81)) if before is S.RESERVED else WrapUpOver(at=at(81))
    if before is S.ON_CALL:
        mei.apply(Finish(at=at(75), until=at(80)))
    [event] = mei.apply(over)
    assert (event.state, event.reason, mei.wish) == (S.PAUSED, "lunch", None)


def test_going_home_wins_over_a_pause_and_ready_takes_both_back() -> None:
    mei = seat(*TALKING, LogOut(at=at(4)), Pause(at=at(5), reason="tea"))
    assert mei.wish is not None
    assert mei.wish.state is S.LOGGED_OUT
    mei.apply(GoReady(at=at(6)))
    assert mei.wish is None


def test_a_call_that_vanishes_does_not_cost_the_turn() -> None:
    mei = seat(*READY)
    mei.apply(Reserve(at=at(50), attempt_id="a1"))
    mei.apply(Free(at=at(52)))
    assert (mei.state, mei.waiting_since, mei.attempt_id) == (S.READY, at(1), None)
    wrapped = seat(*WRAPPING, WrapUpOver(at=at(80)))
    assert wrapped.waiting_since == at(80)


def test_wrap_up_has_a_deadline_that_can_be_moved() -> None:
    mei = seat(*WRAPPING)
    assert mei.wrap_up_until == at(80)
    mei.apply(Extend(at=at(70), until=at(110)))
    assert mei.wrap_up_until == at(110)
    mei.apply(GoReady(at=at(75)))
    assert mei.state is S.READY
    assert seat(*WRAPPING, GoReady(at=at(75))).wrap_up_until is None


def test_an_agent_whose_phone_failed_is_paused_with_the_reason() -> None:
    mei = seat(*TALKING[:3])
    [event] = mei.apply(PhoneFailed(at=at(4), reason="phone did not answer"))
    assert (event.state, event.reason, mei.attempt_id) == (S.PAUSED, "phone did not answer", None)


def test_found_talking_after_a_restart() -> None:
    mei = seat()
    mei.apply(Resume(at=at(1), attempt_id="a9"))
    assert (mei.state, mei.attempt_id) == (S.ON_CALL, "a9")


@pytest.mark.parametrize(
    ("orders", "order", "kind"),
    [
        ((), GoReady(at=NOON), WrongState),
        ((), Pause(at=NOON), WrongState),
        (READY, Extend(at=NOON, until=NOON), WrongState),
        (TALKING, Reserve(at=NOON, attempt_id="a2"), AgentBusy),
        (TALKING, LogIn(at=NOON), AgentBusy),
    ],
)
def test_orders_that_do_not_fit_are_refused_and_change_nothing(
    orders: tuple[Order, ...], order: Order, kind: type[Refused]
) -> None:
    mei = seat(*orders)
    before = (mei.state, mei.attempt_id, mei.wish)
    with pytest.raises(kind, match="mei"):
        mei.apply(order)
    assert (mei.state, mei.attempt_id, mei.wish) == before


orders = st.one_of(
    *(st.builds(kind, at=st.just(at(9))) for kind in (LogIn, GoReady, LogOut, Free, Connect, WrapUpOver)),
    st.builds(Pause, at=st.just(at(9)), reason=st.just("tea")),
    st.builds(PhoneFailed, at=st.just(at(9)), reason=st.just("dead")),
    st.builds(Reserve, at=st.just(at(9)), attempt_id=st.just("a1")),
    st.builds(Resume, at=st.just(at(9)), attempt_id=st.just("a2")),
    st.builds(Finish, at=st.just(at(9)), until=st.just(at(20))),
    st.builds(Extend, at=st.just(at(9)), until=st.just(at(50))),
)


@given(st.lists(orders, max_size=25))
def test_whatever_is_ordered_a_seat_keeps_its_word(story: list[Order]) -> None:
    mei = seat()
    for order in story:
        before = mei.state
        try:
            events = mei.apply(order)
        except Refused:
            assert mei.state is before
            continue
        assert [event.previous for event in events] == [before] * len(events)
        assert (mei.attempt_id is not None) == (mei.state in (S.RESERVED, S.ON_CALL, S.WRAP_UP))
        assert (mei.wrap_up_until is not None) == (mei.state is S.WRAP_UP)
        assert mei.state is not S.READY or (mei.wish is None and mei.waiting_since is not None)


def test_from_every_state_there_is_a_way_home() -> None:
    reach = {S.LOGGED_OUT}
    while more := {state for (state, _), following in NEXT.items() if following in reach} - reach:
        reach |= more
    assert reach == set(S)
