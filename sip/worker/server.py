"""The worker's unix socket: one engine at a time, the newest wins."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import structlog

from sip.worker.frames import PROTOCOL, Attach, FrameError, Refusal, pack, read_from_engine

log = structlog.get_logger(__name__)

_ATTACH_DEADLINE_S = 5.0

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter, Attach], Awaitable[None]]


@asynccontextmanager
async def listening(path: Path, serve: Serve) -> AsyncIterator[None]:
    """Accept engines at `path` (mode 0600) for the length of the block; `serve` runs once for each good `Attach`.

    A leftover socket file is replaced: the caller holds the worker's lock, so nobody listens there.
    """
    _clear(path)
    visitors: set[asyncio.Task[None]] = set()

    def arrive(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(_receive(reader, writer, serve), name="engine-connection")
        visitors.add(task)
        task.add_done_callback(visitors.discard)

    umask = os.umask(0o177)
    try:
        server = await asyncio.start_unix_server(arrive, path)
    finally:
        os.umask(umask)
    try:
        yield
    finally:
        server.close()
        for task in visitors:
            task.cancel()
        await asyncio.gather(*visitors, return_exceptions=True)
        _clear(path)


def _clear(path: Path) -> None:
    path.unlink(missing_ok=True)


async def _receive(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, serve: Serve) -> None:
    try:
        attach = await _attach(reader, writer)
        if attach is not None:
            await serve(reader, writer, attach)
    except (FrameError, TimeoutError, ConnectionError) as error:
        log.warning("connection given up", error=str(error) or type(error).__name__)
    finally:
        writer.close()


async def _attach(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> Attach | None:
    async with asyncio.timeout(_ATTACH_DEADLINE_S):
        frame = await read_from_engine(reader)
    if not isinstance(frame, Attach):
        return None
    if frame.protocol != PROTOCOL:
        reason = f"this worker speaks protocol {PROTOCOL}, the engine {frame.protocol}"
        writer.write(pack(Refusal(protocol=PROTOCOL, reason=reason)))
        await writer.drain()
        return None
    return frame
