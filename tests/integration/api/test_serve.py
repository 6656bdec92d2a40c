"""`goldenhour serve` as a real process with a real line worker, driven by the real command line."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from dialer.client import ServerLock, endpoint_file, read_endpoint, read_token
from dialer.config_file import write_sample

pytestmark = pytest.mark.sip
REPOSITORY = Path(__file__).parents[3]
DEADLINE_S = 40.0
TRUNK = '\n[[trunks]]\nname = "carrier"\naddress = "127.0.0.1:5060"\n'


class Server:
    def __init__(self, site: Path) -> None:
        self.site, self.data = site, site / "data"
        self._processes: list[subprocess.Popen[bytes]] = []

    def start(self) -> subprocess.Popen[bytes]:
        with (self.site / "serve.log").open("ab") as log:
            process = subprocess.Popen(self._command("serve"), cwd=REPOSITORY, stderr=log, stdout=log)
        self._processes.append(process)
        self._until(lambda: self._announces(process.pid) or process.poll() is not None)
        assert process.poll() is None, self.log()
        return process

    def run(self, *words: str, code: int = 0) -> str:
        done = subprocess.run(
            self._command(*words), cwd=REPOSITORY, capture_output=True, text=True, timeout=DEADLINE_S, check=False
        )
        assert done.returncode == code, done.stdout + done.stderr + self.log()
        return done.stdout if code == 0 else done.stderr

    def json(self, *words: str) -> Any:
        return json.loads(self.run(*words, "--json"))

    def log(self) -> str:
        return (self.site / "serve.log").read_text()

    def workers(self) -> list[int]:
        """Process ids of the line workers of this site."""
        found = []
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit():
                try:
                    words = (entry / "cmdline").read_bytes()
                except OSError:
                    continue
                if b"sip.worker" in words and str(self.data).encode() in words:
                    found.append(int(entry.name))
        return found

    def clean_up(self) -> None:
        for process in self._processes:
            if process.poll() is None:
                process.kill()
                process.wait(10)
        for worker in self.workers():
            os.kill(worker, signal.SIGKILL)

    def _command(self, *words: str) -> list[str]:
        return [sys.executable, "-m", "dialer", *words, "--config", str(self.site / "goldenhour.toml")]

    def _announces(self, pid: int) -> bool:
        endpoint = read_endpoint(self.data)
        return endpoint is not None and endpoint.pid == pid

    @staticmethod
    def _until(condition: Any) -> None:
        deadline = time.monotonic() + DEADLINE_S
        while not condition():
            assert time.monotonic() < deadline, "it did not come to pass in time"
            time.sleep(0.1)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    site = tmp_path / "site"
    write_sample(site)
    settings = site / "goldenhour.toml"
    text = settings.read_text().replace("port = 8642", "port = 0").replace("count = 2", "count = 1")
    settings.write_text(text.replace("rtp_port_from = 20000", "rtp_port_from = 24000") + TRUNK)
    server = Server(site)
    try:
        yield server
    finally:
        server.clean_up()


def test_a_server_is_driven_from_the_terminal_and_stops_cleanly(server: Server) -> None:
    process = server.start()
    health = server.json("status")
    assert (health["engine"], health["workers"], health["lines"]) == (True, 1, 1)
    assert server.data.joinpath("token").stat().st_mode & 0o777 == 0o600

    server.run("agent", "add", "amy", "--phone", "sip:amy@127.0.0.1:5099")
    spring = server.site / "spring.toml"
    spring.write_text('code = "spring"\nname = "Spring"\ntrunks = ["carrier"]\nagents = ["amy"]\n')
    server.run("campaign", "create", str(spring))
    assert server.run("agent", "ready", "amy") == "agent amy: READY\n"
    assert server.run("campaign", "start", "spring").endswith("campaign spring: RUNNING\n")  # after what lint warns of
    assert server.json("campaign", "explain", "spring")["idle"] == "list_exhausted"
    assert server.json("trunk", "list")[0]["state"] == "up"
    assert "a server is running" in server.run("serve", code=2)

    server.run("agent", "logout", "amy")
    process.send_signal(signal.SIGTERM)
    assert process.wait(DEADLINE_S) == 0
    assert "Traceback" not in server.log()
    assert not endpoint_file(server.data).exists()
    assert server.workers() == []
    assert "no server is running" in server.run("agent", "ready", "amy", code=3)
    assert server.json("campaign", "list")[0]["state"] == "RUNNING"


def test_after_a_killed_server_the_terminal_and_the_next_server_go_on(server: Server) -> None:
    first = server.start()
    first.kill()
    first.wait(10)
    assert endpoint_file(server.data).exists()
    assert not ServerLock.is_held(server.data)
    assert server.json("campaign", "list") == []
    second = server.start()
    assert server.json("status")["workers"] == 1
    assert len(server.workers()) == 1
    second.send_signal(signal.SIGINT)
    assert second.wait(DEADLINE_S) == 0
    assert server.workers() == []


def test_over_the_wire_the_token_opens_and_nothing_else_does(server: Server) -> None:
    server.start()
    endpoint = read_endpoint(server.data)
    assert endpoint is not None
    url = f"{endpoint.url}/api/v1/floor"
    assert httpx.get(url, trust_env=False).status_code == 401
    headers = {"authorization": f"Bearer {read_token(server.data)}"}
    floor = httpx.get(url, headers=headers, trust_env=False).json()
    assert floor["lines"] == {"total": 1, "free": 1, "in_use": 0}
    metrics = httpx.get(url.replace("floor", "metrics"), headers=headers, trust_env=False).text
    assert "goldenhour_engine_up 1.0" in metrics
    assert 'goldenhour_lines{kind="total"} 1.0' in metrics
    assert httpx.get(url, headers=headers | {"host": "evil.example"}, trust_env=False).status_code == 421
