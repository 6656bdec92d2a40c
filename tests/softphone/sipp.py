"""SIPp plays one side of a SIP conversation message by message; the scenarios are in sipp/.

What was really sent and received is read from SIPp's own message trace.
"""

from __future__ import annotations

import asyncio
import re
import socket
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

SCENARIOS = Path(__file__).parent / "sipp"
_MESSAGE = re.compile(r"^UDP message (sent|received)[^\n]*:\n\n", re.MULTILINE)
_RULE = re.compile(r"^-{20,}[^\n]*\n", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Message:
    """One SIP message on the wire, seen from SIPp."""

    received: bool
    start_line: str
    headers: Mapping[str, str]

    @property
    def status(self) -> int | None:
        """Of a response; None for requests."""
        return int(self.start_line.split()[1]) if self.start_line.startswith("SIP/2.0 ") else None

    @property
    def method(self) -> str:
        """Of a request; empty for responses."""
        return "" if self.start_line.startswith("SIP/2.0 ") else self.start_line.split()[0]

    @property
    def q850(self) -> int | None:
        """Cause of a Reason header (RFC 3326)."""
        found = re.search(r"Q\.850\s*;\s*cause=(\d+)", self.headers.get("reason", ""))
        return int(found[1]) if found else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversation:
    """What SIPp did: `completed` when every call followed the scenario to its end."""

    completed: bool
    messages: tuple[Message, ...]
    output: str = field(repr=False, default="")

    @property
    def statuses(self) -> tuple[int, ...]:
        """Of the responses received, each once, in order."""
        return tuple(dict.fromkeys(m.status for m in self.messages if m.received and m.status))

    @property
    def requests(self) -> tuple[str, ...]:
        """Methods of the requests received, in order."""
        return tuple(m.method for m in self.messages if m.received and m.method)

    @property
    def call_id(self) -> str:
        return self.messages[0].headers["call-id"]

    def response(self, status: int) -> Message:
        return next(m for m in self.messages if m.received and m.status == status)


def _message(direction: str, text: str) -> Message:
    head = text.replace("\r\n", "\n").strip("\n").partition("\n\n")[0].splitlines()
    headers = (line.partition(":") for line in head[1:])
    return Message(
        direction == "received", head[0], {name.strip().lower(): value.strip() for name, _, value in headers}
    )


def parse_trace(text: str) -> tuple[Message, ...]:
    """The messages of a SIPp `-trace_msg` file, in order."""
    found = []
    for block in _RULE.split(text.replace("\r\n", "\n")):
        start = _MESSAGE.search(block)
        if start and block[start.end() :].strip():
            found.append(_message(start[1], block[start.end() :]))
    return tuple(found)


def free_udp_port(address: str = "127.0.0.1") -> int:
    """A port that was free a moment ago."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind((address, 0))
        port: int = probe.getsockname()[1]
        return port


def _scenario(name: str, directory: Path, values: Mapping[str, object]) -> Path:
    text = (SCENARIOS / f"{name}.xml").read_text()
    for key, value in {"TIMEOUT": 30_000, **values}.items():
        text = text.replace(key, str(value))
    path = directory / f"{name}.xml"
    path.write_text(text)
    return path


class Sipp:
    """One SIPp process in a directory of its own."""

    def __init__(self, directory: Path, address: str, port: int) -> None:
        self.address = address
        self.port = port
        self._trace = directory / "messages.log"
        self._output = directory / "output.log"
        self._process: asyncio.subprocess.Process | None = None

    @property
    def sip_address(self) -> str:
        return f"{self.address}:{self.port}"

    @property
    def messages(self) -> tuple[Message, ...]:
        """So far; SIPp may hold back the last ones until it ends."""
        return parse_trace(self._trace.read_text(errors="replace")) if self._trace.exists() else ()

    async def start(self, scenario: Path, *arguments: str) -> None:
        common = (
            "-sf", str(scenario), "-i", self.address, "-p", str(self.port), "-mi", self.address, "-nostdin",
            "-trace_msg", "-message_file", str(self._trace), "-trace_err", "-error_file", str(self._output) + ".errors",
        )  # fmt: skip
        with self._output.open("wb") as output:
            self._process = await asyncio.create_subprocess_exec(
                "setpriv", "--pdeathsig", "TERM", "sipp", *arguments, *common,
                stdin=asyncio.subprocess.DEVNULL, stdout=output, stderr=output, cwd=self._trace.parent,
            )  # fmt: skip

    async def finished(self, within_s: float) -> Conversation:
        """The whole conversation. Raises `TimeoutError` when SIPp is still at it."""
        assert self._process is not None
        async with asyncio.timeout(within_s):
            status = await self._process.wait()
        return Conversation(completed=status == 0, messages=self.messages, output=self._complaints())

    def _complaints(self) -> str:
        files = (Path(f"{self._output}.errors"), self._output)
        return "\n".join(path.read_text(errors="replace")[-4000:] for path in files if path.exists())

    async def stop(self) -> None:
        if self._process is not None and self._process.returncode is None:
            self._process.kill()
            await self._process.wait()


@asynccontextmanager
async def _sipp(address: str, port: int) -> AsyncIterator[tuple[Sipp, Path]]:
    with tempfile.TemporaryDirectory(prefix="goldenhour-sipp-") as name:
        sipp = Sipp(Path(name), address, port)
        try:
            yield sipp, Path(name)
        finally:
            await sipp.stop()


async def call(
    scenario: str, server: str, number: str, *, within_s: float = 15.0, address: str = "127.0.0.1", **values: object
) -> Conversation:
    """Place one call by a caller's scenario; `values` replace the words in capitals in it."""
    async with _sipp(address, free_udp_port(address)) as (sipp, directory):
        await sipp.start(_scenario(scenario, directory, values), server, "-s", number, "-m", "1")
        return await sipp.finished(within_s)


@asynccontextmanager
async def answering(
    scenario: str, *, calls: int = 1, address: str = "127.0.0.1", **values: object
) -> AsyncIterator[Sipp]:
    """A SIP server by a callee's scenario, for `calls` calls; its `sip_address` is where to call."""
    async with _sipp(address, free_udp_port(address)) as (sipp, directory):
        await sipp.start(_scenario(scenario, directory, values), "-m", str(calls))
        await _listening(sipp)
        yield sipp


async def _listening(sipp: Sipp) -> None:
    """Until the port is taken: SIPp says nothing when it is ready."""
    async with asyncio.timeout(5):
        while True:
            if _taken(sipp):
                return
            await asyncio.sleep(0.02)


def _taken(sipp: Sipp) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.bind((sipp.address, sipp.port))
        except OSError:
            return True
    return False
