"""baresip as somebody else's softphone.

It registers, answers by itself or when told, speaks a tone and keeps what it hears.
"""

from __future__ import annotations

import asyncio
import json
import socket
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from tests import audio
from tests.asterisk.instance import PhoneAccount

MODULES = "/usr/lib/baresip/modules"
TONE_S = 120.0  # baresip's file source plays once; longer than any test's call
START_S = 10.0

Event = dict[str, Any]


def _free_tcp_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _configuration(directory: Path, tone: Path, control_port: int) -> str:
    heard = directory / "heard"
    heard.mkdir()
    lines = (
        "sip_listen 127.0.0.1:0",
        "net_interface 127.0.0.1",
        "call_max_calls 4",
        f"audio_source aufile,{tone}",
        "audio_player aubridge,nowhere",
        "audio_alert aubridge,nowhere",
        "audio_buffer 20-160",
        "jitter_buffer_delay 1-4",
        "rtp_ports 12000-15998",
        "rtcp_mux no",
        f"module_path {MODULES}",
        "module g711.so",
        "module sndfile.so",
        "module aubridge.so",
        "module aufile.so",
        "module_app menu.so",
        "module_app ctrl_tcp.so",
        f"ctrl_tcp_listen 127.0.0.1:{control_port}",
        f"snd_path {heard}",
        "ringback_disabled yes",
        "menu_bell no",
    )
    return "\n".join(lines) + "\n"


def _account(account: PhoneAccount, answer: str) -> str:
    values = (
        f"<sip:{account.extension}@{account.server};transport=udp>",
        f"auth_user={account.extension}",
        f"auth_pass={account.password}",
        f"answermode={answer}",
        "audio_codecs=PCMA,PCMU",
        "regint=60",
        "ptime=20",
    )
    return ";".join(values)


@dataclass(slots=True)
class _Control:
    """baresip's ctrl_tcp: JSON in netstrings, events and responses on one connection."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def receive(self) -> Event:
        length = int((await self.reader.readuntil(b":"))[:-1])
        message: Event = json.loads(await self.reader.readexactly(length))
        await self.reader.readexactly(1)
        return message

    async def send(self, command: str, parameters: str) -> None:
        text = json.dumps({"command": command, "params": parameters, "token": command}).encode()
        self.writer.write(b"%d:%s," % (len(text), text))
        await self.writer.drain()


class Softphone:
    """A registered phone. Events are baresip's: REGISTER_OK, CALL_INCOMING, CALL_ESTABLISHED, CALL_CLOSED ..."""

    def __init__(self, account: PhoneAccount, directory: Path, control: _Control) -> None:
        self.account = account
        self.events: list[Event] = []
        self._directory = directory
        self._control = control
        self._news = asyncio.Condition()

    async def listen(self) -> None:
        """Take events until the connection ends."""
        try:
            while True:
                message = await self._control.receive()
                async with self._news:
                    self.events.append(message)
                    self._news.notify_all()
        except (asyncio.IncompleteReadError, ConnectionError):
            return

    async def event(self, kind: str, *, within_s: float = 5.0, count: int = 1) -> Event:
        """The `count`-th event of that kind since the phone was switched on."""
        return await self._until(lambda: self._events(kind), count, within_s, kind)

    def _events(self, kind: str) -> list[Event]:
        return [event for event in self.events if event.get("type") == kind]

    async def _until(self, found: Callable[[], list[Event]], count: int, within_s: float, what: str) -> Event:
        try:
            async with asyncio.timeout(within_s), self._news:
                await self._news.wait_for(lambda: len(found()) >= count)
        except TimeoutError:
            raise TimeoutError(f"no {what} within {within_s} s; {self._seen()}\n{self.log()[-3000:]}") from None
        return found()[count - 1]

    def _seen(self) -> str:
        return "seen: " + ", ".join(str(event.get("type", event)) for event in self.events)

    async def _do(self, command: str, parameters: str = "") -> None:
        def responses() -> list[Event]:
            return [event for event in self.events if event.get("response") and event.get("token") == command]

        before = len(responses())
        await self._control.send(command, parameters)
        response = await self._until(responses, before + 1, 5.0, f"response to {command}")
        if not response["ok"]:
            raise RuntimeError(f"baresip refused {command} {parameters}: {response}")

    async def switch_on(self, answer: str, *, registered: bool) -> None:
        """Create the account now, with the control connection up, so that no event is missed."""
        await self._do("uanew", _account(self.account, answer))
        if registered:
            await self.event("REGISTER_OK", within_s=START_S)

    async def dial(self, number: str) -> None:
        """Call a number through the phone's PBX."""
        await self._do("dial", f"sip:{number}@{self.account.server}")

    async def accept(self) -> None:
        await self._do("accept")

    async def hang_up(self) -> None:
        await self._do("hangup")

    async def press(self, digit: str) -> None:
        """Send one DTMF digit (RFC 4733) in the current call."""
        await self._do("sndcode", digit)

    async def in_call(self, *, within_s: float = 10.0, count: int = 1) -> None:
        await self.event("CALL_ESTABLISHED", within_s=within_s, count=count)

    async def call_ended(self, *, within_s: float = 10.0, count: int = 1) -> Event:
        return await self.event("CALL_CLOSED", within_s=within_s, count=count)

    def heard(self) -> audio.Sound:
        """Everything heard in the latest call so far, decoded from RTP."""
        return audio.read_growing(self._dumps("dec")[-1])

    def calls_heard(self) -> int:
        return len(self._dumps("dec"))

    def _dumps(self, kind: str) -> list[Path]:
        return sorted((self._directory / "heard").glob(f"*-{kind}.wav"), key=lambda path: path.stat().st_mtime_ns)

    async def hears(self, hz: float, *, seconds: float, within_s: float = 10.0) -> audio.Sound:
        """Wait until the tone was heard for that long in the latest call. Raises `TimeoutError` with what was heard."""
        deadline = time.monotonic() + within_s
        while not self._dumps("dec") or self.heard().tone_s(hz) < seconds:
            if time.monotonic() > deadline:
                raise TimeoutError(f"{hz} Hz was not heard for {seconds} s within {within_s} s; {self._hearing()}")
            await asyncio.sleep(0.05)
        return self.heard()

    def _hearing(self) -> str:
        if not self._dumps("dec"):
            return f"nothing was heard at all; {self._seen()}"
        sound = self.heard()
        return f"{sound.duration_s:.1f} s heard, strongest {sound.strongest_hz():.0f} Hz, rms {sound.rms:.4f}"

    def log(self) -> str:
        """baresip's own words and the trace of all SIP messages."""
        return (self._directory / "output.log").read_text(errors="replace")


