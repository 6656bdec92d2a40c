"""Room for legs: nothing is promised twice, nothing is kept from use for long."""

from __future__ import annotations

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from sip.errors import LineBusy
from sip.pool.room import WorkerRoom


def stock() -> WorkerRoom:
    return WorkerRoom("w1", max_legs=4, slack=2)


def test_a_stock_worker_has_room_for_one_conversation_at_a_time() -> None:
    room = stock()
    room.reserve("one", 2, beside=None)
    with pytest.raises(LineBusy, match="room for 0 legs, 2 are asked for"):
        room.reserve("two", 2, beside=None)
    room.release("one")
    assert room.reserve("two", 2, beside=None).worker == "w1"


def test_an_agents_leg_that_fails_leaves_the_line_to_the_next_agent() -> None:
    room = stock()
    room.reserve("call", 2, beside=None)
    room.leg_up("call.c")
    room.leg_up("call.a")
    room.leg_gone("call.a")
    room.draining = 1
    room.leg_up("call.a2")
    assert room.reservations["call"].claimed == {"call.c", "call.a2"}


def test_legs_of_a_released_line_still_count() -> None:
    room = stock()
    room.reserve("call", 2, beside=None)
    for leg in ("call.c", "call.a"):
        room.leg_up(leg)
    room.release("call")
    assert room.free == 2, "slack takes what is still up"
    room.draining = 1
    assert room.free == 1
    for leg in ("call.c", "call.a"):
        room.leg_gone(leg)
    assert room.free == 2


def test_a_leg_is_counted_on_the_line_it_is_named_after_before_any_other() -> None:
    room = WorkerRoom("w1", max_legs=12, slack=2)
    room.reserve("first", 2, beside=None)
    room.reserve("second", 2, beside=None)
    room.leg_up("second.c")
    room.leg_up("stranger")
    assert room.reservations["second"].claimed == {"second.c"}
    assert room.reservations["first"].claimed == {"stranger"}


def test_an_adopted_conversation_takes_the_line_it_occupies_already() -> None:
    room = stock()
    room.leg_up("call.c")
    room.leg_up("call.a")
    room.reserve("call", 2, beside=None)
    assert room.free == 0
    assert room.reservations["call"].claimed == {"call.c", "call.a"}


def test_a_customer_beside_an_open_agent_leg_does_not_take_the_agents_room() -> None:
    room = stock()
    room.reserve("agent", 1, beside=None)
    room.leg_up("agent.o")
    room.reserve("call", 1, beside="agent.o")
    assert room.reservations["agent"].claimed == {"agent.o"}
    assert room.free == 0


class RoomStory(RuleBasedStateMachine):
    """Any order of reserving, dialling, ending and draining on a worker with real slots."""

    def __init__(self) -> None:
        super().__init__()
        self.room = WorkerRoom("w1", max_legs=10, slack=2)
        self.names = 0
        self.draining = 0

    @rule(legs=st.sampled_from([1, 2]))
    def reserve(self, legs: int) -> None:
        self.names += 1
        free = self.room.free
        try:
            self.room.reserve(f"line{self.names}", legs, beside=None)
        except LineBusy:
            assert free < legs
        else:
            assert free >= legs
            assert self.room.free <= free - legs

    @precondition(lambda self: self.room.reservations)
    @rule(data=st.data())
    def place(self, data: st.DataObject) -> None:
        line = data.draw(st.sampled_from(sorted(self.room.reservations)))
        reservation = self.room.reservations[line]
        if len(reservation.claimed) < reservation.legs:
            self.names += 1
            free = self.room.free
            self.room.leg_up(f"{line}.{self.names}")
            assert self.room.free == free, "a leg on its line was counted when the line was reserved"

    @precondition(lambda self: self.room.legs)
    @rule(data=st.data())
    def end(self, data: st.DataObject) -> None:
        self.room.leg_gone(data.draw(st.sampled_from(sorted(self.room.legs))))
        self.draining += 1
        self.room.draining = self.draining

    @precondition(lambda self: self.draining)
    @rule()
    def drain(self) -> None:
        self.draining -= 1
        self.room.draining = self.draining

    @precondition(lambda self: self.room.reservations)
    @rule(data=st.data())
    def release(self, data: st.DataObject) -> None:
        before = self.room.free
        self.room.release(data.draw(st.sampled_from(sorted(self.room.reservations))))
        assert self.room.free >= before

    @invariant()
    def every_promise_can_be_kept(self) -> None:
        reserved = sum(held.legs for held in self.room.reservations.values())
        outside = len(self.room.legs - {leg for held in self.room.reservations.values() for leg in held.claimed})
        assert reserved <= self.room.max_legs - self.room.slack
        assert self.room.free == 0 or reserved + outside + self.draining + self.room.free <= self.room.max_legs


RoomStory.TestCase.settings = settings(max_examples=30, stateful_step_count=30, deadline=None)
TestRoomStory = RoomStory.TestCase
