"""Samples for the weekly review and exports for whoever may ask: cut, levelled, trimmed, proven by a manifest."""

from __future__ import annotations

import csv
import os
import shutil
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
import soundfile

from recordings.errors import DiskFull, ExportRefused, RecordingMissing, WrongRange
from recordings.export import CHECKSUMS, MANIFEST, ExportItem
from recordings.recording import FinalizedRecording
from tests.unit.recordings.conftest import RATE, Bench, lag, speech, strength, tone, wav_bytes
from tests.unit.recordings.test_finalize import disk_with_room_for


def finished(
    bench: Bench, recording_id: str = "call", *, agent: np.ndarray, customer: np.ndarray
) -> FinalizedRecording:
    bench.raws(recording_id, agent=wav_bytes(agent), customer=wav_bytes(customer))
    return bench.finalize(recording_id)


def hush(seconds: float) -> np.ndarray:
    return np.zeros(round(seconds * RATE), np.int16)


@pytest.mark.parametrize("extension", ["opus", "wav"])
def test_a_cut_holds_exactly_what_was_said_in_between(bench: Bench, tmp_path: Path, extension: str) -> None:
    agent, customer = speech(12, 1), speech(12, 2)
    whole = finished(bench, agent=agent, customer=customer)
    piece = bench.library.cut(whole.path, tmp_path / f"cut.{extension}", from_s=3.25, to_s=7.5)
    sound, _ = soundfile.read(piece.path)
    assert piece.duration_s == 4.25
    assert abs(lag(sound[:, 0], agent[round(3.25 * RATE) : round(7.5 * RATE)])) <= 1
    assert abs(lag(sound[:, 1], customer[round(3.25 * RATE) : round(7.5 * RATE)])) <= 1


@pytest.mark.parametrize(("from_s", "to_s"), [(0.0, 6.0), (5.999, 6.0), (0.0, 0.001), (2.0, 6.0)])
def test_cuts_at_the_edges(bench: Bench, tmp_path: Path, from_s: float, to_s: float) -> None:
    whole = finished(bench, agent=tone(440, 6), customer=tone(1004, 6))
    piece = bench.library.cut(whole.path, tmp_path / "c.wav", from_s=from_s, to_s=to_s)
    assert piece.duration_s == pytest.approx(to_s - from_s)


@pytest.mark.parametrize(("from_s", "to_s"), [(-1.0, 2.0), (2.0, 2.0), (3.0, 2.0), (1.0, 6.1)])
def test_a_range_outside_of_the_recording_is_refused(bench: Bench, tmp_path: Path, from_s: float, to_s: float) -> None:
    whole = finished(bench, agent=tone(440, 6), customer=tone(1004, 6))
    with pytest.raises(WrongRange, match="cut"):
        bench.library.cut(whole.path, tmp_path / "c.wav", from_s=from_s, to_s=to_s)
    assert not (tmp_path / "c.wav").exists()


def test_a_sample_for_review_makes_a_faint_customer_as_loud_as_the_agent(wav_bench: Bench, tmp_path: Path) -> None:
    whole = finished(wav_bench, agent=tone(440, 3, amplitude=0.5), customer=tone(1004, 3, amplitude=0.05))
    piece = wav_bench.library.cut(whole.path, tmp_path / "sample.wav", normalise=True)
    sound, _ = soundfile.read(piece.path)
    assert strength(sound[:, 0], 440) == pytest.approx(0.89, abs=0.01)  # 1 dB below full scale
    assert strength(sound[:, 1], 1004) == pytest.approx(0.89, abs=0.01)


def test_normalising_leaves_a_silent_side_silent(wav_bench: Bench, tmp_path: Path) -> None:
    whole = finished(wav_bench, agent=tone(440, 2), customer=hush(2))
    sound, _ = soundfile.read(wav_bench.library.cut(whole.path, tmp_path / "s.wav", normalise=True).path)
    assert not sound[:, 1].any()


def test_trimming_takes_the_silence_before_and_after_for_both_sides_alike(wav_bench: Bench, tmp_path: Path) -> None:
    agent = np.concatenate((hush(2), speech(1, 1), hush(4)))
    customer = np.concatenate((hush(3), speech(1, 2), hush(3)))
    whole = finished(wav_bench, agent=agent, customer=customer)
    sound, _ = soundfile.read(wav_bench.library.cut(whole.path, tmp_path / "s.wav", trim=True).path)
    assert len(sound) / RATE == pytest.approx(2 + 0.4, abs=0.05)  # 0.2 s are kept on either end
    assert lag(sound[:, 1], speech(1, 2)) - lag(sound[:, 0], speech(1, 1)) == RATE


