"""Two mono files become one stereo recording: agent left, customer right, aligned to the frame."""

from __future__ import annotations

import contextlib
import hashlib
import resource
import tempfile
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from recordings import durable
from recordings.errors import DiskFull, RecordingDamaged, RecordingMissing
from tests.unit.recordings.conftest import RATE, Bench, lag, speech, strength, tone, wav_bytes


@pytest.mark.parametrize("encoding", ["opus", "wav"])
def test_the_agent_is_heard_left_and_the_customer_right(tmp_path: Path, encoding: str) -> None:
    bench = Bench(tmp_path, encoding)  # type: ignore[arg-type]
    bench.raws("call", agent=wav_bytes(tone(440, 4)), customer=wav_bytes(tone(1004, 4)))
    finished = bench.finalize("call")
    sound, rate = soundfile.read(tmp_path / finished.path)
    assert (rate, sound.shape) == (RATE, (4 * RATE, 2))
    left, right = sound.T
    assert strength(left, 440) == pytest.approx(0.4, rel=0.1)
    assert strength(right, 1004) == pytest.approx(0.4, rel=0.1)
    assert strength(left, 1004) < 0.004
    assert strength(right, 440) < 0.004


def test_while_one_side_speaks_the_other_is_silent_after_opus_too(bench: Bench) -> None:
    said, hush = speech(3, seed=1), np.zeros(3 * RATE, np.int16)
    bench.raws("call", agent=wav_bytes(np.concatenate((said, hush))), customer=wav_bytes(np.concatenate((hush, said))))
    sound, _ = soundfile.read(bench.root / bench.finalize("call").path)
    first, second = sound[1000 : 3 * RATE - 1000], sound[3 * RATE + 1000 : -1000]
    for speaking, silent in ((first[:, 0], first[:, 1]), (second[:, 1], second[:, 0])):
        assert np.std(silent) < np.std(speaking) / 100  # 40 dB


def test_opus_moves_neither_side_by_a_single_frame(bench: Bench) -> None:
    agent, customer = speech(5, seed=1), speech(5, seed=2)
    bench.raws("call", agent=wav_bytes(agent), customer=wav_bytes(customer))
    sound, _ = soundfile.read(bench.root / bench.finalize("call").path)
    assert abs(lag(sound[:, 0], agent)) <= 1
    assert abs(lag(sound[:, 1], customer)) <= 1


def test_wav_keeps_every_sample(wav_bench: Bench) -> None:
    agent, customer = speech(21.3, seed=1), speech(21.3, seed=2)  # several blocks
    wav_bench.raws("call", agent=wav_bytes(agent), customer=wav_bytes(customer))
    sound, _ = soundfile.read(wav_bench.root / wav_bench.finalize("call").path, dtype="int16")
    assert np.array_equal(sound, np.column_stack((agent, customer)))


def test_what_is_returned_describes_the_file_on_the_shelf(bench: Bench) -> None:
    bench.raws("call", agent=wav_bytes(tone(440, 2.5)), customer=wav_bytes(tone(1004, 2.5)))
    finished = bench.finalize("call")
    content = (bench.root / finished.path).read_bytes()
    assert finished.path == "2026/11/22/c000012/call.opus"
    assert finished.duration_s == 2.5
    assert (finished.size_bytes, finished.sha256) == (len(content), hashlib.sha256(content).hexdigest())
    assert (finished.channels, finished.repaired, finished.remark) == (2, False, "")
    assert bench.library.verify(finished.path, finished.sha256)
    assert bench.library.leftovers() == []
    assert bench.unfinished() == []


def test_one_tick_between_the_two_sides_is_not_worth_a_remark(bench: Bench) -> None:
    bench.raws("call", agent=wav_bytes(tone(440, 1.02)), customer=wav_bytes(tone(1004, 1)))
    finished = bench.finalize("call")
    assert (finished.remark, finished.duration_s) == ("", 1.02)


def test_a_shorter_side_is_filled_with_silence_and_said_so(wav_bench: Bench) -> None:
    agent, customer = speech(3, seed=1), speech(1.75, seed=2)
    wav_bench.raws("call", agent=wav_bytes(agent), customer=wav_bytes(customer))
    finished = wav_bench.finalize("call")
    sound, _ = soundfile.read(wav_bench.root / finished.path, dtype="int16")
    assert finished.duration_s == 3.0
    assert finished.remark == "customer: 1.25 s shorter, filled with silence"
    assert np.array_equal(sound[: len(customer), 1], customer)
    assert not sound[len(customer) :, 1].any()


