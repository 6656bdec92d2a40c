"""Who hears what, measured with tones through real RTP."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

from sip.commands import (
    BridgeLegs,
    PlayFile,
    ReadLevels,
    ReadStatistics,
    RingLeg,
    SendDtmf,
    StartRecording,
    StopPlaying,
    StopRecording,
    UnbridgeLegs,
)
from sip.errors import BadState, MediaFailed
from sip.events import (
    DtmfReceived,
    LegRinging,
    LegsBridged,
    LegsUnbridged,
    PlaybackFinished,
    RecordingStopped,
)
from tests.integration.sip import tones
from tests.integration.sip.harness import Pair, StationProcess, fresh

pytestmark = [pytest.mark.sip, pytest.mark.timeout(40)]


def levels(station: StationProcess, leg: str) -> Any:
    return station.do(ReadLevels(command_id=fresh(), leg_id=leg))


def hold(station: Any, leg_id: str) -> None:
    import pjsua2

    station._board.legs[leg_id]._call.setHold(pjsua2.CallOpParam(True))


def silence(station: Any, leg_id: str) -> None:
    """Re-INVITE with `a=inactive`: the other side's stream and bridge slot are gone until the next one."""
    import pjsua2

    prm = pjsua2.CallOpParam(True)
    prm.opt.flag |= pjsua2.PJSUA_CALL_SET_MEDIA_DIR
    prm.opt.mediaDir.append(pjsua2.PJMEDIA_DIR_NONE)
    station._board.legs[leg_id]._call.reinvite(prm)


def resume(station: Any, leg_id: str) -> None:
    import pjsua2

    prm = pjsua2.CallOpParam(True)
    prm.opt.flag |= pjsua2.PJSUA_CALL_UNHOLD | pjsua2.PJSUA_CALL_REINIT_MEDIA | pjsua2.PJSUA_CALL_SET_MEDIA_DIR
    prm.opt.mediaDir.append(pjsua2.PJMEDIA_DIR_ENCODING_DECODING)
    station._board.legs[leg_id]._call.reinvite(prm)


def hears_us(station: Any, leg_id: str) -> bool:
    return bool(station._board.legs[leg_id].hears_us())


def heard_by_far(pair: Pair, folder: Path, *, customer: str, agent: str, seconds: float) -> tuple[Any, Any]:
    """What two far legs hear during `seconds`."""
    recording = fresh("rec")
    pair.far.do(
        StartRecording(
            command_id=fresh(), recording_id=recording, customer_leg=customer, agent_leg=agent, directory=str(folder)
        )
    )
    time.sleep(seconds)
    pair.far.do(StopRecording(command_id=fresh(), recording_id=recording))
    stopped = pair.far.wait(RecordingStopped, recording_id=recording)
    return tones.read(stopped.customer_file), tones.read(stopped.agent_file)


def bridged(pair: Pair, sounds: Path) -> tuple[tuple[str, str], tuple[str, str]]:
    """Customer's far end plays 440 Hz, agent's far end 1000 Hz; both legs bridged at the dialer."""
    customer, agent = pair.answered(), pair.answered()
    pair.far_plays(customer[1], sounds / "tone-440.wav")
    pair.far_plays(agent[1], sounds / "tone-1000.wav")
    pair.dialer.do(BridgeLegs(command_id=fresh(), leg_id=customer[0], other_leg_id=agent[0]))
    pair.dialer.wait(LegsBridged, leg_id=customer[0])
    return customer, agent


def test_bridged_parties_hear_each_other_and_not_themselves(pair: Pair, sounds: Path, tmp_path: Path) -> None:
    customer, agent = bridged(pair, sounds)
    at_customer, at_agent = heard_by_far(pair, tmp_path, customer=customer[1], agent=agent[1], seconds=1.5)
    assert tones.hears(at_customer, 1000) >= 1.0
    assert tones.hears(at_agent, 440) >= 1.0
    assert tones.hears(at_customer, 440) == 0.0


