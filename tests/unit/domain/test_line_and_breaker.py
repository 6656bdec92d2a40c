"""Room given back once; a failing trunk left alone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from dialer.domain.breaker import Breaker, BreakerState, Failed, Mended, Refused, Tried, Unproven, Worked
from dialer.domain.ids import agent_leg, agent_of, attempt_of, customer_leg, new_id, open_leg
from dialer.domain.line import Admit, FreeRoom, GiveBackSlot, HeldLine, Release, Use

NOON = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)


def at(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def test_a_line_that_was_used_owes_its_room_only() -> None:
    line = HeldLine(line_id="l", worker="w1")
    assert line.apply(Admit("carrier")) == []
    assert line.apply(Use()) == []
    assert line.apply(Release()) == [FreeRoom("l")]


def test_a_line_that_was_admitted_and_not_used_owes_the_trunks_slot_too() -> None:
    line = HeldLine(line_id="l", worker="w1")
    line.apply(Admit("carrier"))
    assert line.apply(Release()) == [GiveBackSlot("carrier"), FreeRoom("l")]


@given(st.lists(st.sampled_from([Admit("carrier"), Use(), Release()]), max_size=10))
def test_room_and_slot_are_given_back_at_most_once(orders: list[Admit | Use | Release]) -> None:
    line = HeldLine(line_id="l", worker="w1")
    duties = [duty for order in orders for duty in line.apply(order)]
    assert duties.count(FreeRoom("l")) == (Release() in orders)
    assert duties.count(GiveBackSlot("carrier")) <= 1


def opened() -> Breaker:
    breaker = Breaker()
    for _ in range(5):
        breaker.apply(Failed(at=NOON))
    return breaker


def test_five_failures_in_a_row_open_the_breaker_and_four_do_not() -> None:
    breaker = Breaker()
    for _ in range(4):
        breaker.apply(Failed(at=NOON))
    breaker.apply(Worked(at=NOON))
    for _ in range(4):
        assert breaker.apply(Failed(at=NOON)) is BreakerState.CLOSED
    assert breaker.apply(Failed(at=NOON)) is BreakerState.OPEN
    assert not breaker.admits(at(29))
    assert breaker.admits(at(30))


def test_one_call_tries_it_and_decides() -> None:
    breaker = opened()
    breaker.apply(Tried(at=at(30)))
    assert breaker.state is BreakerState.HALF_OPEN
    assert not breaker.admits(at(31)), "one call only"
    breaker.apply(Failed(at=at(31)))
    assert breaker.retry_at == at(31 + 60)
    breaker.apply(Tried(at=at(91)))
    assert breaker.apply(Worked(at=at(93))) is BreakerState.CLOSED
    assert breaker.opened == 0


def test_a_trial_that_proved_nothing_may_be_made_again_at_once() -> None:
    breaker = opened()
    breaker.apply(Tried(at=at(30)))
    breaker.apply(Unproven(at=at(35)))
    assert breaker.admits(at(35))


def test_the_back_off_grows_to_five_minutes() -> None:
    breaker, now, waits = opened(), at(0), []
    for _ in range(6):
        assert breaker.retry_at is not None
        waits.append(round((breaker.retry_at - now).total_seconds()))
        now = breaker.retry_at
        breaker.apply(Tried(at=now))
        breaker.apply(Failed(at=now))
    assert waits == [30, 60, 120, 240, 300, 300]


def test_failures_of_calls_placed_before_it_opened_change_nothing() -> None:
    breaker = opened()
    before = breaker.retry_at
    breaker.apply(Failed(at=at(10)))
    assert breaker.retry_at == before


def test_a_refused_account_is_stopped_until_it_is_mended() -> None:
    breaker = Breaker()
    assert breaker.apply(Refused(at=NOON)) is BreakerState.STOPPED
    assert not breaker.admits(at(10**6))
    assert breaker.apply(Worked(at=NOON)) is BreakerState.STOPPED
    assert breaker.apply(Mended(at=NOON)) is BreakerState.CLOSED


def test_a_leg_names_its_attempt_and_its_agent() -> None:
    attempt = new_id(NOON)
    assert attempt_of(customer_leg(attempt)) == attempt_of(agent_leg(attempt)) == attempt
    assert attempt_of(agent_leg(attempt, "li.wei")) == attempt
    assert agent_of(agent_leg(attempt, "li.wei")) == "li.wei"
    assert agent_of(open_leg("mei", "s1")) == "mei"
    assert agent_of(customer_leg(attempt)) is None
    assert attempt_of(open_leg("mei", "s1")) is None
    assert attempt_of("incoming-1") is None
