"""After kill -9 the header lies; the sound is on the disk all the same."""

from __future__ import annotations

import contextlib

import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st

from recordings.errors import RecordingDamaged
from recordings.repair import HEAD_BYTES, RawLayout, read_layout
from tests.unit.recordings.conftest import RATE, Bench, speech, tone, wav_bytes


def layout(content: bytes) -> RawLayout:
    return read_layout(content[:HEAD_BYTES], len(content))


def test_a_closed_file_needs_no_repair() -> None:
    found = layout(wav_bytes(tone(440, 1)))
    assert (found.offset, found.frames, found.sample_rate, found.repaired) == (44, RATE, RATE, False)


@given(frames=st.integers(0, 5000), said=st.integers(0, 20_000), torn=st.booleans())
def test_the_files_size_is_the_truth_whatever_the_header_says(frames: int, said: int, torn: bool) -> None:
    content = wav_bytes(np.ones(frames, np.int16), data_bytes=said, riff_bytes=0) + (b"\x07" if torn else b"")
    found = layout(content)
    assert found.frames == frames
    assert found.repaired == (said != 2 * frames + torn)


@given(st.binary(max_size=200))
def test_rubbish_is_refused_with_a_reason_and_never_a_crash(rubbish: bytes) -> None:
    with contextlib.suppress(RecordingDamaged):
        assert layout(rubbish).frames * 2 <= len(rubbish)


@given(st.integers(0, 43), st.binary(min_size=1, max_size=8))
def test_a_scribbled_header_is_refused_or_read_within_the_file(position: int, scribble: bytes) -> None:
    content = bytearray(wav_bytes(tone(440, 0.1)))
    content[position : position + len(scribble)] = scribble
    try:
        found = layout(bytes(content))
    except RecordingDamaged:
        return
    assert found.offset + found.frames * 2 <= len(content)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "0 bytes"),
        (b"RIFF", "4 bytes"),
        (b"OggS" + bytes(100) + b"x", "no RIFF/WAVE"),
        (wav_bytes(tone(440, 0.1))[:22] + b"\x02" + wav_bytes(tone(440, 0.1))[23:], "2 channels"),
        (b"RIFF\0\0\0\0WAVE" + bytes(40), "no data chunk"),
    ],
)
def test_each_damage_is_named(content: bytes, reason: str) -> None:
    with pytest.raises(RecordingDamaged, match=reason):
        layout(content)


def test_a_worker_killed_mid_call_loses_only_what_was_not_yet_on_disk(wav_bench: Bench) -> None:
    agent, customer = speech(4, 1), speech(3.8, 2)
    wav_bench.raws(
        "call", agent=wav_bytes(agent, data_bytes=0, riff_bytes=0), customer=wav_bytes(customer, data_bytes=8000)
    )
    found = wav_bench.recover("call")
    assert found is not None
    assert found.repaired
    assert found.remark == (
        "agent: header said 0 bytes of sound, the file has 64000; "
        "customer: header said 8000 bytes of sound, the file has 60800; "
        "customer: 0.20 s shorter, filled with silence"
    )
    sound, _ = soundfile.read(wav_bench.root / found.path, dtype="int16")
    assert np.array_equal(sound[:, 0], agent)
    assert np.array_equal(sound[: len(customer), 1], customer)
    assert wav_bench.library.leftovers() == []


def test_a_header_lost_to_a_power_cut_is_assumed_to_be_the_recorders(bench: Bench) -> None:
    zeroed = bytes(44) + wav_bytes(tone(440, 2))[44:]
    bench.raws("call", agent=zeroed, customer=wav_bytes(tone(1004, 2)))
    found = bench.recover("call")
    assert found is not None
    assert (found.duration_s, found.remark) == (2.0, "agent: header was never written")


def test_nothing_left_is_lost_with_its_reason(bench: Bench) -> None:
    assert bench.recover("call") is None
    assert bench.library.reason_lost("call") == "agent: no file was written; customer: no file was written"


def test_files_without_sound_are_lost_with_their_reason_and_stay_for_a_closer_look(bench: Bench) -> None:
    bench.raws("call", agent=b"", customer=wav_bytes(np.zeros(0, np.int16)))
    assert bench.recover("call") is None
    assert bench.library.reason_lost("call") == (
        "agent: the file has 0 bytes, less than a WAV header: no sound reached the disk; "
        "customer: the file has a header and no sound"
    )
    assert bench.library.leftovers() == ["call"]


def test_a_crash_between_rename_and_clean_up_changes_nothing(bench: Bench) -> None:
    raws = {"agent": wav_bytes(tone(440, 2), data_bytes=0), "customer": wav_bytes(tone(1004, 2), data_bytes=0)}
    bench.raws("call", **raws)
    before = bench.finalize("call")
    written = (bench.root / before.path).stat().st_mtime_ns
    bench.raws("call", **raws)
    assert bench.recover("call") == before
    assert (bench.root / before.path).stat().st_mtime_ns == written
    assert bench.library.leftovers() == []


def test_a_crash_after_clean_up_finds_the_finished_recording(bench: Bench) -> None:
    bench.raws("call", agent=wav_bytes(tone(440, 2), data_bytes=0), customer=wav_bytes(tone(1004, 2)))
    assert bench.finalize("call") == bench.recover("call")


def test_a_crash_during_encoding_is_done_again_from_the_raw_files(bench: Bench) -> None:
    bench.raws("call", agent=wav_bytes(tone(440, 2)), customer=wav_bytes(tone(1004, 2)))
    (bench.root / ".part" / "call.wav").write_bytes(b"half")
    (bench.root / ".part" / "call.opus").write_bytes(b"half")
    found = bench.recover("call")
    assert found is not None
    assert found.duration_s == 2.0
    assert bench.unfinished() == []


def test_a_recording_finished_too_early_is_made_again_when_more_sound_is_there(bench: Bench) -> None:
    bench.raws("call", agent=wav_bytes(tone(440, 1)), customer=wav_bytes(tone(1004, 1)))
    assert bench.finalize("call").duration_s == 1.0
    bench.raws("call", agent=wav_bytes(tone(440, 3)), customer=wav_bytes(tone(1004, 3)))
    assert bench.finalize("call").duration_s == 3.0


def test_what_was_finished_as_wav_is_found_after_the_format_was_changed(tmp_path) -> None:
    old = Bench(tmp_path, "wav")
    old.raws("call", agent=wav_bytes(tone(440, 1)), customer=wav_bytes(tone(1004, 1)))
    before = old.finalize("call")
    assert before.path.endswith(".wav")
    assert Bench(tmp_path, "opus").recover("call") == before