def test_unbridged_parties_hear_nothing(pair: Pair, sounds: Path, tmp_path: Path) -> None:
    customer, agent = bridged(pair, sounds)
    pair.dialer.do(UnbridgeLegs(command_id=fresh(), leg_id=customer[0], other_leg_id=agent[0]))
    pair.dialer.wait(LegsUnbridged, leg_id=customer[0], other_leg_id=agent[0])
    time.sleep(0.3)
    at_customer, at_agent = heard_by_far(pair, tmp_path, customer=customer[1], agent=agent[1], seconds=0.8)
    assert tones.hears(at_customer, 1000) == 0.0
    assert tones.hears(at_agent, 440) == 0.0


def test_a_new_bridge_ends_the_earlier_one(pair: Pair) -> None:
    first, second, third = (pair.answered()[0] for _ in range(3))
    pair.dialer.do(BridgeLegs(command_id=fresh(), leg_id=first, other_leg_id=second))
    pair.dialer.do(BridgeLegs(command_id=fresh(), leg_id=third, other_leg_id=second))
    pair.dialer.wait(LegsUnbridged, leg_id=second, other_leg_id=first)
    partners = {leg.leg_id: leg.bridged_to for leg in pair.dialer.held()}
    assert partners == {first: None, second: third, third: second}


@pytest.mark.parametrize("interruption", [hold, silence])
def test_a_bridge_survives_hold_and_reinvite_of_the_far_end(
    pair: Pair, sounds: Path, tmp_path: Path, interruption: Any
) -> None:
    customer, agent = bridged(pair, sounds)
    pair.far.run(interruption, customer[1])
    pair.dialer.until(lambda: not pair.dialer.run(hears_us, customer[0]))
    before = len(pair.dialer.events)
    pair.far.run(resume, customer[1])
    pair.dialer.wait(LegsBridged, leg_id=customer[0], since=before)
    pair.far.until(lambda: levels(pair.far, customer[1]).received > 0.1)
    at_customer, at_agent = heard_by_far(pair, tmp_path, customer=customer[1], agent=agent[1], seconds=1.2)
    assert tones.hears(at_customer, 1000) >= 0.8
    assert tones.hears(at_agent, 440) >= 0.8


def test_levels_tell_what_is_heard_from_what_is_sent(pair: Pair, sounds: Path) -> None:
    leg, far_leg = pair.answered()
    pair.far_plays(far_leg, sounds / "tone-440.wav")
    pair.dialer.until(lambda: levels(pair.dialer, leg).received > 0.3)
    assert levels(pair.dialer, leg).sent == 0.0
    pair.far.until(lambda: levels(pair.far, far_leg).sent > 0.3)
    assert levels(pair.far, far_leg).received == 0.0


def test_a_file_is_played_to_its_end_and_says_so(pair: Pair, sounds: Path, tmp_path: Path) -> None:
    leg, far_leg = pair.answered()
    playback = fresh("play")
    started = time.monotonic()
    pair.dialer.do(
        PlayFile(command_id=fresh(), playback_id=playback, leg_id=leg, path=str(sounds / "short-1700.wav"))
    )  # fmt: skip
    at_customer, _ = heard_by_far(pair, tmp_path, customer=far_leg, agent=far_leg, seconds=1.0)
    finished = pair.dialer.wait(PlaybackFinished, playback_id=playback)
    assert finished.completed
    assert time.monotonic() - started >= 0.5
    assert 0.3 <= tones.hears(at_customer, 1700) <= 0.6


def test_a_looping_file_goes_on_until_stopped(pair: Pair, sounds: Path) -> None:
    leg, far_leg = pair.answered()
    playback = fresh("play")
    path = str(sounds / "short-1000.wav")
    pair.dialer.do(PlayFile(command_id=fresh(), playback_id=playback, leg_id=leg, path=path, loop=True))
    time.sleep(1.2)
    assert levels(pair.far, far_leg).received > 0.3
    pair.dialer.do(StopPlaying(command_id=fresh(), playback_id=playback))
    assert not pair.dialer.wait(PlaybackFinished, playback_id=playback).completed
    pair.far.until(lambda: levels(pair.far, far_leg).received == 0.0)


def test_playing_ends_when_a_bridge_is_made_or_the_leg_ends(pair: Pair, sounds: Path) -> None:
    leg, _ = pair.answered()
    other, _ = pair.answered()
    path = str(sounds / "tone-1000.wav")
    pair.dialer.do(PlayFile(command_id=fresh(), playback_id="before-bridge", leg_id=leg, path=path))
    pair.dialer.do(BridgeLegs(command_id=fresh(), leg_id=leg, other_leg_id=other))
    assert not pair.dialer.wait(PlaybackFinished, playback_id="before-bridge").completed
    pair.dialer.do(PlayFile(command_id=fresh(), playback_id="before-end", leg_id=leg, path=path))
    pair.hang_up(leg)
    assert not pair.dialer.wait(PlaybackFinished, playback_id="before-end").completed


