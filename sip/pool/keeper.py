"""One worker name kept alive: its process is found or started, served, buried when it dies, and started again."""

from __future__ import annotations

import asyncio
import os
import time
from collections import deque
from typing import Final, Protocol

import structlog

from sip.commands import AnyCommand, Shutdown
from sip.errors import TelephonyError, WorkerGone
from sip.pool.link import ForeignWorker, Link, LinkClosed, LinkLost, Superseded
from sip.pool.process import WorkerProcess, find, launch
from sip.pool.settings import PoolSettings
from sip.worker.frames import PROTOCOL, Attach, CaughtUp, Happened, Hello, Reply, Room
from sip.worker.journal import Contents, Entry, read_journal
from sip.worker.settings import WorkerFiles

log = structlog.get_logger(__name__)

_STORM_DEATHS: Final = 5
_STORM_S: Final = 30.0
_LONGEST_PAUSE_S: Final = 60.0
_DYING_S: Final = 5.0
_LAST_BREATH_S: Final = 0.3  # between the end of the connection and the end of the process
_STOPPING_S: Final = 6.0


class Watcher(Protocol):
    """Who wants to know; all but `prepare` return at once."""

    def greeted(self, keeper: Keeper, hello: Hello) -> None: ...
    def happened(self, keeper: Keeper, event: Happened) -> None: ...
    def caught_up(self, keeper: Keeper, mark: CaughtUp) -> None: ...
    def room(self, keeper: Keeper, room: Room) -> None: ...
    def lost(self, keeper: Keeper, reason: str, missed: list[Entry]) -> None: ...
    async def prepare(self, keeper: Keeper) -> None: ...


