"""`goldenhour demo`, as a newcomer runs it: real calls, real sound, one JSON object."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
import soundfile

pytestmark = pytest.mark.sip
DEADLINE_S = 150.0
LEFT_OVER_S = 10.0


def command(data: Path, *options: str) -> list[str]:
    return [sys.executable, "-m", "dialer", "demo", "--headless", "--json", "--data", str(data), *options]


def processes_of(data: Path) -> list[str]:
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = path.read_bytes().decode(errors="replace")
        except OSError:
            continue
        if str(data) in words:
            found.append(words)
    return found


@contextmanager
def nothing_left(data: Path) -> Iterator[None]:
    yield
    deadline = time.monotonic() + LEFT_OVER_S
    while processes_of(data) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not processes_of(data)


def test_a_short_list_is_called_and_its_conversations_can_be_heard(tmp_path: Path) -> None:
    data = tmp_path / "demo"
    with nothing_left(data):
        run = subprocess.run(
            command(data, "--agents", "2", "--lines", "3", "--leads", "6", "--seconds", "40"),
            capture_output=True,
            timeout=DEADLINE_S,
            check=False,
        )
    assert run.returncode == 0, run.stderr.decode()
    told = json.loads(run.stdout)
    assert (told["leads"], told["agents"], told["lines"]) == (6, 2, 3)
    assert sum(told["outcomes"].values()) == told["attempts"] >= 6
    assert told["connected"] > 0
    assert 0 < told["recordings"] <= told["connected"], "who hangs up at once may leave no sound"
    assert told["abandoned"] == 0
    waits = told["answer_to_agent_ms"]
    assert 0 < waits["p50"] <= waits["p95"] <= waits["max"]
    files = list((data / "recordings").rglob("*.opus"))
    assert len(files) == told["recordings"]
    for file in files:
        sound, _ = soundfile.read(file)
        assert sound.shape[1] == 2
        assert np.abs(sound).max(axis=0).min() > 0.02, "both the agent and the customer are heard"
    total = sum(soundfile.info(file).duration for file in files)
    assert total == pytest.approx(told["recording_seconds"], abs=1.0)


def test_ctrl_c_ends_it_in_order_with_the_report(tmp_path: Path) -> None:
    data = tmp_path / "demo"
    with (
        nothing_left(data),
        subprocess.Popen(command(data, "--agents", "1", "--lines", "1"), stdout=-1, stderr=-1) as run,
    ):
        assert run.stderr is not None
        said = b""
        while b"First conversation" not in said and (line := run.stderr.readline()):
            said += line
        run.send_signal(signal.SIGINT)
        told, _ = run.communicate(timeout=DEADLINE_S)
    assert run.returncode == 0
    report = json.loads(told)
    assert report["connected"] >= 1
    assert sum(report["outcomes"].values()) == report["attempts"]


def test_what_cannot_be_shown_is_refused_before_anything_starts(tmp_path: Path) -> None:
    data = tmp_path / "demo"
    run = subprocess.run(
        command(data, "--agents", "4", "--lines", "3"), capture_output=True, timeout=DEADLINE_S, check=False
    )
    assert run.returncode == 2
    error = json.loads(run.stderr)["error"]
    assert (error["code"], error["field"]) == ("fewer_lines_than_agents", "--lines")
    assert not data.exists()
