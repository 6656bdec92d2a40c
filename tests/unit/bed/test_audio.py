"""The measure of sound itself: tones are found, and not found where they are not."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests import audio


def test_a_tone_reads_its_frequency_amplitude_and_length() -> None:
    sound = audio.tone(1004, 2.0, amplitude=0.3)
    assert sound.strongest_hz() == pytest.approx(1004, abs=1)
    assert sound.amplitude(1004) == pytest.approx(0.3, rel=0.01)
    assert sound.tone_s(1004) == pytest.approx(2.0)


def test_another_tone_silence_and_noise_are_not_the_tone() -> None:
    noise = audio.Sound(np.random.default_rng(1).normal(0, 0.1, 16_000), 8000)
    for sound in (audio.tone(440, 2.0), audio.silence(2.0), noise):
        assert sound.tone_s(1004) == 0
    assert audio.silence(1.0).strongest_hz() == 0


def test_two_parties_on_one_channel_are_both_heard_and_neither_alone() -> None:
    mixed = audio.Sound(audio.tone(440, 1.0).samples + audio.tone(1004, 1.0).samples, 8000)
    assert mixed.tone_part_s(440) == mixed.tone_part_s(1004) == pytest.approx(1.0)
    assert mixed.tone_s(440) == mixed.tone_s(1004) == 0


def test_only_the_seconds_with_the_tone_count() -> None:
    sound = audio.joined(audio.silence(1.0), audio.tone(700, 0.5), audio.silence(1.0), audio.tone(900, 0.5))
    assert sound.tone_s(700) == pytest.approx(0.5)
    assert sound.sound_s() == pytest.approx(1.0)
    assert sound.part(1.0, 1.5).strongest_hz() == pytest.approx(700, abs=2)


def test_channels_are_written_and_read_apart(tmp_path: Path) -> None:
    path = audio.write(tmp_path / "stereo.wav", audio.tone(440, 1.0), audio.tone(1004, 1.0))
    left, right = audio.read(path)
    assert left.tone_s(440) == pytest.approx(1.0)
    assert right.tone_s(1004) == pytest.approx(1.0)
    assert left.tone_part_s(1004) == 0


def test_a_file_that_is_still_written_is_read_as_far_as_it_is_there(tmp_path: Path) -> None:
    whole = audio.write_tone(tmp_path / "whole.wav", 440, 2.0).read_bytes()
    growing = tmp_path / "growing.wav"
    growing.write_bytes(whole[: 44 + 16_001])
    assert audio.read_growing(growing).tone_s(440) == pytest.approx(1.0)


def test_a_tone_that_jumps_is_not_taken_for_another_tone() -> None:
    """As a lost packet makes it jump; loud enough to leave 0.01 at 680 Hz."""
    times = np.arange(800) / 8000
    jumping = 0.7 * np.sin(2 * np.pi * 1004 * times + 1.5 * (times >= 0.03))
    sound = audio.Sound(jumping, 8000)
    assert sound.amplitude(680) > 0.01
    assert sound.tone_part_s(680) == 0


def test_a_quiet_tone_under_a_louder_one_is_heard() -> None:
    sound = audio.Sound(
        audio.tone(1004, 1.0, amplitude=0.7).samples + audio.tone(680, 1.0, amplitude=0.04).samples, 8000
    )
    assert sound.tone_part_s(680) == 1.0
