"""Trunks against a registrar that is a UDP socket: what it is told, and what the engine is told."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from sip.commands import AnswerLeg, ConnectTrunk, DisconnectTrunk, HangupLeg, PlaceLeg
from sip.digest import LoopbackRegistrar, Registrar, digest_parameters, expected_response
from sip.errors import BadDestination, TelephonyError, UnknownTrunk
from sip.events import LegAnswered, LegEnded, LegIncoming, TrunkDown, TrunkUp
from sip.messages import header, headers_of
from sip.trunks import Codec, Trunk
from tests.integration.sip.harness import Pair, StationProcess, fresh
from tests.integration.sip.wire import Wire

pytestmark = [pytest.mark.sip, pytest.mark.timeout(40)]

Connect = Callable[..., str]


@pytest.fixture
def wire() -> Iterator[Wire]:
    wire = Wire()
    yield wire
    wire.close()


@pytest.fixture
def connect(dialer: StationProcess) -> Iterator[Connect]:
    """Connect a trunk and take it away at the end."""
    names: list[str] = []

    def connect(**fields: object) -> str:
        name = fresh("trunk")
        names.append(name)
        dialer.do(ConnectTrunk(command_id=fresh(), trunk=Trunk(name=name, **fields)))  # type: ignore[arg-type]
        return name

    yield connect
    for name in names:
        dialer.do(DisconnectTrunk(command_id=fresh(), name=name))


def place(dialer: StationProcess, trunk: str, destination: str = "+493011", **fields: object) -> str:
    leg = fresh("leg")
    dialer.do(
        PlaceLeg(command_id=fresh(), leg_id=leg, destination=destination, trunk=trunk, **fields)  # type: ignore[arg-type]
    )
    return leg


def test_a_registered_trunk_answers_the_challenge_and_comes_up(dialer: StationProcess, connect: Connect) -> None:
    registrar = Registrar("carrier-user", "s3cret")
    with LoopbackRegistrar(registrar) as loopback:
        name = connect(address=loopback.address, register=True, user="carrier-user", password="s3cret")
        dialer.wait(TrunkUp, trunk=name)
    assert (registrar.challenges, registrar.accepted) == (1, 1)


def test_a_wrong_password_brings_the_trunk_down_with_the_status(dialer: StationProcess, connect: Connect) -> None:
    with LoopbackRegistrar(Registrar("carrier-user", "s3cret")) as loopback:
        name = connect(address=loopback.address, register=True, user="carrier-user", password="wrong")
        assert dialer.wait(TrunkDown, trunk=name).sip_status == 403
    with pytest.raises(UnknownTrunk):
        place(dialer, name)


def test_a_silent_registrar_is_told_within_seconds(dialer: StationProcess, connect: Connect, wire: Wire) -> None:
    dialer.run(lose_patience_after, 1.0)
    name = connect(address=wire.address, register=True, user="u", password="p")
    wire.expect("REGISTER")
    down = dialer.wait(TrunkDown, trunk=name)
    assert (down.sip_status, "no answer to REGISTER" in down.reason) == (0, True)


def lose_patience_after(_: Any, seconds: float) -> None:
    from sip.pjsua import trunks

    trunks.REGISTER_ANSWER_S = seconds


def test_a_lost_registration_is_told_and_its_return_too(dialer: StationProcess, connect: Connect, wire: Wire) -> None:
    """The registrar grants 6 s, so that PJSIP refreshes after one; it refuses once and then accepts again."""
    stop = threading.Event()
    answers = iter(["200 OK", "503 Service Unavailable", *["200 OK"] * 20])
    thread = threading.Thread(target=answer_registrations, args=(wire, answers, stop))
    thread.start()
    try:
        name = connect(address=wire.address, register=True, user="u", password="p")
        dialer.wait(TrunkUp, trunk=name)
        assert dialer.wait(TrunkDown, trunk=name).sip_status == 503
        down = dialer.events.index(dialer.wait(TrunkDown, trunk=name))
        dialer.wait(TrunkUp, trunk=name, since=down)
    finally:
        stop.set()
        thread.join()


def answer_registrations(wire: Wire, answers: Iterator[str], stop: threading.Event) -> None:
    while not stop.is_set():
        try:
            request = wire.expect("REGISTER", within=0.3)
        except AssertionError:
            continue
        contact = header(headers_of(request), "Contact")
        wire.reply(request, next(answers), f"Contact: {contact};expires=6", "Expires: 6")


def test_a_trunk_by_address_is_up_at_once_and_dials_as_the_carrier_wants(
    dialer: StationProcess, connect: Connect, wire: Wire
) -> None:
    name = connect(address=wire.address, caller_id="+49305550", strip_plus=True, prefix="00")
    dialer.wait(TrunkUp, trunk=name)
    leg = place(dialer, name)
    invite = wire.expect("INVITE")
    wire.reply(invite, "503 Service Unavailable")
    assert invite.startswith(f"INVITE sip:00493011@{wire.address}")
    assert header(headers_of(invite), "From").startswith("<sip:+49305550@127.0.0.1>")
    assert dialer.wait(LegEnded, leg_id=leg).cause.sip_status == 503


def test_a_challenged_call_is_answered_with_the_trunks_password(
    dialer: StationProcess, connect: Connect, wire: Wire
) -> None:
    name = connect(address=wire.address, user="peer", password="pw")
    leg = place(dialer, name, sip_call_id="kept@through-the-challenge")
    first = wire.expect("INVITE")
    challenge = 'Proxy-Authenticate: Digest realm="carrier", nonce="n0nce", algorithm=MD5, qop="auth"'
    wire.reply(first, "407 Proxy Authentication Required", challenge)
    wire.expect("ACK")
    second = wire.expect("INVITE")
    given = digest_parameters(header(headers_of(second), "Proxy-Authorization"))
    wire.reply(second, "486 Busy Here")
    assert given["response"] == expected_response(given, method="INVITE", password="pw")
    assert header(headers_of(second), "Call-ID") == "kept@through-the-challenge"
    assert dialer.wait(LegEnded, leg_id=leg).cause.sip_status == 486


def test_calls_go_through_the_outbound_proxy(dialer: StationProcess, connect: Connect, wire: Wire) -> None:
    name = connect(address="carrier.invalid", outbound_proxy=wire.address)
    leg = place(dialer, name)
    invite = wire.expect("INVITE")
    wire.reply(invite, "486 Busy Here")
    assert invite.startswith("INVITE sip:+493011@carrier.invalid")
    assert wire.address in header(headers_of(invite), "Route")
    dialer.wait(LegEnded, leg_id=leg)


@pytest.mark.parametrize(
    ("codecs", "payloads"),
    [
        ((Codec.PCMU, Codec.PCMA), ["0", "8"]),
        ((Codec.G722,), ["9"]),
        ((Codec.PCMA, Codec.G722, Codec.PCMU), ["8", "9", "0"]),
    ],
)
def test_a_trunk_offers_its_codecs_in_its_order(
    dialer: StationProcess, connect: Connect, wire: Wire, codecs: tuple[Codec, ...], payloads: list[str]
) -> None:
    leg = place(dialer, connect(address=wire.address, codecs=codecs))
    invite = wire.expect("INVITE")
    wire.reply(invite, "486 Busy Here")
    media = re.search(r"^m=audio \d+ RTP/AVP (.*?)\r?$", invite, re.MULTILINE)
    assert media is not None
    offered = media.group(1).split()
    assert offered[: len(payloads)] == payloads
    assert len(offered) == len(payloads) + 1  # telephone-event
    assert f"a=rtpmap:{offered[-1]} telephone-event/8000" in invite
    dialer.wait(LegEnded, leg_id=leg)


def test_a_call_over_g722_is_heard_and_counted(pair: Pair, connect: Connect) -> None:
    name = connect(address=pair.far.address, codecs=(Codec.G722,))
    here = len(pair.far.events)
    leg = place(pair.dialer, name)
    incoming = pair.far.wait(LegIncoming, since=here)
    pair.far.do(AnswerLeg(command_id=fresh(), leg_id=incoming.leg_id))
    pair.dialer.wait(LegAnswered, leg_id=leg)
    pair.dialer.do(HangupLeg(command_id=fresh(), leg_id=leg))
    figures = pair.dialer.wait(LegEnded, leg_id=leg).statistics
    assert figures is not None
    assert figures.codec == "G722"


@pytest.mark.parametrize("destination", ["1;evil", "sip:1@x", "", "+", "0x12"])
def test_numbers_are_digits(dialer: StationProcess, connect: Connect, wire: Wire, destination: str) -> None:
    name = connect(address=wire.address)
    with pytest.raises(BadDestination):
        place(dialer, name, destination)


def test_connecting_again_repeats_the_state_and_a_changed_trunk_is_changed(
    dialer: StationProcess, connect: Connect, wire: Wire
) -> None:
    name = connect(address="127.0.0.1:9")
    for address in ("127.0.0.1:9", wire.address):
        here = len(dialer.events)
        dialer.do(ConnectTrunk(command_id=fresh(), trunk=Trunk(name=name, address=address)))
        dialer.wait(TrunkUp, trunk=name, since=here)
    leg = place(dialer, name)
    wire.reply(wire.expect("INVITE"), "486 Busy Here")
    dialer.wait(LegEnded, leg_id=leg)


def test_a_trunk_taken_away_lets_its_call_end(pair: Pair) -> None:
    name = fresh("trunk")
    pair.dialer.do(ConnectTrunk(command_id=fresh(), trunk=Trunk(name=name, address=pair.far.address)))
    here = len(pair.far.events)
    leg = place(pair.dialer, name)
    pair.far.do(AnswerLeg(command_id=fresh(), leg_id=pair.far.wait(LegIncoming, since=here).leg_id))
    pair.dialer.wait(LegAnswered, leg_id=leg)
    pair.dialer.do(DisconnectTrunk(command_id=fresh(), name=name))
    pair.dialer.wait(TrunkDown, trunk=name)
    with pytest.raises(UnknownTrunk):
        place(pair.dialer, name)
    assert [held.leg_id for held in pair.dialer.held()] == [leg]


def test_trunks_come_and_go_without_using_accounts_up_and_the_last_is_refused(
    dialer: StationProcess, connect: Connect
) -> None:
    """A ninth account would abort the process."""
    for _ in range(3):
        names = [fresh("trunk") for _ in range(7)]
        for name in names:
            dialer.do(ConnectTrunk(command_id=fresh(), trunk=Trunk(name=name, address="127.0.0.1:9")))
        with pytest.raises(TelephonyError, match="room for 7 trunks"):
            dialer.do(ConnectTrunk(command_id=fresh(), trunk=Trunk(name="one more", address="127.0.0.1:9")))
        for name in names:
            dialer.do(DisconnectTrunk(command_id=fresh(), name=name))
    assert dialer.alive