def test_trimming_silence_throughout_keeps_it(wav_bench: Bench, tmp_path: Path) -> None:
    whole = finished(wav_bench, agent=hush(1), customer=hush(1))
    assert wav_bench.library.cut(whole.path, tmp_path / "s.wav", trim=True).duration_s == 1.0


def test_a_cut_needs_a_known_extension(bench: Bench, tmp_path: Path) -> None:
    whole = finished(bench, agent=tone(440, 1), customer=tone(1004, 1))
    with pytest.raises(ValueError, match=r"\.opus or \.wav"):
        bench.library.cut(whole.path, tmp_path / "sample.mp3")


def test_levels_tell_who_spoke_how_loud_and_how_long(wav_bench: Bench) -> None:
    whole = finished(wav_bench, agent=tone(440, 4, 0.5), customer=np.concatenate((tone(1004, 1, 0.1), hush(3))))
    agent, customer = wav_bench.library.levels(whole.path)
    assert agent.peak_dbfs == pytest.approx(-6.02, abs=0.1)
    assert agent.rms_dbfs == pytest.approx(-9.03, abs=0.1)
    assert agent.active_share == pytest.approx(1.0, abs=0.02)
    assert customer.peak_dbfs == pytest.approx(-20, abs=0.1)
    assert customer.active_share == pytest.approx(0.25, abs=0.02)


def test_peaks_draw_both_sides_over_the_whole_length(wav_bench: Bench) -> None:
    agent = np.concatenate((tone(440, 5, 0.5), hush(5)))
    whole = finished(wav_bench, agent=agent, customer=tone(1004, 10, 0.25))
    peaks = wav_bench.library.peaks(whole.path, buckets=10)
    assert peaks.frames_per_bucket == RATE
    assert peaks.high[0] == pytest.approx([0.5] * 5 + [0] * 5, abs=0.01)
    assert peaks.low[0] == pytest.approx([-0.5] * 5 + [0] * 5, abs=0.01)
    assert peaks.high[1] == pytest.approx([0.25] * 10, abs=0.01)


def test_peaks_of_a_sound_shorter_than_its_buckets(wav_bench: Bench) -> None:
    whole = finished(wav_bench, agent=np.array([1, -2, 3], np.int16), customer=np.zeros(3, np.int16))
    assert len(wav_bench.library.peaks(whole.path, buckets=1000).high[0]) == 3


def export_of_three(bench: Bench, target: Path):
    one = finished(bench, "one", agent=tone(440, 2), customer=tone(1004, 2))
    two = finished(bench, "two", agent=tone(440, 4), customer=tone(1004, 4))
    who = {"agent": "amy", "campaign": "spring"}
    items = [
        ExportItem(recording_id="one", path=one.path, sha256=one.sha256, columns=who),
        ExportItem(recording_id="two", path=two.path, sha256=two.sha256, from_s=1, to_s=2.5, columns=who),
        ExportItem(recording_id="two", path=two.path, sha256=two.sha256, normalise=True),
    ]
    return bench.library.export(items, target), one


