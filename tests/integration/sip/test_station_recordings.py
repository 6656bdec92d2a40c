"""Two files per conversation that tell the same time, whatever happens on the lines."""

from __future__ import annotations

import contextlib
import time
from pathlib import Path
from typing import Any

import pytest

from sip.commands import (
    BridgeLegs,
    PauseRecording,
    ResumeRecording,
    StartRecording,
    StopRecording,
    UnbridgeLegs,
)
from sip.errors import BadState, MediaFailed
from sip.events import RecordingFailed, RecordingStarted, RecordingStopped
from tests.integration.sip import tones
from tests.integration.sip.harness import Pair, fresh
from tests.integration.sip.test_station_audio import bridged, hears_us, resume, silence

pytestmark = [pytest.mark.sip, pytest.mark.timeout(40)]

TICK = 160
"""Samples of one bridge tick."""


def start(pair: Pair, folder: Path, customer: str, agent: str) -> str:
    recording = fresh("rec")
    order = StartRecording(
        command_id=fresh(), recording_id=recording, customer_leg=customer, agent_leg=agent, directory=str(folder)
    )
    pair.dialer.do(order)
    pair.dialer.wait(RecordingStarted, recording_id=recording)
    return recording


def stop(pair: Pair, recording: str) -> RecordingStopped:
    pair.dialer.do(StopRecording(command_id=fresh(), recording_id=recording))
    return pair.dialer.wait(RecordingStopped, recording_id=recording)


def samples(stopped: RecordingStopped) -> tuple[Any, Any]:
    return tones.read(stopped.customer_file), tones.read(stopped.agent_file)


def test_each_party_is_in_its_own_file(pair: Pair, sounds: Path, tmp_path: Path) -> None:
    customer, agent = bridged(pair, sounds)
    recording = start(pair, tmp_path, customer[0], agent[0])
    time.sleep(1.0)
    stopped = stop(pair, recording)
    assert Path(stopped.customer_file) == tmp_path / f"{recording}.customer.wav"
    said_by_customer, said_by_agent = samples(stopped)
    assert tones.hears(said_by_customer, 440) >= 0.8
    assert tones.hears(said_by_agent, 1000) >= 0.8


def test_length_is_the_wall_clock_through_hold_and_unbridging(pair: Pair, sounds: Path, tmp_path: Path) -> None:
    customer, agent = bridged(pair, sounds)
    recording = start(pair, tmp_path, customer[0], agent[0])
    began = time.monotonic()
    for far_leg in (customer[1], agent[1]):
        pair.far.run(silence, far_leg)
    pair.dialer.until(lambda: not pair.dialer.run(hears_us, agent[0]))
    pair.dialer.until(lambda: not pair.dialer.run(hears_us, customer[0]))
    pair.dialer.do(UnbridgeLegs(command_id=fresh(), leg_id=customer[0], other_leg_id=agent[0]))
    time.sleep(1.0)
    for far_leg in (customer[1], agent[1]):
        pair.far.run(resume, far_leg)
    pair.dialer.do(BridgeLegs(command_id=fresh(), leg_id=customer[0], other_leg_id=agent[0]))
    time.sleep(0.5)
    stopped, took = stop(pair, recording), time.monotonic() - began
    said_by_customer, said_by_agent = samples(stopped)
    assert abs(len(said_by_customer) - len(said_by_agent)) <= TICK
    assert len(said_by_customer) / tones.RATE == pytest.approx(stopped.wall_clock_s, abs=0.1)
    assert stopped.wall_clock_s == pytest.approx(took, abs=0.2)


def test_both_files_start_at_the_same_sample(pair: Pair, sounds: Path, tmp_path: Path) -> None:
    """One leg is recorded as both parties: whatever differs is misalignment."""
    customer, _ = bridged(pair, sounds)
    for _ in range(8):
        recording = start(pair, tmp_path, customer[0], customer[0])
        time.sleep(0.15)
        one, other = samples(stop(pair, recording))
        shared = min(len(one), len(other))
        assert shared > 0.1 * tones.RATE
        assert (one[:shared] == other[:shared]).all()


def test_a_pause_is_left_out_of_both_files_and_they_stay_aligned(pair: Pair, sounds: Path, tmp_path: Path) -> None:
    customer, _ = bridged(pair, sounds)
    recording = start(pair, tmp_path, customer[0], customer[0])
    time.sleep(0.5)
    pair.dialer.do(PauseRecording(command_id=fresh(), recording_id=recording))
    time.sleep(1.0)
    pair.dialer.do(ResumeRecording(command_id=fresh(), recording_id=recording))
    time.sleep(0.4)
    stopped = stop(pair, recording)
    one, other = samples(stopped)
    shared = min(len(one), len(other))
    assert stopped.wall_clock_s == pytest.approx(0.9, abs=0.2)
    assert shared / tones.RATE == pytest.approx(stopped.wall_clock_s, abs=0.1)
    assert (one[:shared] == other[:shared]).all()


def test_the_end_of_a_leg_closes_its_recording(pair: Pair, sounds: Path, tmp_path: Path) -> None:
    customer, agent = bridged(pair, sounds)
    recording = start(pair, tmp_path, customer[0], agent[0])
    assert {leg.recording_id for leg in pair.dialer.held()} == {recording}
    time.sleep(0.4)
    pair.hang_up(agent[0])
    stopped = pair.dialer.wait(RecordingStopped, recording_id=recording)
    for sound in samples(stopped):
        assert len(sound) / tones.RATE == pytest.approx(stopped.wall_clock_s, abs=0.1)


def test_a_recording_into_nowhere_is_refused(pair: Pair, sounds: Path, tmp_path: Path) -> None:
    customer, agent = bridged(pair, sounds)
    with pytest.raises(MediaFailed, match="not a directory"):
        start(pair, tmp_path / "missing", customer[0], agent[0])
    with pytest.raises(BadState, match="no recording"):
        pair.dialer.do(StopRecording(command_id=fresh(), recording_id="never-started"))


def test_a_full_disk_fails_the_recording_and_not_the_call(pair: Pair, sounds: Path, tmp_path: Path) -> None:
    customer, agent = bridged(pair, sounds)
    (tmp_path / "full.customer.wav").symlink_to("/dev/full")
    order = StartRecording(
        command_id=fresh(),
        recording_id="full",
        customer_leg=customer[0],
        agent_leg=agent[0],
        directory=str(tmp_path),
    )
    with contextlib.suppress(MediaFailed):
        pair.dialer.do(order)
        pair.dialer.do(StopRecording(command_id=fresh(), recording_id="full"))
        pair.dialer.wait(RecordingFailed, recording_id="full")
    assert len(pair.dialer.held()) == 2


def test_recorders_are_given_back(pair: Pair, sounds: Path, tmp_path: Path) -> None:
    """A build has 32 recorders: 20 conversations need 40."""
    customer, agent = bridged(pair, sounds)
    for _ in range(20):
        stop(pair, start(pair, tmp_path, customer[0], agent[0]))
