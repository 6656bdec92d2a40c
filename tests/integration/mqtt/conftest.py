"""A private Mosquitto that can be killed, frozen and started again, and somebody who listens to it."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import aiomqtt
import pytest

MOSQUITTO = shutil.which("mosquitto") or "/usr/sbin/mosquitto"
DEADLINE_S = 20.0


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def until(condition: Callable[[], bool], what: str) -> None:
    async with asyncio.timeout(DEADLINE_S):
        while not condition():  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    assert condition(), what


class Broker:
    """Keeps sessions and queued messages on disk; hands a message to its listeners before it confirms it."""

    def __init__(self, directory: Path, *extra: str, listener: tuple[str, ...] = ("allow_anonymous true",)) -> None:
        self.port = free_port()
        self._directory = directory
        self._process: subprocess.Popen[bytes] | None = None
        lines = [
            f"listener {self.port} 127.0.0.1", *listener, "persistence true", f"persistence_location {directory}/",
            "max_inflight_messages 0", "max_queued_messages 0", f"user {_user()}", *extra,
        ]  # fmt: skip
        self._config = directory / "mosquitto.conf"
        self._config.write_text("\n".join(lines) + "\n")

    @property
    def pid(self) -> int:
        assert self._process
        return self._process.pid

    def start(self) -> None:
        with (self._directory / "log").open("ab") as log:
            self._process = subprocess.Popen([MOSQUITTO, "-c", str(self._config)], stdout=log, stderr=log)
        deadline = time.monotonic() + DEADLINE_S
        while time.monotonic() < deadline:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1):
                return
            assert self._process.poll() is None, (self._directory / "log").read_text()
            time.sleep(0.01)
        raise AssertionError("Mosquitto does not listen")

    def stop(self, how: signal.Signals = signal.SIGTERM) -> None:
        if self._process is None:
            return
        self._process.send_signal(signal.SIGCONT)
        self._process.send_signal(how)
        self._process.wait(DEADLINE_S)
        self._process = None

    def kill(self) -> None:
        self.stop(signal.SIGKILL)

    def freeze(self) -> None:
        os.kill(self.pid, signal.SIGSTOP)

    def thaw(self) -> None:
        os.kill(self.pid, signal.SIGCONT)

    def save(self) -> None:
        """Write sessions and subscriptions to disk now."""
        database = self._directory / "mosquitto.db"
        before = database.stat().st_mtime_ns if database.exists() else 0
        os.kill(self.pid, signal.SIGUSR1)
        deadline = time.monotonic() + DEADLINE_S
        while not database.exists() or database.stat().st_mtime_ns == before:
            assert time.monotonic() < deadline, "Mosquitto does not save"
            time.sleep(0.01)


def _user() -> str:
    return "root" if os.getuid() == 0 else "mosquitto"


class Wallboard:
    """Subscribes with a session of its own and reconnects for ever; keeps everything it heard, in order."""

    def __init__(self, port: int) -> None:
        self._port = port
        self.heard: list[aiomqtt.Message] = []
        self.subscribed = asyncio.Event()

    def payloads(self, under: str = "/call/") -> list[str]:
        return [bytes(m.payload).decode() for m in self.heard if under in str(m.topic)]

    def status(self) -> list[str]:
        return self.payloads("/status")

    async def run(self) -> None:
        while True:
            with contextlib.suppress(aiomqtt.MqttError):
                async with aiomqtt.Client(
                    "127.0.0.1", self._port, identifier="wallboard", clean_session=False, timeout=2
                ) as client:
                    await client.subscribe("goldenhour/#", qos=1)
                    self.subscribed.set()
                    async for message in client.messages:
                        self.heard.append(message)
            await asyncio.sleep(0.02)


@contextlib.asynccontextmanager
async def running(work, name: str) -> AsyncIterator[asyncio.Task[None]]:
    task = asyncio.create_task(work, name=name)
    try:
        yield task
    finally:
        while not task.done():  # a client under Python 3.11 may drop a cancellation
            task.cancel()
            await asyncio.wait({task}, timeout=5)


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    directory = tmp_path / "broker"
    directory.mkdir()
    broker = Broker(directory)
    broker.start()
    yield broker
    broker.kill()


@pytest.fixture
async def wallboard(broker: Broker) -> AsyncIterator[Wallboard]:
    board = Wallboard(broker.port)
    async with running(board.run(), "wallboard"):
        async with asyncio.timeout(DEADLINE_S):
            await board.subscribed.wait()
        yield board
