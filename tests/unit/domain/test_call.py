"""The call machine: one outcome, whatever comes in whatever order."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.attempt import AttemptOutcome
from dialer.domain.call import (
    NEXT,
    AgentJoined,
    Call,
    CallGivenUp,
    CallState,
    MachineMet,
    MarkedPerson,
    MessageLeftBehind,
    NobodyFree,
    SafeHarbourBegan,
    Signal,
    WasScreened,
)
from dialer.domain.events import CallAnswered, CallEnded, CallPlaced
from sip.causes import Cause, LegOutcome, Origin
from sip.events import LegAnswered, LegEnded, LegPlaced, LegRinging, LegStatistics

NOON = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)


def at(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def call() -> Call:
    return Call(attempt_id="a1", campaign_id=1, lead_id=7, placed_at=NOON)


def placed(seconds: float = 0.0) -> LegPlaced:
    return LegPlaced(worker="w1", at=at(seconds), leg_id="a1.c", sip_call_id="id", trunk="carrier")


def ringing(seconds: float = 1.0) -> LegRinging:
    return LegRinging(worker="w1", at=at(seconds), leg_id="a1.c", sip_status=180)


def answered(seconds: float = 3.0) -> LegAnswered:
    return LegAnswered(worker="w1", at=at(seconds), leg_id="a1.c")


def ended(
    seconds: float = 60.0, *, origin: Origin = Origin.REMOTE, outcome: LegOutcome = LegOutcome.ANSWERED, status: int = 0
) -> LegEnded:
    cause = Cause(origin=origin, sip_status=status)
    statistics = LegStatistics(mos=4.1)
    return LegEnded(worker="w1", at=at(seconds), leg_id="a1.c", cause=cause, outcome=outcome, statistics=statistics)


def told(machine: Call, *signals: Signal) -> list[str]:
    return [type(event).__name__ for signal in signals for event in machine.apply(signal)]


def test_a_conversation_from_invite_to_goodbye() -> None:
    machine = call()
    joined = AgentJoined(at=at(3.2), agent_id="mei")
    assert told(machine, placed(), ringing(), answered(), joined, ended()) == [
        "CallPlaced",
        "CallRinging",
        "CallAnswered",
        "CallConnected",
        "CallEnded",
    ]
    assert (machine.outcome, machine.agent_id, machine.connected_at) == (AttemptOutcome.HUMAN, "mei", at(3.2))
    assert machine.noise == 0


def test_a_call_ends_once() -> None:
    machine = call()
    first, second = machine.apply(ended(outcome=LegOutcome.BUSY, status=486)), machine.apply(ended(99))
    assert [type(event) for event in first] == [CallEnded]
    assert second == []
    assert machine.apply(CallGivenUp(at=at(100), outcome=AttemptOutcome.LOST, reason="worker_lost")) == []
    assert (machine.outcome, machine.ended_at, machine.noise) == (AttemptOutcome.BUSY, at(60), 2)


@pytest.mark.parametrize("outcome", [o for o in LegOutcome if o is not LegOutcome.ANSWERED])
def test_what_the_network_decided_is_the_outcome(outcome: LegOutcome) -> None:
    machine = call()
    told(machine, placed(), ringing(), ended(outcome=outcome))
    assert machine.outcome == outcome.value


@pytest.mark.parametrize(
    ("signals", "outcome", "reason"),
    [
        ((ended(4.0),), AttemptOutcome.HUMAN, "hung_up_before_agent"),
        ((ended(5.5),), AttemptOutcome.ABANDONED, "no_agent"),
        ((ended(4.0, origin=Origin.US),), AttemptOutcome.ABANDONED, "no_agent"),
        ((NobodyFree(at=at(3)), ended(4.0)), AttemptOutcome.HUMAN, "hung_up_before_agent"),
        ((NobodyFree(at=at(3)), SafeHarbourBegan(at=at(4.8)), ended(4.9)), AttemptOutcome.ABANDONED, "no_agent"),
    ],
)
def test_who_got_no_agent_left_or_was_abandoned(
    signals: tuple[Signal, ...], outcome: AttemptOutcome, reason: str
) -> None:
    machine = call()
    events = [event for signal in (answered(), *signals) for event in machine.apply(signal)]
    last = events[-1]
    assert isinstance(last, CallEnded)
    assert (last.outcome, last.reason) == (outcome, reason)


def test_an_answer_only_seen_at_the_end_is_not_a_no_answer() -> None:
    machine = call()
    told(machine, placed(), ended(outcome=LegOutcome.ANSWERED))
    assert machine.outcome is AttemptOutcome.ABANDONED


def test_noise_changes_nothing_and_is_counted() -> None:
    machine = call()
    told(machine, placed(), answered())
    before = (machine.state, machine.answered_at)
    assert told(machine, placed(9), ringing(9), answered(9)) == []
    assert (machine.state, machine.answered_at, machine.noise) == (*before, 3)


def test_events_carry_the_workers_time_and_the_calls_names() -> None:
    machine = call()
    [event] = machine.apply(placed(0.2))
    assert isinstance(event, CallPlaced)
    assert (event.occurred_at, event.attempt_id, event.lead_id) == (at(0.2), "a1", 7)
    [event] = machine.apply(answered(5))
    assert isinstance(event, CallAnswered)
    assert event.occurred_at == at(5)


def test_every_state_but_the_last_can_end() -> None:
    for state in CallState:
        if state is not CallState.ENDED:
            assert NEXT[state, LegEnded] is NEXT[state, CallGivenUp] is CallState.ENDED
    assert not [key for key in NEXT if key[0] is CallState.ENDED]


def screened(verdict: str = "machine", treatment: str = "hung_up") -> WasScreened:
    return WasScreened(
        at=at(5), mode="connect_first", verdict=verdict, reason="long_greeting", delay_ms=2000, treatment=treatment
    )


JOINED = AgentJoined(at=at(3.2), agent_id="mei")


@pytest.mark.parametrize("before", [(), (NobodyFree(at=at(3)),), (JOINED,)], ids=["alone", "waiting", "joined"])
def test_a_machine_ends_as_machine_whoever_heard_it(before: tuple[Signal, ...]) -> None:
    machine = call()
    met = MachineMet(at=at(5), treatment="hung_up")
    events = [e for one in (placed(), answered(), *before, screened(), met) for e in machine.apply(one)]
    assert machine.state is CallState.MACHINE
    assert events[-1].agent_id == ("mei" if before == (JOINED,) else None)  # type: ignore[attr-defined]
    [end] = machine.apply(ended(6.0))
    assert (machine.outcome, end.reason) == (AttemptOutcome.MACHINE, "long_greeting")  # type: ignore[attr-defined]


def test_a_message_that_was_left_is_the_reason_of_the_end() -> None:
    machine = call()
    told(machine, placed(), answered(), screened(treatment="message"), MachineMet(at=at(5), treatment="message"))
    assert told(machine, MessageLeftBehind(at=at(12)), MessageLeftBehind(at=at(13))) == ["MessageLeft"]
    [end] = machine.apply(ended(13.0))
    assert end.reason == "message_left"  # type: ignore[attr-defined]


def test_a_verdict_is_settled_once() -> None:
    machine = call()
    told(machine, placed(), answered(), JOINED)
    assert told(machine, screened("human", "served"), screened()) == ["CallScreened"]
    assert (machine.verdict, machine.noise) == ("human", 1)
    assert told(machine, MarkedPerson(at=at(6), agent_id="mei"), MarkedPerson(at=at(7), agent_id="mei")) == [
        "CallMarkedPerson"
    ]


signals = st.one_of(
    st.builds(placed, st.floats(0, 100)),
    st.builds(ringing, st.floats(0, 100)),
    st.builds(answered, st.floats(0, 100)),
    st.builds(ended, st.floats(0, 100), origin=st.sampled_from(Origin), outcome=st.sampled_from(LegOutcome)),
    st.builds(NobodyFree, at=st.just(at(5))),
    st.builds(SafeHarbourBegan, at=st.just(at(5))),
    st.builds(AgentJoined, at=st.just(at(5)), agent_id=st.just("mei")),
    st.builds(screened, st.sampled_from(["human", "machine"]), st.sampled_from(["served", "hung_up"])),
    st.builds(MachineMet, at=st.just(at(5)), treatment=st.just("hung_up")),
    st.builds(MessageLeftBehind, at=st.just(at(6))),
    st.builds(MarkedPerson, at=st.just(at(5)), agent_id=st.just("mei")),
    st.builds(CallGivenUp, at=st.just(at(6)), outcome=st.just(AttemptOutcome.LOST), reason=st.just("x")),
)


@given(st.lists(signals, max_size=12))
def test_whatever_comes_a_call_ends_at_most_once_and_then_says_nothing(story: list[Signal]) -> None:
    machine = call()
    names = told(machine, *story)
    assert names.count("CallEnded") == machine.over
    assert names.count("CallConnected") <= 1
    assert names.count("CallScreened") <= 1
    assert names.count("MachineAnswered") <= 1
    if machine.over:
        assert names[-1] == "CallEnded"
        talked = (AttemptOutcome.HUMAN, AttemptOutcome.MACHINE, AttemptOutcome.LOST)
        assert machine.connected_at is None or machine.outcome in talked
