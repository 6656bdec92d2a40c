"""A private PostgreSQL server for the tests: its own data directory, a unix socket, nobody else's databases."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

SERVER_S = 30
_NAME = "goldenhour"


def binaries() -> Path | None:
    """The newest installed server's programs."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=lambda path: int(path.parts[-3]))
    return found[-1].parent if found else None


class PrivateServer:
    """Databases made by `create` go with the server. `settings` are those of postgresql.conf, beside our own."""

    def __init__(self, programs: Path, directory: Path, **settings: object) -> None:
        self._programs = programs
        self._settings = settings
        self._directory = directory
        self._data = directory / "data"

    def start(self) -> None:
        self._run("initdb", "-D", self._data, "-U", _NAME, "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")
        options = (
            f"-c listen_addresses='' -c unix_socket_directories={self._directory} -c fsync=off -c max_connections=60"
        )
        options += "".join(f" -c {name}={value}" for name, value in self._settings.items())
        log = self._directory / "log"
        self._run("pg_ctl", "start", "-w", "-t", SERVER_S, "-D", self._data, "-l", log, "-o", options)

    def stop(self) -> None:
        if (self._data / "postmaster.pid").exists():
            self._run("pg_ctl", "stop", "-w", "-m", "immediate", "-D", self._data)

    @property
    def pid(self) -> int:
        return int((self._data / "postmaster.pid").read_text().split()[0])

    def create(self, database: str) -> str:
        self._run("createdb", "-h", self._directory, "-U", _NAME, "-T", "template0", database)
        return self.url(database)

    def url(self, database: str) -> str:
        return f"postgresql://{_NAME}@/{database}?host={self._directory}"

    def _run(self, program: str, *arguments: object) -> None:
        """The server refuses to run as root; its own user is made by the Debian package."""
        command = [str(self._programs / program), *map(str, arguments)]
        user = pwd.getpwnam("postgres") if os.geteuid() == 0 else None
        done = subprocess.run(
            command,
            user=user.pw_uid if user else None,
            group=user.pw_gid if user else None,
            extra_groups=[] if user else None,
            cwd=self._directory,
            env={"PATH": "/usr/bin:/bin", "LC_ALL": "C"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE
            if program != "pg_ctl"
            else subprocess.DEVNULL,  # the server would hold the pipe open
            stderr=subprocess.STDOUT,
            text=True,
            timeout=SERVER_S * 2,
            check=False,
        )
        if done.returncode:
            log = self._directory / "log"
            raise RuntimeError(f"{program} failed: {done.stdout or (log.read_text() if log.exists() else '')}")


@contextmanager
def private_server(programs: Path, **settings: object) -> Iterator[PrivateServer]:
    directory = Path(tempfile.mkdtemp(prefix="gh-pg-", dir="/tmp"))  # short: a socket's path has 107 characters
    if os.geteuid() == 0:
        user = pwd.getpwnam("postgres")
        os.chown(directory, user.pw_uid, user.pw_gid)
    server = PrivateServer(programs, directory, **settings)
    try:
        server.start()
        yield server
    finally:
        server.stop()
        shutil.rmtree(directory, ignore_errors=True)
