"""One whole site as its people use it: `goldenhour serve` as a process, driven by the command line and the HTTP API.

Nothing of it runs inside the test, and no process of it outlives `running_site`.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import ssl
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import httpx

from dialer.client import API, endpoint_file, read_endpoint, read_token
from sip.trunks import Trunk

REPOSITORY: Final = Path(__file__).parents[2]
START_S: Final = 40.0
STOP_S: Final = 45.0
COMMAND_S: Final = 60.0
ANSWER_S: Final = 20.0
NO_CERTIFICATES: Final = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # none are loaded for every question on loopback
TOLD_OF_OUR_DEATH: Final = ("setpriv", "--pdeathsig", "TERM")  # should the test session be killed

Settings = Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """A command that has ended. `value` is what it printed as JSON, None where it printed none."""

    words: tuple[str, ...]
    code: int
    output: str
    complaint: str

    @property
    def value(self) -> Any:
        return json.loads(self.output) if self.output.strip() else None

    @property
    def error(self) -> dict[str, Any]:
        """Of a refused command: code, message, field and details."""
        found: dict[str, Any] = json.loads(self.complaint)["error"]
        return found


class Refused(AssertionError):
    """A command that was expected to work did not."""


@dataclass(slots=True)
class Site:
    """`directory` holds goldenhour.toml, serve.log and the data directory."""

    directory: Path
    workers: int
    _servers: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @property
    def data(self) -> Path:
        return self.directory / "data"

    @property
    def settings(self) -> Path:
        return self.directory / "goldenhour.toml"

    # the server
    async def start(self, *, ready: bool = True) -> int:
        """Start a server and wait until it takes orders and, with `ready`, has all its lines. Returns its pid."""
        server = self._launch()
        await self._eventually(lambda: self._announced(server), within=START_S, what="a server that takes orders")
        if server.poll() is not None:
            raise AssertionError(f"the server ended with {server.returncode}:\n{self.log()}")
        if ready:
            await self.until(self._complete, within=START_S, what=f"{self.workers} workers that carry calls")
        return server.pid

    @property
    def serving(self) -> bool:
        return bool(self._servers) and self._servers[-1].poll() is None

    async def stop(self, *, within: float = STOP_S) -> int:
        """SIGTERM, and wait. The server's exit code."""
        self.signal(signal.SIGTERM)
        return await self.ended(within=within)

    async def kill(self) -> None:
        """SIGKILL for the server alone; its workers and their calls live on."""
        self.signal(signal.SIGKILL)
        await self.ended(within=10)

    def signal(self, number: signal.Signals) -> None:
        self._servers[-1].send_signal(number)

    async def ended(self, *, within: float = STOP_S) -> int:
        server = self._servers[-1]
        await self._eventually(lambda: server.poll() is not None, within=within, what="an end of the server")
        return int(server.returncode)

    async def restart(self, *, ready: bool = True) -> int:
        """After a stop or a kill. Returns the new pid."""
        return await self.start(ready=ready)

    def log(self) -> str:
        path = self.directory / "serve.log"
        return path.read_text(errors="replace") if path.exists() else ""

    # its processes
    def worker_pids(self) -> dict[str, int]:
        """Line workers of this site by name, whichever server started them."""
        found = {}
        for pid, words in _processes():
            settings = next((Path(word) for word in words if word.startswith(str(self.data / "run"))), None)
            if "sip.worker" in words and settings is not None:
                found[settings.name.split(".")[0]] = pid
        return found

    def processes(self) -> list[int]:
        """Everything that was started for this site and lives: server, workers, commands."""
        own = str(self.directory)
        return [pid for pid, words in _processes() if pid != os.getpid() and any(own in word for word in words)]

    async def clean_up(self) -> None:
        """Nothing of this site is left afterwards, whatever the test did. Servers first: they start new workers."""
        for server in self._servers:
            if server.poll() is None:
                server.kill()
            await asyncio.to_thread(server.wait, 10)

        def gone() -> bool:
            left = self.processes()
            for pid in left:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            return not left

        await eventually(gone, within=15, what="an end of all processes of the site")

    # orders
    async def run(self, *words: str, within: float = COMMAND_S) -> Ran:
        """A command with `--json`, whatever its exit code."""
        process = await asyncio.create_subprocess_exec(
            *self._command(*words, "--json"), cwd=REPOSITORY, env=_environment(), stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        try:
            async with asyncio.timeout(within):
                output, complaint = await process.communicate()
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        assert process.returncode is not None
        return Ran(words=words, code=process.returncode, output=output.decode(), complaint=complaint.decode())

    async def cli(self, *words: str) -> Any:
        """What a command that works prints. Raises `Refused` with its complaint and the server's log."""
        ran = await self.run(*words)
        if ran.code != 0:
            raise Refused(f"goldenhour {' '.join(words)} ended with {ran.code}: {ran.complaint}\n{self.log()[-6000:]}")
        return ran.value

    async def get(self, path: str, **query: str | int) -> Any:
        return await self._api("GET", path, params=query)

    async def post(self, path: str, body: Mapping[str, object] | None = None) -> Any:
        return await self._api("POST", path, json=body)

    async def floor(self) -> Any:
        return await self.get("/floor")

    async def until(
        self, holds: Callable[[], Awaitable[bool]], *, within: float, what: str, every: float = 0.1
    ) -> None:  # fmt: skip
        """Ask again and again. Raises `TimeoutError` with the end of the server's log."""
        deadline = time.monotonic() + within
        while not await holds():
            if time.monotonic() > deadline:
                raise TimeoutError(f"no {what} within {within} s\n{self.log()[-6000:]}")
            await asyncio.sleep(every)

    async def _api(self, method: str, path: str, **request: Any) -> Any:
        endpoint = read_endpoint(self.data)
        if endpoint is None:
            raise ConnectionError(f"no server announces itself in {endpoint_file(self.data)}")
        headers = {"authorization": f"Bearer {read_token(self.data)}"}
        async with httpx.AsyncClient(
            base_url=endpoint.url + API, headers=headers, timeout=ANSWER_S, trust_env=False, verify=NO_CERTIFICATES
        ) as client:
            answer = await client.request(method, path, **request)
        if not answer.is_success:
            raise Refused(f"{method} {path}: {answer.status_code} {answer.text}")
        return answer.json()

    async def _eventually(self, holds: Callable[[], object], *, within: float, what: str) -> None:
        async def asked() -> bool:
            return bool(holds())

        await self.until(asked, within=within, what=what, every=0.05)

    async def _complete(self) -> bool:
        health = await self.get("/health")
        return bool(health["engine"] and health["workers"] == self.workers and health["lines"] >= self.workers)

    def _launch(self) -> subprocess.Popen[bytes]:
        with (self.directory / "serve.log").open("ab") as log:
            server = subprocess.Popen(
                [*TOLD_OF_OUR_DEATH, *self._command("serve")], cwd=REPOSITORY, env=_environment(),
                start_new_session=True, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            )  # fmt: skip
        self._servers.append(server)
        return server

    def _announced(self, server: subprocess.Popen[bytes]) -> bool:
        endpoint = read_endpoint(self.data)
        return server.poll() is not None or (endpoint is not None and endpoint.pid == server.pid)

    def _command(self, *words: str) -> list[str]:
        return [sys.executable, "-m", "dialer", *words, "--config", str(self.settings)]


async def eventually(holds: Callable[[], object], *, within: float, what: str, every: float = 0.05) -> None:
    deadline = time.monotonic() + within
    while not holds():
        if time.monotonic() > deadline:
            raise TimeoutError(f"no {what} within {within} s")
        await asyncio.sleep(every)


def _environment() -> dict[str, str]:
    """Without settings of whoever runs the tests."""
    return {name: value for name, value in os.environ.items() if not name.startswith("GOLDENHOUR_")}


def _processes() -> Iterable[tuple[int, list[str]]]:
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with suppress(OSError):
                yield int(entry.name), (entry / "cmdline").read_bytes().decode(errors="replace").split("\0")


def _toml(value: object) -> str:
    """JSON's strings, numbers, booleans and lists of them are TOML's."""
    return json.dumps(list(value) if isinstance(value, tuple) else value, ensure_ascii=False)


def section(name: str, values: Settings) -> str:
    """`name` with its brackets."""
    return "\n".join([name, *(f"{key} = {_toml(value)}" for key, value in values.items())]) + "\n"


def trunk_section(trunk: Trunk, **more: object) -> str:
    """`[[trunks]]` for a trunk of the bed; `more` are settings that only the site knows, such as `echo`."""
    empty = Trunk(name="", address="")
    given = {
        name: getattr(trunk, name) for name in trunk.__struct_fields__ if getattr(trunk, name) != getattr(empty, name)
    }
    return section("[[trunks]]", given | more)


def write_settings(
    directory: Path, trunks: Sequence[Trunk | str], *, workers: int, rtp_from: int = 26000,
    sections: Mapping[str, Settings] | None = None,
) -> None:  # fmt: skip
    """goldenhour.toml. `trunks` may hold finished sections; `sections` adds to those named there or adds new ones."""
    directory.mkdir(parents=True, exist_ok=True)
    base: dict[str, Settings] = {
        "site": {"name": "e2e", "data": "data"},
        "server": {"port": 0, "shutdown_grace_s": 5.0},
        "workers": {"count": workers, "rtp_port_from": rtp_from, "rtp_port_to": rtp_from + 2999},
        "recordings": {"smallest_free_mb": 10},
    }
    for name, values in (sections or {}).items():
        base[name] = {**base.get(name, {}), **values}
    texts = [section(f"[{name}]", values) for name, values in base.items()]
    texts += [trunk if isinstance(trunk, str) else trunk_section(trunk) for trunk in trunks]
    (directory / "goldenhour.toml").write_text("\n".join(texts))


@asynccontextmanager
async def new_site(
    directory: Path, trunks: Sequence[Trunk | str], *, workers: int = 2, rtp_from: int = 26000,
    sections: Mapping[str, Settings] | None = None,
) -> AsyncIterator[Site]:  # fmt: skip
    """A site with its settings written and no server yet; at the end nothing of it lives."""
    write_settings(directory, trunks, workers=workers, rtp_from=rtp_from, sections=sections)
    site = Site(directory, workers)
    try:
        yield site
    finally:
        await site.clean_up()


@asynccontextmanager
async def running_site(
    directory: Path, trunks: Sequence[Trunk | str], *, workers: int = 2, rtp_from: int = 26000,
    sections: Mapping[str, Settings] | None = None,
) -> AsyncIterator[Site]:  # fmt: skip
    """A site whose server takes orders and has all its lines."""
    async with new_site(directory, trunks, workers=workers, rtp_from=rtp_from, sections=sections) as site:
        await site.start()
        yield site
