"""Worker processes seen from outside: started, found again, watched and ended. Linux only (pidfd)."""

from __future__ import annotations

import asyncio
import os
import signal
from contextlib import suppress
from pathlib import Path

import msgspec

import sip
from sip.worker.lock import living_pid
from sip.worker.settings import WorkerFiles, WorkerSettings

_LOG_LIMIT = 10 << 20


class WorkerProcess:
    """One process, ours or one that an earlier engine left; `close` lets it live, `kill` does not."""

    def __init__(self, pid: int) -> None:
        """Raises `ProcessLookupError` when there is no such process (any more)."""
        self.pid = pid
        self._descriptor = os.pidfd_open(pid)
        self.exited = asyncio.Event()
        self.status: int | None = None  # known for our own children only
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(self._descriptor, self._gone)

    def _gone(self) -> None:
        self._loop.remove_reader(self._descriptor)
        with suppress(ChildProcessError):
            _, status = os.waitpid(self.pid, os.WNOHANG)
            self.status = os.waitstatus_to_exitcode(status)
        self.exited.set()

    def kill(self) -> None:
        with suppress(ProcessLookupError):
            signal.pidfd_send_signal(self._descriptor, signal.SIGKILL)

    async def end(self, within_s: float) -> bool:
        """Wait for the process to go by itself. False when it is still there."""
        with suppress(TimeoutError):
            async with asyncio.timeout(within_s):
                await self.exited.wait()
        return self.exited.is_set()

    def close(self) -> None:
        """Stop watching."""
        self._loop.remove_reader(self._descriptor)
        os.close(self._descriptor)

    def how_it_ended(self) -> str:
        if self.status is None:
            return "process gone"
        if self.status < 0:
            return f"killed by signal {signal.Signals(-self.status).name}"
        return f"exited with status {self.status}"


def find(files: WorkerFiles) -> WorkerProcess | None:
    """The living worker of that name, if there is one."""
    with suppress(ProcessLookupError):
        return WorkerProcess(pid) if (pid := living_pid(files.lock)) else None
    return None


def leftovers(run_directory: Path) -> list[str]:
    """Names of all workers that live in the directory."""
    return sorted(path.stem for path in run_directory.glob("*.lock") if living_pid(path) is not None)


def launch(files: WorkerFiles, settings: WorkerSettings, python: str) -> int:
    """Start a worker and return its process number. It gets a session
    of its own, so that nothing sent to our group or terminal reaches it.

    Raises `OSError` when the interpreter or the run directory is not usable.
    """
    files.settings.write_bytes(msgspec.json.format(msgspec.json.encode(settings)))
    _rotate(files.log)
    append = os.O_WRONLY | os.O_CREAT | os.O_APPEND
    return os.posix_spawn(
        python,
        [python, "-m", "sip.worker", "--settings", str(files.settings)],
        _environment(),
        file_actions=[
            (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
            (os.POSIX_SPAWN_OPEN, 1, str(files.log), append, 0o600),
            (os.POSIX_SPAWN_DUP2, 1, 2),
        ],
        setsid=True,
    )


def _environment() -> dict[str, str]:
    """Ours, with the place this package was loaded from: the worker must run the same code."""
    source = str(Path(sip.__file__).resolve().parent.parent)
    before = os.environ.get("PYTHONPATH", "")
    return {**os.environ, "PYTHONPATH": f"{source}{os.pathsep}{before}" if before else source}


def _rotate(path: Path) -> None:
    with suppress(FileNotFoundError):
        if path.stat().st_size > _LOG_LIMIT:
            path.replace(path.with_suffix(".log.1"))