class Keeper:
    """`run` is the keeper's one task. `available`: the worker takes new calls; `settled`: the first try is over."""

    def __init__(self, name: str, settings: PoolSettings, watcher: Watcher, *, retiring: bool = False) -> None:
        self.name = name
        self.retiring = retiring  # a leftover that no setting asks for: its calls may end, then it goes
        self.available = False
        self.settled = asyncio.Event()
        self.reason = ""
        self.link: Link | None = None
        self._settings = settings
        self._files = WorkerFiles(settings.run_directory, name)
        self._watcher = watcher
        self._process: WorkerProcess | None = None
        self._life = ""
        self._caught_up = asyncio.Event()
        self._received = 0  # highest number handed on
        self._acknowledged = 0
        self._deaths: deque[float] = deque(maxlen=_STORM_DEATHS)
        self._storms = 0
        self._closing = False
        self._foreign = False

    async def run(self) -> None:
        """Until closed; ends earlier when the worker is somebody else's or was to go."""
        while True:
            try:
                await self._life_of_one()
            except Superseded as superseded:
                log.error("another engine has taken the worker", worker=self.name)
                self._let_go()
                self._lost(str(superseded), [])
                return
            except (LinkLost, OSError) as error:
                reason = str(error)
            except Exception as error:  # the root of the task: one worker's trouble must not end the others
                log.exception("keeper failed", worker=self.name)
                reason = f"internal error {error!r}"
            if self._closing:
                return
            await self._bury(reason)
            if self.retiring:
                return
            await asyncio.sleep(self._pause_s())

    async def command(self, command: AnyCommand) -> Reply:
        if self.link is None:
            raise WorkerGone(f"worker {self.name} is not running")
        return await self.link.command(command, self._settings.command_timeout_s)

    def acknowledge(self, seq: int) -> None:
        self._acknowledged = max(self._acknowledged, seq)
        if self.link is not None:
            self.link.acknowledge(seq)

    async def close(self, *, leave_calls: bool) -> None:
        """End the worker, or only let go of it. `run` still has to be cancelled by who started it."""
        self._closing = True
        self.available = False
        if leave_calls or self._foreign:
            if self.link is not None:
                self.link.close()
        elif self._process is not None:
            await self._end(self._process)

    async def _end(self, process: WorkerProcess) -> None:
        try:
            await self.command(Shutdown(command_id=f"{self.name}-{self._life}-shutdown"))
            ended = await process.end(_STOPPING_S)
        except TelephonyError:
            ended = False
        if not ended:
            log.warning("worker does not end by itself, killed", worker=self.name)
            process.kill()
            await process.end(_DYING_S)

    def forget(self) -> None:
        """Free what is held on the process and the socket; the last call."""
        if self.link is not None:
            self.link.close()
            self.link = None
        self._let_go()

    def _let_go(self) -> None:
        if self._process is not None:
            self._process.close()
            self._process = None

    async def _life_of_one(self) -> None:
        """Raises why the life (or our part in it) is over."""
        self._process = find(self._files) or self._launch()
        while True:
            link = await self._attach(self._process)
            try:
                await self._serve(link)
            except LinkClosed:
                if self._closing or await self._process.end(_LAST_BREATH_S):
                    raise
                log.warning("dropped by a living worker, attaching again", worker=self.name)

    def _launch(self) -> WorkerProcess:
        """In line, a millisecond: handed to a thread, a process could come up that a closing pool never hears of."""
        return WorkerProcess(launch(self._files, self._settings.worker(self.name), self._settings.python))

    async def _attach(self, process: WorkerProcess) -> Link:
        attach = Attach(
            protocol=PROTOCOL, engine=str(os.getpid()), acknowledged=self._acknowledged,
            window=self._settings.event_window, heartbeat_s=self._settings.heartbeat_s,
        )  # fmt: skip
        opening = asyncio.create_task(Link.open(self._files.socket, attach), name=f"open-{self.name}")
        exiting = asyncio.create_task(process.exited.wait(), name=f"exit-{self.name}")
        try:
            within = self._settings.start_timeout_s
            await asyncio.wait((opening, exiting), timeout=within, return_when=asyncio.FIRST_COMPLETED)
            if not opening.done():
                gone = process.exited.is_set()
                raise LinkLost(f"did not start: {process.how_it_ended() if gone else f'no greeting in {within:g} s'}")
            link, hello = opening.result()
        except ForeignWorker as foreign:
            log.error("worker of another version", worker=self.name, reason=str(foreign))
            self._foreign = True
            self.reason = str(foreign)
            self.settled.set()
            await process.exited.wait()
            self._foreign = False
            raise LinkLost(str(foreign)) from foreign
        finally:
            for task in (opening, exiting):
                task.cancel()
            await asyncio.gather(opening, exiting, return_exceptions=True)
        self._greet(hello)
        return link

    def _greet(self, hello: Hello) -> None:
        if hello.life != self._life:
            self._life = hello.life
            self._watcher.greeted(self, hello)

    async def _serve(self, link: Link) -> None:
        self.link = link
        self._caught_up.clear()
        preparing = asyncio.create_task(self._prepare(), name=f"prepare-{self.name}")
        try:
            await link.run(self._happened, self._mark, lambda room: self._watcher.room(self, room))
        finally:
            self.available = False
            self.link = None
            preparing.cancel()
            await asyncio.gather(preparing, return_exceptions=True)
            await link.closed()

    def _happened(self, event: Happened) -> None:
        assert self.link is not None
        if 0 < event.seq <= self._received:  # known from an earlier connection, or from the journal of a dead life
            self.link.taken()
        else:
            self._received = max(self._received, event.seq)
            self._watcher.happened(self, event)
        if self.link.choked:
            self.settled.set()

    def _mark(self, mark: CaughtUp) -> None:
        self._watcher.caught_up(self, mark)
        self._caught_up.set()

    async def _prepare(self) -> None:
        await self._caught_up.wait()
        if self.retiring:
            await self.command(Shutdown(command_id=f"{self.name}-{self._life}-retire", when_idle=True))
        else:
            await self._watcher.prepare(self)
            self.available = True
        self.settled.set()

    async def _bury(self, reason: str) -> None:
        """Make certain that the process is dead, then hand over what it still had to say."""
        if (process := self._process) is not None:
            process.kill()
            await process.end(_DYING_S)
            reason = f"{process.how_it_ended()} ({reason})"
            self._let_go()
        contents = await asyncio.to_thread(self._read_journal)
        missed = [entry for entry in contents.entries if entry.seq > self._received]
        self._received = max(self._received, contents.last_seq)
        self._deaths.append(time.monotonic())
        self._lost(reason, missed)

    def _read_journal(self) -> Contents:
        try:
            return read_journal(self._files.journal)
        except OSError as error:
            log.error("journal of a dead worker not readable", worker=self.name, error=str(error))
            return Contents()

    def _lost(self, reason: str, missed: list[Entry]) -> None:
        self._life = ""
        self.reason = f"{reason}{self._storm()}"
        log.error("worker lost", worker=self.name, reason=self.reason, log=str(self._files.log))
        self._watcher.lost(self, self.reason, missed)
        self.settled.set()

    def _storm(self) -> str:
        dying = len(self._deaths) == _STORM_DEATHS and self._deaths[-1] - self._deaths[0] < _STORM_S
        self._storms = self._storms + 1 if dying else 0
        if not dying:
            return ""
        return f"; {_STORM_DEATHS} deaths within {_STORM_S:g} s, next start in {self._pause_s():g} s"

    def _pause_s(self) -> float:
        return min(2.0**self._storms, _LONGEST_PAUSE_S) if self._storms else 0.0
