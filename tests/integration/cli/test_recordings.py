"""The supervisor takes a week of recordings along, and can prove that none was altered."""

from __future__ import annotations

import asyncio
import csv
import io
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import numpy
import pytest
import soundfile

from dialer.config_file import load_config
from dialer.domain.events import RecordingBegun, RecordingFinalized, RecordingReserved
from dialer.ports import AttemptDraft
from dialer.wiring import opened_store
from tests.integration.cli.conftest import Terminal

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
ATTEMPT, RECORDING, PATH = "0" * 31 + "a", "0" * 31 + "b", "2026/11/23/c000001/b.opus"


def _sound() -> bytes:
    """A second of a real stereo recording."""
    file = io.BytesIO()
    soundfile.write(file, numpy.zeros((8000, 2), dtype=numpy.int16), 8000, format="OGG", subtype="OPUS")
    return file.getvalue()


SOUND = _sound()


async def _record(site: Path) -> None:
    config = load_config(site / "goldenhour.toml", {})
    file = config.data / "recordings" / PATH
    file.parent.mkdir(parents=True)
    file.write_bytes(SOUND)
    digest = sha256(SOUND).hexdigest()
    draft = AttemptDraft(
        attempt_id=ATTEMPT, campaign_id=1, campaign_version=1, lead_id=1, number="+8613800138000", trunk="carrier",
        worker="w1", sip_call_id="x@y", caller_id="", placed_at=NOW,
    )  # fmt: skip
    async with opened_store(config) as store:
        await store.open_attempt(draft)
        reserved = RecordingReserved(occurred_at=NOW, recording_id=RECORDING, attempt_id=ATTEMPT, path=PATH)
        final = RecordingFinalized(
            occurred_at=NOW, recording_id=RECORDING, path=PATH, duration_s=9.0, size_bytes=len(SOUND), sha256=digest
        )
        await store.record([reserved, RecordingBegun(occurred_at=NOW, recording_id=RECORDING), final])


@pytest.fixture
def recorded(planned: Terminal) -> Terminal:
    asyncio.run(_record(planned.site))
    return planned


def test_recordings_are_exported_with_a_manifest(recorded: Terminal, tmp_path: Path) -> None:
    report = recorded.json("recordings", "export", str(tmp_path / "week"), "--campaign", "spring")
    assert (report["exported"], report["failed"]) == (1, 0)
    assert (tmp_path / "week" / report["files"][0]["file"]).read_bytes() == SOUND
    manifest = list(csv.DictReader((tmp_path / "week" / "manifest.csv").read_text().splitlines()))
    assert [(row["recording_id"], row["call"]) for row in manifest] == [(RECORDING, ATTEMPT)]
    assert "not empty" in recorded.refuses("recordings", "export", str(tmp_path / "week"))


def test_an_altered_recording_is_not_exported_and_that_is_said(recorded: Terminal, tmp_path: Path) -> None:
    (recorded.data / "recordings" / PATH).write_bytes(SOUND[:-1] + b"x")
    result = recorded.run("recordings", "export", str(tmp_path / "week"))
    assert result.exit_code == 2
    assert f"not exported: {RECORDING}" in result.stderr


def test_an_attempt_names_the_file_of_its_recording(recorded: Terminal) -> None:
    attempt = recorded.json("attempts", "--campaign", "spring")[0]
    assert Path(attempt["recording"]).read_bytes() == SOUND
    assert attempt["outcome"] is None
    assert recorded.json("attempts", "--since", "2026-11-24T00:00+00:00") == []
    assert recorded.json("recordings", "list", "--until", "2026-11-01") == []


def test_a_recording_is_put_on_legal_hold_and_released(recorded: Terminal) -> None:
    said = recorded.says("recordings", "hold", RECORDING, "--reason", "case 7", "--by", "Bo")
    assert said == f"recording {RECORDING} is on legal hold, by Bo: case 7\n"
    listed = recorded.says("recordings", "list")
    assert "case 7" in listed
    assert "yes" in listed
    [row] = recorded.json("recordings", "list")
    assert (row["legal_hold"], row["hold_by"], row["hold_reason"]) == (True, "Bo", "case 7")
    assert "by Bo: case 7" in recorded.refuses("recordings", "hold", RECORDING, "--reason", "case 8")
    assert recorded.json("recordings", "release", RECORDING, "--reason", "won")["legal_hold"] is False
    assert recorded.error("recordings", "release", RECORDING)["code"] == "wrong_state"
    assert "--reason" in recorded.refuses("recordings", "hold", RECORDING)