def test_a_missing_side_does_not_lose_the_other(bench: Bench) -> None:
    bench.raws("call", agent=None, customer=wav_bytes(tone(1004, 2)))
    finished = bench.finalize("call")
    sound, _ = soundfile.read(bench.root / finished.path)
    assert finished.repaired
    assert finished.remark == "agent: no file was written, filled with silence"
    assert strength(sound[:, 1], 1004) > 0.3


@settings(max_examples=25, deadline=None)
@given(agent=st.integers(0, 25_000), customer=st.integers(0, 25_000), encoding=st.sampled_from(["opus", "wav"]))
def test_the_recording_is_exactly_as_long_as_its_longer_side(agent: int, customer: int, encoding: str) -> None:
    with tempfile.TemporaryDirectory() as root:
        bench = Bench(Path(root), encoding)  # type: ignore[arg-type]
        bench.raws("c", agent=wav_bytes(np.ones(agent, np.int16)), customer=wav_bytes(np.ones(customer, np.int16)))
        if not agent and not customer:
            with pytest.raises(RecordingDamaged, match="neither side has any sound"):
                bench.finalize("c")
            return
        finished = bench.finalize("c")
        assert soundfile.info(str(bench.root / finished.path)).frames == max(agent, customer)
        assert finished.duration_s == max(agent, customer) / RATE


def test_nothing_recorded_is_said_with_the_paths_looked_at(bench: Bench) -> None:
    with pytest.raises(RecordingMissing, match=r"call\.agent\.wav"):
        bench.finalize("call")


def test_rates_that_differ_are_not_merged(bench: Bench) -> None:
    fast = bytearray(wav_bytes(tone(440, 1)))
    fast[24:28] = (16000).to_bytes(4, "little")
    bench.raws("call", agent=bytes(fast), customer=wav_bytes(tone(1004, 1)))
    with pytest.raises(RecordingDamaged, match="different rates"):
        bench.finalize("call")
    assert bench.library.leftovers() == ["call"]


@contextlib.contextmanager
def disk_with_room_for(size: int) -> Iterator[None]:
    """The kernel itself refuses to write more than `size` bytes into any file."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.parametrize("room", [0, 30, 20_000, 300_000, 480_000])
def test_a_full_disk_leaves_the_raw_files_and_no_torn_recording(bench: Bench, room: int) -> None:
    bench.raws("call", agent=wav_bytes(speech(15, 1)), customer=wav_bytes(speech(15, 2)))
    with disk_with_room_for(room), pytest.raises(DiskFull, match="disk is full"):
        bench.finalize("call")
    assert bench.finished() == []
    assert bench.unfinished() == []
    assert bench.library.leftovers() == ["call"]
    assert bench.finalize("call").duration_s == 15


def test_a_disk_that_fills_up_during_encoding_leaves_no_torn_recording(bench: Bench, monkeypatch) -> None:
    from recordings import library

    bench.raws("call", agent=wav_bytes(speech(15, 1)), customer=wav_bytes(speech(15, 2)))
    real = library.transcode
    with contextlib.ExitStack() as stack:

        def when_the_disk_fills_up(*arguments: object) -> None:
            stack.enter_context(disk_with_room_for(20_000))
            real(*arguments)  # type: ignore[arg-type]

        monkeypatch.setattr(library, "transcode", when_the_disk_fills_up)
        with pytest.raises(DiskFull):
            bench.finalize("call")
    assert (bench.finished(), bench.unfinished(), bench.library.leftovers()) == ([], [], ["call"])


def test_no_room_is_noticed_before_anything_is_written(bench: Bench, monkeypatch) -> None:
    bench.raws("call", agent=wav_bytes(tone(440, 1)), customer=wav_bytes(tone(1004, 1)))
    usage = durable.shutil.disk_usage(bench.root)._replace(free=70_000)
    monkeypatch.setattr(durable.shutil, "disk_usage", lambda _path: usage)
    with pytest.raises(DiskFull, match="105,536 bytes are needed, 70,000 are free"):
        bench.finalize("call")


def test_an_hour_needs_no_more_memory_than_a_few_blocks(wav_bench: Bench) -> None:
    hour = wav_bytes(np.zeros(3600 * RATE, np.int16))
    wav_bench.raws("call", agent=hour, customer=hour)
    del hour
    tracemalloc.start()
    finished = wav_bench.finalize("call")
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert finished.duration_s == 3600
    assert most < 8_000_000, "the two files together hold 115 MB"
