"""The machine of a customer's call: one outcome, whatever comes and in whatever order."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from campaigns.inbound import InboundOutcome
from dialer.domain.call import AgentJoined, NobodyFree
from dialer.domain.events import InboundAnswered, InboundEnded
from dialer.domain.inbound import InboundCall, InboundGivenUp, InboundSignal, InboundState, Regretted
from sip.causes import Cause, LegOutcome, Origin
from sip.events import LegAnswered, LegEnded

NOON = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)


def call() -> InboundCall:
    return InboundCall(inbound_id="0" * 32, arrived_at=NOON, country="CN")


def picked_up(after_s: float = 7) -> LegAnswered:
    return LegAnswered(worker="w1", at=NOON + timedelta(seconds=after_s), leg_id="x.c")


def ended(after_s: float = 60, origin: Origin = Origin.REMOTE) -> LegEnded:
    cause = Cause(origin=origin, sip_status=200)
    at = NOON + timedelta(seconds=after_s)
    return LegEnded(worker="w1", at=at, leg_id="x.c", cause=cause, outcome=LegOutcome.ANSWERED)


def test_ringing_is_counted_to_our_answer_and_not_to_the_bridge() -> None:
    machine = call()
    machine.apply(picked_up(7))
    [answered] = machine.apply(AgentJoined(at=NOON + timedelta(seconds=11), agent_id="mei"))
    assert isinstance(answered, InboundAnswered)
    assert (answered.ring_s, answered.rings) == (7.0, 2)
    [over] = machine.apply(ended())
    assert isinstance(over, InboundEnded)
    assert over.outcome is InboundOutcome.ANSWERED


def test_who_leaves_before_an_agent_speaks_has_abandoned_and_whom_we_send_away_was_missed() -> None:
    assert [event.outcome for event in call().apply(ended())] == [InboundOutcome.ABANDONED]  # type: ignore[attr-defined]
    regretted = call()
    regretted.apply(NobodyFree(at=NOON))
    regretted.apply(Regretted(at=NOON))
    regretted.apply(picked_up())  # to hear the message
    assert regretted.state is InboundState.REGRETTED
    assert [event.outcome for event in regretted.apply(ended())] == [InboundOutcome.MISSED]  # type: ignore[attr-defined]


SIGNALS = st.sampled_from(
    [
        picked_up(), ended(), ended(origin=Origin.US), NobodyFree(at=NOON), Regretted(at=NOON),
        AgentJoined(at=NOON, agent_id="mei"),
        InboundGivenUp(at=NOON, outcome=InboundOutcome.LOST, reason="worker_lost"),
    ]
)  # fmt: skip


@given(st.lists(SIGNALS, max_size=12))
def test_any_order_of_signals_ends_once_and_changes_nothing_afterwards(signals: list[InboundSignal]) -> None:
    machine = call()
    told = [event for signal in [*signals, ended()] for event in machine.apply(signal)]
    ends = [event for event in told if isinstance(event, InboundEnded)]
    assert len(ends) == 1
    assert machine.over
    assert machine.outcome is ends[0].outcome
    joined = [event for event in told if isinstance(event, InboundAnswered)]
    assert len(joined) <= 1
    if ends[0].outcome is InboundOutcome.ANSWERED:
        assert joined