async def _connect(port: int, process: asyncio.subprocess.Process) -> _Control:
    async with asyncio.timeout(START_S):
        while process.returncode is None:
            try:
                return _Control(*await asyncio.open_connection("127.0.0.1", port))
            except ConnectionRefusedError:
                await asyncio.sleep(0.02)
    raise RuntimeError("baresip ended at once: see output.log in the phone's directory")


async def _stop(process: asyncio.subprocess.Process) -> None:
    if process.returncode is not None:
        return
    process.terminate()
    try:
        async with asyncio.timeout(3):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()


@asynccontextmanager
async def softphone(
    account: PhoneAccount, directory: Path, *, tone_hz: float = 440.0, answer: Literal["auto", "manual"] = "auto",
    registered: bool = True,
) -> AsyncIterator[Softphone]:  # fmt: skip
    """A phone switched on (and, unless told otherwise, registered) that says `tone_hz` into every call."""
    home = directory / f"phone-{account.extension}"
    home.mkdir()
    tone = audio.write_tone(home / "tone.wav", tone_hz, TONE_S, amplitude=0.4)
    port, log = _free_tcp_port(), home / "output.log"
    (home / "config").write_text(_configuration(home, tone, port))
    with log.open("wb") as output:
        process = await asyncio.create_subprocess_exec(
            "setpriv", "--pdeathsig", "TERM", "baresip", "-s", "-f", str(home),
            stdin=asyncio.subprocess.DEVNULL, stdout=output, stderr=output, cwd=home,
        )  # fmt: skip
    try:
        control = await _connect(port, process)
        phone = Softphone(account, home, control)
        listening = asyncio.create_task(phone.listen(), name=f"phone {account.extension}")
        try:
            await phone.switch_on(answer, registered=registered)
            yield phone
        finally:
            control.writer.close()
            listening.cancel()
            await asyncio.wait([listening])
    finally:
        await _stop(process)
