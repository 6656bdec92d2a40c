"""What a station finds out about its pjsua2 build before it takes the first call."""

from __future__ import annotations

import socket
import time
from pathlib import Path
from typing import Any

import pytest

from sip.causes import Origin
from sip.commands import ConnectTrunk, DisconnectTrunk, HangupLeg, PlaceLeg, StartRecording
from sip.digest import Registrar
from sip.errors import BadDestination, TelephonyError
from sip.events import LegEnded, LegIncoming, TrunkDown
from sip.station import StationSettings
from sip.trunks import Trunk
from tests.integration.sip import tones
from tests.integration.sip.harness import Pair, StationProcess, fresh

pytestmark = [pytest.mark.sip, pytest.mark.timeout(40)]


def test_the_leg_ceiling_of_the_build_is_measured_and_no_slot_stays_taken(pair: Pair) -> None:
    limit = pair.dialer.capacity.max_legs
    assert limit >= 4
    assert pair.dialer.room() == (limit, 0)
    legs = [pair.dial()[0] for _ in range(min(limit, 4))]
    assert pair.dialer.room()[0] == limit - len(legs)


def test_the_setting_can_only_lower_the_ceiling() -> None:
    station = StationProcess(StationSettings(worker="small", max_legs_limit=2))
    assert station.capacity.max_legs == 2
    station.stop()


def test_the_build_answers_a_digest_challenge(dialer: StationProcess) -> None:
    assert dialer.capacity.digest_ok


def test_a_build_that_answers_wrongly_is_found_out() -> None:
    station = StationProcess(StationSettings(worker="wrong"), prepare=accept_no_answer)
    assert not station.capacity.digest_ok
    station.stop()


def accept_no_answer(_: Any) -> None:
    Registrar._right = lambda self, given: False  # type: ignore[method-assign]


def test_sip_over_tls_is_refused_on_the_old_openssl_with_the_reason(dialer: StationProcess) -> None:
    if dialer.capacity.tls_ok:
        pytest.skip("this pjsua2 build brings a current OpenSSL")
    trunk = Trunk(name="secure", address="127.0.0.1:5061;transport=tls")
    dialer.do(ConnectTrunk(command_id=fresh(), trunk=trunk))
    assert "OpenSSL 1.0.2" in dialer.wait(TrunkDown, trunk="secure").reason
    with pytest.raises(BadDestination, match=r"OpenSSL 1\.0\.2"):
        dialer.do(PlaceLeg(command_id=fresh(), leg_id=fresh(), destination="sips:1@127.0.0.1"))


def test_three_codecs_are_kept_and_nothing_else(dialer: StationProcess) -> None:
    assert set(dialer.capacity.codecs) == {"PCMA", "PCMU", "G722"}


def test_stopping_ends_the_calls_and_closes_the_recordings(far: StationProcess, sounds: Path, tmp_path: Path) -> None:
    station = StationProcess(StationSettings(worker="leaving", rtp_port_from=38000, rtp_port_to=38999))
    pair = Pair(station, far)
    station.do(ConnectTrunk(command_id=fresh(), trunk=Trunk(name="far", address=far.address)))
    here = len(far.events)
    customer, _ = pair.answered()
    station.do(PlaceLeg(command_id=fresh(), leg_id="over-trunk", destination="0301", trunk="far"))
    far_leg = far.wait(LegIncoming, since=here, to_number="0301").leg_id
    order = StartRecording(
        command_id=fresh(), recording_id="last", customer_leg=customer, agent_leg=customer, directory=str(tmp_path)
    )
    station.do(order)
    time.sleep(0.5)
    began = time.monotonic()
    station.stop()
    assert time.monotonic() - began < 3.0
    assert not station.alive
    assert far.wait(LegEnded, leg_id=far_leg, since=here).cause.origin is Origin.REMOTE
    assert len(tones.read(tmp_path / "last.customer.wav")) / tones.RATE == pytest.approx(0.5, abs=0.2)


def test_a_taken_sip_port_is_named() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        with pytest.raises(TelephonyError, match=f"127.0.0.1:{port}"):
            StationProcess(StationSettings(worker="second", sip_port=port))


def test_a_dead_name_server_holds_nothing_up() -> None:
    """Asked on the SIP thread it would stop every leg's signalling for seconds."""
    station = StationProcess(StationSettings(worker="nameless", nameservers=("127.0.0.99",)))
    leg = fresh("leg")
    began = time.monotonic()
    station.do(PlaceLeg(command_id=fresh(), leg_id=leg, destination="sip:1@carrier.invalid", no_progress_s=0.5))
    station.held()
    assert time.monotonic() - began < 2.0, "the deadline of a command"
    ended = station.wait(LegEnded, leg_id=leg)
    assert ended.cause.origin in (Origin.NO_PROGRESS, Origin.LOCAL_FAILURE)
    station.stop()


def test_localhost_is_a_trunk_that_needs_no_name_server(dialer: StationProcess, far: StationProcess) -> None:
    port = far.address.rpartition(":")[2]
    dialer.do(ConnectTrunk(command_id=fresh(), trunk=Trunk(name="by-name", address=f"localhost:{port}")))
    here, leg = len(far.events), fresh("leg")
    dialer.do(PlaceLeg(command_id=fresh(), leg_id=leg, destination="0301", trunk="by-name"))
    far.wait(LegIncoming, since=here, to_number="0301")
    dialer.do(HangupLeg(command_id=fresh(), leg_id=leg))
    dialer.do(DisconnectTrunk(command_id=fresh(), name="by-name"))
