"""Placing, answering, refusing and ending legs, as the network sees it and as the engine is told."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from sip.causes import LegOutcome, Origin
from sip.commands import AnswerLeg, HangupLeg, HangupReason, PlaceLeg, RejectLeg, RingLeg
from sip.errors import BadDestination, BadState, LineBusy, UnknownLeg, UnknownTrunk
from sip.events import CapacityChanged, LegAnswered, LegEnded, LegIncoming, LegPlaced, LegRinging
from sip.messages import header, headers_of, q850_cause
from tests.integration.sip.harness import Pair, StationProcess, fresh
from tests.integration.sip.wire import Wire, raw_invite

pytestmark = [pytest.mark.sip, pytest.mark.timeout(40)]


@pytest.fixture
def wire() -> Iterator[Wire]:
    wire = Wire()
    yield wire
    wire.close()


def place(dialer: StationProcess, wire: Wire, **fields: object) -> str:
    leg = fresh("leg")
    order = {"destination": f"sip:0301@{wire.address}", **fields}
    dialer.do(PlaceLeg(command_id=fresh(), leg_id=leg, **order))  # type: ignore[arg-type]
    return leg


def test_the_order_is_on_the_wire(pair: Pair, wire: Wire) -> None:
    leg = place(
        pair.dialer,
        wire,
        sip_call_id="018f-attempt@goldenhour",
        caller_id="+493012345",
        caller_name='Sales "North"',
        p_asserted_identity="+493099999",
        headers={"X-Campaign": "spring"},
        auto_answer=True,
    )
    invite = wire.expect("INVITE")
    headers = headers_of(invite)
    wire.reply(invite, "486 Busy Here")
    assert header(headers, "Call-ID") == "018f-attempt@goldenhour"
    assert header(headers, "From").startswith('"Sales \\"North\\"" <sip:+493012345@')
    assert header(headers, "P-Asserted-Identity").startswith("<sip:+493099999@")
    assert header(headers, "X-Campaign") == "spring"
    assert header(headers, "Call-Info").endswith("answer-after=0")
    assert "info=alert-autoanswer" in header(headers, "Alert-Info")
    assert pair.dialer.wait(LegPlaced, leg_id=leg).sip_call_id == "018f-attempt@goldenhour"
    assert pair.dialer.wait(LegEnded, leg_id=leg).outcome is LegOutcome.BUSY


@pytest.mark.parametrize(
    "order",
    [
        {"destination": "sip:1@host\r\nX-Evil: 1"},
        {"destination": "not an address"},
        {"caller_id": "12<sip:x>"},
        {"caller_name": "a\r\nb"},
        {"headers": {"X-A": "1\r\nX-B: 2"}},
        {"headers": {"X A": "1"}},
        {"p_asserted_identity": "1\n2"},
        {"sip_call_id": "a b"},
    ],
)
def test_nothing_from_outside_gets_into_a_message_unchecked(pair: Pair, wire: Wire, order: dict[str, object]) -> None:
    with pytest.raises(BadDestination):
        place(pair.dialer, wire, **order)
    assert pair.dialer.held() == ()


def test_a_busy_leg_ends_with_status_and_q850(pair: Pair) -> None:
    leg, far_leg = pair.dial()
    pair.far.do(RejectLeg(command_id=fresh(), leg_id=far_leg, sip_status=503, q850=17))
    ended = pair.dialer.wait(LegEnded, leg_id=leg)
    assert (ended.cause.origin, ended.cause.sip_status, ended.cause.q850) == (Origin.REMOTE, 503, 17)
    assert ended.outcome is LegOutcome.BUSY
    assert ended.statistics is None


@pytest.mark.parametrize(
    ("status", "outcome"),
    [(404, "INVALID_NUMBER"), (480, "NO_ANSWER"), (603, "DECLINED"), (503, "CONGESTED"), (403, "FAILED")],
)
def test_refusals_are_told_apart(pair: Pair, status: int, outcome: str) -> None:
    leg, far_leg = pair.dial()
    pair.far.do(RingLeg(command_id=fresh(), leg_id=far_leg))
    pair.far.do(RejectLeg(command_id=fresh(), leg_id=far_leg, sip_status=status))
    ended = pair.dialer.wait(LegEnded, leg_id=leg)
    assert (ended.cause.sip_status, str(ended.outcome)) == (status, outcome)


def test_our_hangup_tells_the_reason_and_is_ours(pair: Pair) -> None:
    leg, far_leg = pair.answered()
    pair.dialer.do(HangupLeg(command_id=fresh(), leg_id=leg, reason=HangupReason.LONGEST_CALL))
    ours, theirs = pair.dialer.wait(LegEnded, leg_id=leg), pair.far.wait(LegEnded, leg_id=far_leg)
    assert (ours.cause.origin, ours.cause.sip_status, ours.outcome) == (Origin.US, 200, LegOutcome.ANSWERED)
    assert (theirs.cause.origin, theirs.cause.q850) == (Origin.REMOTE, 16)


def test_the_far_end_hangs_up(pair: Pair) -> None:
    leg, far_leg = pair.answered()
    pair.far.do(HangupLeg(command_id=fresh(), leg_id=far_leg))
    ended = pair.dialer.wait(LegEnded, leg_id=leg)
    assert (ended.cause.origin, ended.outcome) == (Origin.REMOTE, LegOutcome.ANSWERED)


def test_cancelled_before_the_answer(pair: Pair) -> None:
    leg, far_leg = pair.dial()
    pair.far.do(RingLeg(command_id=fresh(), leg_id=far_leg))
    pair.dialer.wait(LegRinging, leg_id=leg)
    pair.dialer.do(HangupLeg(command_id=fresh(), leg_id=leg, reason=HangupReason.CANCELLED))
    ended = pair.dialer.wait(LegEnded, leg_id=leg)
    assert (ended.cause.origin, ended.cause.sip_status, ended.outcome) == (Origin.US, 0, LegOutcome.CANCELLED)
    assert pair.far.wait(LegEnded, leg_id=far_leg).cause.origin is Origin.REMOTE


def test_the_end_is_told_before_the_hangup_returns_and_only_once(pair: Pair) -> None:
    leg, _ = pair.answered()
    pair.dialer.do(HangupLeg(command_id=fresh(), leg_id=leg))
    assert len(pair.dialer.all(LegEnded, leg_id=leg)) == 1
    with pytest.raises(UnknownLeg):
        pair.dialer.do(HangupLeg(command_id=fresh(), leg_id=leg))
    time.sleep(0.2)
    assert len(pair.dialer.all(LegEnded, leg_id=leg)) == 1


def test_ring_time_runs_out(pair: Pair) -> None:
    leg, far_leg = pair.dial(ring_time_s=0.6)
    pair.far.do(RingLeg(command_id=fresh(), leg_id=far_leg))
    ended = pair.dialer.wait(LegEnded, leg_id=leg)
    assert (ended.cause.origin, ended.outcome) == (Origin.RING_TIMEOUT, LegOutcome.NO_ANSWER)
    assert 0.5 < (ended.at - pair.dialer.wait(LegPlaced, leg_id=leg).at).total_seconds() < 2.0


def test_an_answered_leg_is_not_ended_by_its_ring_time(pair: Pair) -> None:
    leg, _ = pair.answered(ring_time_s=0.4, no_progress_s=0.3)
    time.sleep(0.6)
    assert [held.leg_id for held in pair.dialer.held()] == [leg]


def test_a_silent_trunk_is_given_up_and_its_slot_drains(pair: Pair, wire: Wire) -> None:
    leg = place(pair.dialer, wire, no_progress_s=0.4)
    invite = wire.expect("INVITE")
    ended = pair.dialer.wait(LegEnded, leg_id=leg)
    assert (ended.cause.origin, ended.outcome) == (Origin.NO_PROGRESS, LegOutcome.CONGESTED)
    limit = pair.dialer.capacity.max_legs
    assert pair.dialer.room() == (limit - 1, 1)
    assert pair.dialer.all(CapacityChanged)[-1].draining_legs == 1
    wire.reply(invite, "100 Trying")
    cancel = wire.expect("CANCEL")
    wire.reply(cancel, "200 OK")
    wire.reply(invite, "487 Request Terminated")
    pair.dialer.until(lambda: pair.dialer.room() == (limit, 0))


def test_a_trying_trunk_is_not_silent(pair: Pair, wire: Wire) -> None:
    leg = place(pair.dialer, wire, no_progress_s=0.4, ring_time_s=20)
    invite = wire.expect("INVITE")
    wire.reply(invite, "100 Trying")
    time.sleep(0.7)
    assert [held.leg_id for held in pair.dialer.held()] == [leg]
    wire.reply(invite, "486 Busy Here")
    pair.dialer.wait(LegEnded, leg_id=leg)


def test_an_answer_that_crosses_our_cancel_is_ended_once_and_frees_its_slot(pair: Pair, wire: Wire) -> None:
    leg = place(pair.dialer, wire, ring_time_s=0.5)
    invite = wire.expect("INVITE")
    wire.reply(invite, "180 Ringing")
    cancel = wire.expect("CANCEL")
    wire.reply(invite, "200 OK", body=wire.sdp())
    wire.expect("ACK")
    bye = wire.expect("BYE")
    wire.reply(bye, "200 OK")
    wire.reply(cancel, "200 OK")
    ended = pair.dialer.wait(LegEnded, leg_id=leg)
    assert (ended.cause.origin, ended.outcome) == (Origin.RING_TIMEOUT, LegOutcome.NO_ANSWER)
    pair.dialer.until(lambda: pair.dialer.room() == (pair.dialer.capacity.max_legs, 0))
    assert len(pair.dialer.all(LegEnded, leg_id=leg)) == 1
    assert pair.dialer.all(LegAnswered, leg_id=leg) == []


def test_the_reason_of_a_ring_timeout_is_on_the_wire(pair: Pair, wire: Wire) -> None:
    place(pair.dialer, wire, ring_time_s=0.4)
    invite = wire.expect("INVITE")
    wire.reply(invite, "180 Ringing")
    cancel = wire.expect("CANCEL")
    assert q850_cause(cancel) == 19
    wire.reply(cancel, "200 OK")
    wire.reply(invite, "487 Request Terminated")


def test_a_message_that_cannot_be_sent_is_a_local_failure(pair: Pair) -> None:
    leg = fresh("leg")
    pair.dialer.do(PlaceLeg(command_id=fresh(), leg_id=leg, destination="sip:1@255.255.255.255"))
    ended = pair.dialer.wait(LegEnded, leg_id=leg)
    assert (ended.cause.origin, ended.cause.sip_status) == (Origin.LOCAL_FAILURE, 0)
    assert ended.outcome is LegOutcome.CONGESTED
    pair.dialer.until(lambda: pair.dialer.room() == (pair.dialer.capacity.max_legs, 0))


def test_a_redirection_is_not_followed(pair: Pair, wire: Wire) -> None:
    leg = place(pair.dialer, wire)
    invite = wire.expect("INVITE")
    wire.reply(invite, "302 Moved Temporarily")
    ended = pair.dialer.wait(LegEnded, leg_id=leg)
    assert (ended.cause.sip_status, ended.outcome) == (302, LegOutcome.FAILED)


def test_no_common_codec_is_a_failure(pair: Pair, wire: Wire) -> None:
    leg = place(pair.dialer, wire)
    invite = wire.expect("INVITE")
    wire.reply(invite, "488 Not Acceptable Here")
    assert pair.dialer.wait(LegEnded, leg_id=leg).outcome is LegOutcome.FAILED


def test_the_fifth_leg_is_line_busy_and_costs_nothing(pair: Pair) -> None:
    limit = pair.dialer.capacity.max_legs
    if limit > 8:
        pytest.skip("this build has room for more legs than a test should place")
    for _ in range(limit):
        pair.dial()
    with pytest.raises(LineBusy):
        pair.dial()
    assert len(pair.dialer.held()) == limit
    assert pair.dialer.room() == (0, 0)


def test_pjsip_itself_says_line_busy_when_the_count_is_wrong(pair: Pair) -> None:
    limit = pair.dialer.capacity.max_legs
    if limit > 8:
        pytest.skip("this build has room for more legs than a test should place")
    pair.dialer.run(set_max_legs, limit + 5)
    for _ in range(limit):
        pair.dial()
    with pytest.raises(LineBusy, match="70010"):
        pair.dial()
    assert len(pair.dialer.held()) == limit
    pair.dialer.run(set_max_legs, limit)


def set_max_legs(station: object, count: int) -> None:
    station._board.max_legs = count  # type: ignore[attr-defined]
    station._board.count_room()  # type: ignore[attr-defined]


def test_an_incoming_leg_tells_who_calls_and_what_was_dialled(pair: Pair) -> None:
    here = len(pair.far.events)
    leg, _ = pair.dial(number="0049301", caller_id="+493012345", headers={"X-Campaign": "spring"}, sip_call_id="abc.1")
    incoming = pair.far.wait(LegIncoming, since=here)
    assert (incoming.from_number, incoming.to_number, incoming.sip_call_id) == ("+493012345", "0049301", "abc.1")
    assert header(incoming.headers, "x-campaign") == "spring"
    assert leg


def test_a_full_station_is_busy_to_callers(pair: Pair, wire: Wire) -> None:
    limit = pair.far.capacity.max_legs
    if limit > 8:
        pytest.skip("this build has room for more legs than a test should place")
    for _ in range(limit):
        pair.dial()
    here = len(pair.far.events)
    wire.send(raw_invite(pair.far.address, wire.address), pair.far.address)
    assert wire.expect("SIP/2.0").startswith("SIP/2.0 486")
    assert not any(isinstance(event, LegIncoming) for event in pair.far.events[here:])


def test_a_station_that_takes_no_calls_refuses_them_quietly(pair: Pair, wire: Wire) -> None:
    here = len(pair.dialer.events)
    wire.send(raw_invite(pair.dialer.address, wire.address), pair.dialer.address)
    wire.expect("SIP/2.0")
    pair.dialer.until(lambda: pair.dialer.room() == (pair.dialer.capacity.max_legs, 0))
    assert not any(isinstance(event, LegIncoming) for event in pair.dialer.events[here:])


def test_orders_that_do_not_fit_the_state_are_refused(pair: Pair) -> None:
    leg, far_leg = pair.dial()
    with pytest.raises(BadState):
        pair.dialer.do(AnswerLeg(command_id=fresh(), leg_id=leg))
    with pytest.raises(BadState):
        pair.far.do(RejectLeg(command_id=fresh(), leg_id=far_leg, sip_status=200))
    with pytest.raises(BadState):
        pair.dialer.do(PlaceLeg(command_id=fresh(), leg_id=leg, destination=f"sip:1@{pair.far.address}"))
    with pytest.raises(UnknownTrunk):
        pair.dialer.do(PlaceLeg(command_id=fresh(), leg_id=fresh(), destination="0301", trunk="nowhere"))
    with pytest.raises(UnknownLeg):
        pair.dialer.do(HangupLeg(command_id=fresh(), leg_id="nobody"))