def test_a_file_that_cannot_be_played_is_refused(pair: Pair, tmp_path: Path) -> None:
    leg, _ = pair.answered()
    broken = tmp_path / "broken.wav"
    broken.write_bytes(b"not a sound")
    for path in (broken, tmp_path / "missing.wav"):
        with pytest.raises(MediaFailed, match=path.name):
            pair.dialer.do(PlayFile(command_id=fresh(), playback_id=fresh(), leg_id=leg, path=str(path)))


def test_early_media_is_heard_before_the_answer(pair: Pair, sounds: Path) -> None:
    leg, far_leg = pair.dial()
    early = str(sounds / "short-440.wav")
    pair.far.do(RingLeg(command_id=fresh(), leg_id=far_leg, early_media_file=early))
    ringing = pair.dialer.wait(LegRinging, leg_id=leg)
    assert (ringing.sip_status, ringing.early_media) == (183, True)
    pair.dialer.until(lambda: levels(pair.dialer, leg).received > 0.3)


def test_ringing_without_early_media_is_180(pair: Pair) -> None:
    leg, far_leg = pair.dial()
    pair.far.do(RingLeg(command_id=fresh(), leg_id=far_leg))
    ringing = pair.dialer.wait(LegRinging, leg_id=leg)
    assert (ringing.sip_status, ringing.early_media) == (180, False)


@pytest.mark.parametrize("rings", [False, True])
def test_a_customer_that_never_sends_rtp_is_answered_and_silent(pair: Pair, sounds: Path, rings: bool) -> None:
    leg, far_leg = pair.answered(rings=rings, send_media=False)
    pair.far_plays(far_leg, sounds / "tone-440.wav")
    pair.dialer.until(lambda: statistics(pair.dialer, leg).packets_sent > 40)
    assert statistics(pair.dialer, leg).packets_received == 0
    ended = pair.hang_up(leg)
    assert ended.statistics is not None
    assert ended.statistics.packets_received == 0
    assert ended.statistics.mos is None


def statistics(station: StationProcess, leg: str) -> Any:
    return station.do(ReadStatistics(command_id=fresh(), leg_id=leg))


def test_an_open_leg_keeps_sending_rtp_with_nobody_bridged(pair: Pair) -> None:
    leg, _ = pair.answered()
    pair.dialer.until(lambda: statistics(pair.dialer, leg).packets_received > 50)


def test_digits_are_heard_in_both_directions(pair: Pair) -> None:
    leg, far_leg = pair.answered()
    pair.dialer.do(SendDtmf(command_id=fresh(), leg_id=leg, digits="1#9", duration_ms=100))
    pair.far.do(SendDtmf(command_id=fresh(), leg_id=far_leg, digits="*0A", duration_ms=100))
    pair.far.until(lambda: [event.digit for event in pair.far.all(DtmfReceived, leg_id=far_leg)] == ["1", "#", "9"])
    pair.dialer.until(lambda: [event.digit for event in pair.dialer.all(DtmfReceived, leg_id=leg)] == ["*", "0", "A"])
    assert all(0 <= event.duration_ms < 1000 for event in pair.dialer.all(DtmfReceived, leg_id=leg))


def test_letters_are_no_digits(pair: Pair) -> None:
    leg, _ = pair.answered()
    with pytest.raises(BadState, match="0-9"):
        pair.dialer.do(SendDtmf(command_id=fresh(), leg_id=leg, digits="12x"))


def test_final_statistics_come_with_the_end(pair: Pair) -> None:
    leg, _ = pair.answered()
    pair.dialer.until(lambda: statistics(pair.dialer, leg).packets_received > 40)
    figures = pair.hang_up(leg).statistics
    assert figures is not None
    assert figures.codec == "PCMA"
    assert min(figures.packets_sent, figures.packets_received) > 20
    assert figures.packets_lost == 0
    assert figures.mos is not None
    assert figures.mos > 4.0
