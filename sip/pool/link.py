"""The connection to one worker process: frames in order, commands with a deadline, silence noticed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Final

from sip.commands import AnyCommand
from sip.errors import ERRORS, TelephonyError, WorkerGone
from sip.worker.frames import (
    PROTOCOL,
    Acknowledge,
    Attach,
    Beat,
    CaughtUp,
    FrameError,
    FromEngine,
    Grant,
    Happened,
    Hello,
    Order,
    Refusal,
    Reply,
    Room,
    pack,
    read_from_worker,
)
from sip.worker.pulse import Pulse

_RETRY_S: Final = 0.02
_LINGER_S: Final = 0.2


class LinkLost(Exception):
    """The worker fell silent or broke the protocol; the text says which. It is of no use any more."""


class LinkClosed(LinkLost):
    """The worker closed the connection: it died, or it dropped us while it lives on."""


class Superseded(LinkLost):
    """Another engine has taken the worker over."""


class ForeignWorker(Exception):
    """A worker of another version lives there; its calls are not ours to end."""


class Link:
    """After `open`, `run` must be running for commands to be answered."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, attach: Attach) -> None:
        self._reader = reader
        self._writer = writer
        self._pulse = Pulse(attach.heartbeat_s)
        self._window = attach.window
        self._untold = 0  # taken by the consumer, not granted again yet
        self._waiting = 0  # received, not taken by the consumer yet
        self._acknowledged = 0
        self._replies: dict[str, asyncio.Future[Reply]] = {}

    @classmethod
    async def open(cls, path: Path, attach: Attach) -> tuple[Link, Hello]:
        """Connect and be greeted; waits for a worker that is still starting, so set a deadline around it.

        Raises `ForeignWorker` or `LinkLost`.
        """
        reader, writer = await _connect(path)
        try:
            writer.write(pack(attach))
            hello = await read_from_worker(reader)
            if isinstance(hello, Refusal):
                raise ForeignWorker(hello.reason)
            if hello is None:
                raise LinkClosed("the worker closed the connection")
            if not isinstance(hello, Hello) or hello.protocol != PROTOCOL:
                raise LinkLost("the worker did not greet")
        except (FrameError, ConnectionError) as error:
            writer.close()
            raise LinkLost(str(error)) from error
        except BaseException:
            writer.close()
            raise
        return cls(reader, writer, attach), hello

    @property
    def choked(self) -> bool:
        """Whether the worker may send no more events until the consumer takes some."""
        return self._waiting + self._untold >= self._window

    async def run(
        self, happened: Callable[[Happened], None], caught_up: Callable[[CaughtUp], None], room: Callable[[Room], None]
    ) -> None:
        """Until the link is lost: always ends with `LinkLost` (or cancelled). The callbacks must not block."""
        ends = [
            asyncio.create_task(self._receive(happened, caught_up, room), name="link-in"),
            asyncio.create_task(self._beat(), name="link-beat"),
            asyncio.create_task(self._listen(), name="link-pulse"),
        ]
        try:
            done, _ = await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self.close()  # before anything is awaited: a cancellation may arrive in the middle of this
            for task in ends:
                task.cancel()
            await asyncio.gather(*ends, return_exceptions=True)
        done.pop().result()

    async def _receive(
        self, happened: Callable[[Happened], None], caught_up: Callable[[CaughtUp], None], room: Callable[[Room], None]
    ) -> None:
        while True:
            match await self._next():
                case Happened() as event:
                    self._waiting += 1
                    happened(event)
                case CaughtUp() as mark:
                    caught_up(mark)
                case Reply() as reply:
                    self._answered(reply)
                case Beat(room=told) if told is not None:
                    room(told)
                case Refusal(reason=reason):
                    raise Superseded(reason)
                case _:
                    pass

    async def _listen(self) -> None:
        await self._pulse.until_silent()
        raise LinkLost(f"no heartbeat for {self._pulse.patience_s:g} s")

    async def command(self, command: AnyCommand, timeout_s: float) -> Reply:
        """Raises what the worker answered, or `WorkerGone` after `timeout_s`, or at once when the link breaks."""
        if self._writer.is_closing():
            raise WorkerGone("the worker process is gone")
        answer = self._replies.setdefault(command.command_id, asyncio.get_running_loop().create_future())
        try:
            self._send(Order(command=command))
            async with asyncio.timeout(timeout_s):
                reply = await asyncio.shield(answer)
        except TimeoutError:
            raise WorkerGone(f"no answer to {type(command).__name__} within {timeout_s:g} s") from None
        finally:
            self._replies.pop(command.command_id, None)
        if reply.error:
            raise ERRORS.get(reply.error, TelephonyError)(reply.message)
        return reply

    def taken(self) -> None:
        """The consumer took one event of this link; grants go out in lots."""
        self._waiting -= 1
        self._untold += 1
        if self._untold * 4 >= self._window:
            self._send(Grant(events=self._untold))
            self._untold = 0

    def acknowledge(self, seq: int) -> None:
        if seq > self._acknowledged:
            self._acknowledged = seq
            self._send(Acknowledge(seq=seq))

    def close(self) -> None:
        self._writer.close()
        for answer in self._replies.values():
            if not answer.done():
                answer.set_exception(WorkerGone("the worker process is gone"))

    async def closed(self) -> None:
        """Wait for the socket to be given back; what a hung worker does not read is thrown away."""
        try:
            async with asyncio.timeout(_LINGER_S):
                await self._writer.wait_closed()
        except (ConnectionError, TimeoutError):
            self._writer.transport.abort()

    async def _next(self) -> Happened | CaughtUp | Reply | Beat | Hello | Refusal:
        try:
            frame = await read_from_worker(self._reader)
        except FrameError as error:
            raise LinkLost(str(error)) from error
        self._pulse.heard()
        if frame is None:
            raise LinkClosed("the worker closed the connection")
        return frame

    def _answered(self, reply: Reply) -> None:
        answer = self._replies.get(reply.command_id)
        if answer is not None and not answer.done():  # else its deadline has passed
            answer.set_result(reply)

    async def _beat(self) -> None:
        while True:
            self._send(Beat())
            await asyncio.sleep(self._pulse.heartbeat_s)

    def _send(self, frame: FromEngine) -> None:
        if not self._writer.is_closing():
            self._writer.write(pack(frame))


async def _connect(path: Path) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    while True:
        try:
            return await asyncio.open_unix_connection(path)
        except (FileNotFoundError, ConnectionRefusedError):
            await asyncio.sleep(_RETRY_S)
