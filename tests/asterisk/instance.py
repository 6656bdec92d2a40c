"""One running Asterisk of the bed: carrier and PBX on its own ports, gone when its test session ends."""

from __future__ import annotations

import asyncio
import os
import secrets
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from sip.trunks import Trunk
from tests.asterisk import cdr
from tests.asterisk.cdr import Cdr
from tests.asterisk.chroot import ROOT, BedUnavailable
from tests.asterisk.options import wait_for_options
from tests.asterisk.ports import Ports, reserved_ports

CONFIGURE = ROOT / "docker" / "asterisk" / "configure.sh"
READY_S = 20.0
STOP_S = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class PhoneAccount:
    """What an agent's phone registers with."""

    extension: str
    password: str
    server: str  # host:port


@dataclass(frozen=True, slots=True, kw_only=True)
class Asterisk:
    ports: Ports
    directory: Path  # etc, log, run, spool and db of this instance, as seen from outside of the chroot
    address: str = "127.0.0.1"
    trunk_password: str = field(default_factory=lambda: secrets.token_urlsafe(12), repr=False)
    phone_password: str = field(default_factory=lambda: secrets.token_urlsafe(12), repr=False)

    @property
    def sip_address(self) -> str:
        """Digest trunk and phones."""
        return f"{self.address}:{self.ports.sip}"

    @property
    def address_trunk_address(self) -> str:
        """Calls to this port are let in by their source address."""
        return f"{self.address}:{self.ports.address_trunk}"

    def digest_trunk(self, name: str = "carrier", *, lines: int = 30, calls_per_second: float = 50.0) -> Trunk:
        return Trunk(
            name=name, address=self.sip_address, register=True, user="goldenhour", password=self.trunk_password,
            lines=lines, calls_per_second=calls_per_second, caller_id="+861087654321",
        )  # fmt: skip

    def address_trunk(self, name: str = "pbx", *, lines: int = 30, calls_per_second: float = 50.0) -> Trunk:
        return Trunk(
            name=name, address=self.address_trunk_address, lines=lines, calls_per_second=calls_per_second,
            caller_id="+861087654321",
        )  # fmt: skip

    def phone(self, extension: str) -> PhoneAccount:
        """Account of an agent's phone, 1001 to 1020."""
        return PhoneAccount(extension=extension, password=self.phone_password, server=self.sip_address)

    def cdrs(self) -> list[Cdr]:
        """Records of all calls that have ended so far, in the order of their ends."""
        return cdr.read(self.directory / "log" / "cdr-custom" / "calls.csv")

    async def cdr(self, sip_call_id: str, *, within_s: float = 5.0) -> Cdr:
        """The record of one call; waits for its end to be written."""
        found = await self.cdrs_when(lambda records: any(r.sip_call_id == sip_call_id for r in records), within_s)
        return next(record for record in found if record.sip_call_id == sip_call_id)

    async def cdrs_when(self, enough: Callable[[list[Cdr]], bool], within_s: float = 5.0) -> list[Cdr]:
        """All records, once `enough` is true of them. Raises `TimeoutError` with what there is."""
        deadline = time.monotonic() + within_s
        while not enough(records := self.cdrs()):
            if time.monotonic() > deadline:
                raise TimeoutError(f"no such call records within {within_s} s; there are {records}\n{self.log()}")
            await asyncio.sleep(0.05)
        return records

    def log(self) -> str:
        """Notices, warnings and errors of this instance."""
        path = self.directory / "log" / "messages.log"
        return path.read_text() if path.exists() else ""


def _configure(asterisk: Asterisk, chroot: Path) -> Path:
    inside = Path("/") / asterisk.directory.relative_to(chroot)
    rtp_from, rtp_to = asterisk.ports.rtp
    values = {
        "ROOT": str(chroot),
        "BED_ADDRESS": asterisk.address,
        "BED_SIP_PORT": asterisk.ports.sip,
        "BED_ADDRESS_TRUNK_PORT": asterisk.ports.address_trunk,
        "BED_RTP_FROM": rtp_from,
        "BED_RTP_TO": rtp_to,
        "BED_TRUNK_PASSWORD": asterisk.trunk_password,
        "BED_PHONE_PASSWORD": asterisk.phone_password,
    }
    environment = {"PATH": os.environ["PATH"], **{name: str(value) for name, value in values.items()}}
    subprocess.run([CONFIGURE, inside / "etc", inside], env=environment, check=True, timeout=10)
    _give_away(asterisk.directory, chroot)
    return inside / "etc" / "asterisk.conf"


def _give_away(directory: Path, chroot: Path) -> None:
    owner = (chroot / "var" / "lib" / "asterisk").stat()
    for path in (directory, *directory.rglob("*")):
        os.chown(path, owner.st_uid, owner.st_gid)


def _command(chroot: Path, configuration: Path) -> list[str]:
    # setpriv: as its own user, and told to end should the test session be killed.
    as_asterisk = ["setpriv", "--reuid", "asterisk", "--regid", "asterisk", "--clear-groups", "--pdeathsig", "TERM"]
    return ["chroot", str(chroot), *as_asterisk, "asterisk", "-f", "-C", str(configuration)]


def _know_own_name(chroot: Path) -> None:
    """Asterisk looks its machine's name up for every call, and the chroot asks no name server."""
    hosts = chroot / "etc" / "hosts"
    line = f"127.0.0.1 localhost {socket.gethostname()}\n"
    if not hosts.exists() or hosts.read_text() != line:
        fresh = hosts.with_name(f"hosts.{os.getpid()}")
        fresh.write_text(line)
        fresh.replace(hosts)


def _remove_leftovers(instances: Path) -> None:
    """Directories of sessions that were killed; their names start with the session's process id."""
    for directory in instances.iterdir():
        if not Path(f"/proc/{directory.name.split('-')[0]}").exists():
            shutil.rmtree(directory, ignore_errors=True)


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(STOP_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(STOP_S)


@contextmanager
def running_asterisk(chroot: Path) -> Iterator[Asterisk]:
    """An instance that answers OPTIONS for a number of its carrier.

    Raises `BedUnavailable` with Asterisk's own complaints when it does not come up.
    """
    instances = chroot / "srv"
    _know_own_name(chroot)
    _remove_leftovers(instances)
    with reserved_ports(chroot.parent) as ports:
        asterisk = Asterisk(ports=ports, directory=instances / f"{os.getpid()}-{ports.slot}-{secrets.token_hex(3)}")
        try:
            command = _command(chroot, _configure(asterisk, chroot))
            output = asterisk.directory / "output.log"
            with output.open("wb") as stream:
                process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=stream, stderr=stream)
            try:
                _wait_until_ready(asterisk, process, output)
                yield asterisk
            finally:
                _stop(process)
        finally:
            shutil.rmtree(asterisk.directory, ignore_errors=True)


def _wait_until_ready(asterisk: Asterisk, process: subprocess.Popen[bytes], output: Path) -> None:
    """A number of the numbering plan is there only once the dialplan, the last thing to come, is loaded."""
    server = asterisk.address_trunk_address
    if not wait_for_options(server, "13800000000", within_s=READY_S, alive=lambda: process.poll() is None):
        raise BedUnavailable(f"Asterisk does not answer at {server}:\n{output.read_text()}\n{asterisk.log()}")