def rows(directory: Path) -> list[dict[str, str]]:
    with (directory / MANIFEST).open(newline="", encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


def test_an_export_proves_itself_with_the_systems_own_tool(bench: Bench, tmp_path: Path) -> None:
    target = tmp_path / "export"
    report, one = export_of_three(bench, target)
    assert (report.exported, report.failed) == (3, ())
    assert sorted(os.listdir(target)) == ["0001-one.opus", "0002-two.opus", "0003-two.opus", MANIFEST, CHECKSUMS]
    first, second, third = rows(target)
    assert (first["sha256"], first["duration_s"], first["agent"]) == (one.sha256, "2.000", "amy")
    assert (second["from_s"], second["to_s"], second["duration_s"]) == ("1.000", "2.500", "1.500")
    assert (third["campaign"], third["duration_s"]) == ("", "4.000")
    tool = shutil.which("sha256sum")
    assert tool
    assert subprocess.run([tool, "--check", "--quiet", CHECKSUMS], cwd=target, check=False).returncode == 0
    (target / "0001-one.opus").write_bytes(b"another")
    assert subprocess.run([tool, "--check", "--status", CHECKSUMS], cwd=target, check=False).returncode == 1


def test_one_bad_recording_does_not_stop_the_export_and_is_listed(bench: Bench, tmp_path: Path) -> None:
    good = finished(bench, "good", agent=tone(440, 1), customer=tone(1004, 1))
    items = [
        ExportItem(recording_id="gone", path="2026/01/01/c000001/gone.opus"),
        ExportItem(recording_id="bad", path=good.path, sha256="0" * 64),
        ExportItem(recording_id="far", path=good.path, from_s=0, to_s=9),
        ExportItem(recording_id="out", path="../../etc/passwd"),
        ExportItem(recording_id="good", path=good.path, sha256=good.sha256),
    ]
    report = bench.library.export(items, tmp_path / "export")
    assert [(f.item.recording_id, f.file) for f in report.files if f.file] == [("good", "0005-good.opus")]
    reasons = [row["remark"] for row in rows(tmp_path / "export")]
    for said, expected in zip(reasons, ("no recording", "checksum differs", "only 1.000 s", "inside", ""), strict=True):
        assert expected in said


def test_an_export_never_mixes_with_other_files(bench: Bench, tmp_path: Path) -> None:
    (tmp_path / "export").mkdir()
    (tmp_path / "export" / "old.txt").write_text("x")
    with pytest.raises(ExportRefused, match="not empty"):
        bench.library.export([], tmp_path / "export")


def test_columns_cannot_overwrite_the_manifests_own(bench: Bench, tmp_path: Path) -> None:
    with pytest.raises(ExportRefused, match="sha256"):
        bench.library.export([ExportItem(recording_id="a", path="a", columns={"sha256": "x"})], tmp_path / "export")


def test_an_export_onto_a_full_disk_has_no_manifest_and_no_torn_file(bench: Bench, tmp_path: Path) -> None:
    whole = finished(bench, agent=speech(20, 1), customer=speech(20, 2))
    item = ExportItem(recording_id="call", path=whole.path)
    with disk_with_room_for(10_000), pytest.raises(DiskFull):
        bench.library.export([item], tmp_path / "export")
    assert os.listdir(tmp_path / "export") == []


def test_deleting_leaves_no_file_and_says_whether_there_was_one(bench: Bench) -> None:
    whole = finished(bench, agent=tone(440, 1), customer=tone(1004, 1))
    assert bench.library.delete(whole.path)
    assert not bench.library.delete(whole.path)
    assert not bench.library.verify(whole.path, whole.sha256)
    with pytest.raises(RecordingMissing):
        bench.library.levels(whole.path)


def test_a_changed_byte_is_noticed(bench: Bench) -> None:
    whole = finished(bench, agent=tone(440, 1), customer=tone(1004, 1))
    path = bench.root / whole.path
    content = bytearray(path.read_bytes())
    content[-20] ^= 1
    path.write_bytes(content)
    assert not bench.library.verify(whole.path, whole.sha256)


@pytest.mark.parametrize("path", ["/etc/passwd", "../x", "a/../../x", "."])
def test_no_path_leads_out_of_the_library(bench: Bench, path: str) -> None:
    with pytest.raises(ValueError, match="inside the library"):
        bench.library.locate(path)


def test_the_sweep_takes_old_leftovers_and_nothing_else(bench: Bench) -> None:
    whole = finished(bench, agent=tone(440, 1), customer=tone(1004, 1))
    bench.raws("old", agent=b"x", customer=b"x")
    bench.raws("new", agent=b"x", customer=b"x")
    (bench.root / ".part" / "old.wav").write_bytes(b"x")
    long_ago = datetime(2020, 1, 1, tzinfo=UTC)
    for path in (bench.raw("old", "agent"), bench.raw("old", "customer"), bench.root / ".part" / "old.wav"):
        os.utime(path, (long_ago.timestamp(), long_ago.timestamp()))
    assert bench.library.sweep(long_ago + timedelta(days=1)) == 3
    assert bench.library.leftovers() == ["new"]
    assert bench.library.verify(whole.path, whole.sha256)
