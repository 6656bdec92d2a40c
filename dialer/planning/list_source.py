"""An open list as an import reads it: a small one in a thread, a large one in a process of its own.

Judging a million rows keeps a core busy for a while; in this process it would keep the engine's loop waiting.
"""

from __future__ import annotations

import asyncio
import gc
import sys
from collections.abc import AsyncIterator, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Protocol, TypeVar

import msgspec

from campaigns.importing import AcceptedRow, CleaningReport, ListError, parse_mapping
from campaigns.importing.report import DUPLICATES
from dialer.list_file import Batch, ListFile
from dialer.planning.import_values import ImportOptions
from dialer.planning.list_child import Ask, Opened, Piece, Trouble, frame
from dialer.planning.list_run import LARGE_BYTES
from dialer.planning.open_list import Duplicate, ListSource, SourceBatch

T = TypeVar("T")
_END_S: Final = 5.0
_BUFFER: Final = 1 << 20  # bytes: a batch and more, that reading goes on while we are busy
_WORDS: Final = {
    "duplicate_in_campaign": "the campaign has a lead with this number",
    "duplicate_in_running": "another running campaign has a lead with this number",
    "duplicate_recent": "the number was imported or dialled lately",
}


@dataclass(slots=True)
class RowBatch:
    accepted: list[AcceptedRow]
    refused: int
    duplicates: int
    last_line: int
    bytes_read: int
    key: Any = field(default=None, repr=False)


def asked(
    path: Path, name: str, options: ImportOptions, *, country: str, time_zone: str, refused_directory: Path | None
) -> Ask:
    return Ask(
        path=str(path),
        name=name,
        mapping=list(options.mapping),
        saved_mapping=list(options.saved_mapping),
        country=options.country or country,
        time_zone=time_zone,
        encoding=options.encoding,
        sheet=options.sheet,
        source=options.source,
        refused_directory=str(refused_directory) if refused_directory else "",
    )


@asynccontextmanager
async def opened(ask: Ask) -> AsyncIterator[ListSource]:
    """Raises `ListError` and `OSError` for a list that cannot be used."""
    size = await asyncio.to_thread(lambda: Path(ask.path).stat().st_size)
    source = _in_process(ask, size) if size > LARGE_BYTES else _in_thread(ask, size)
    async with source as found:
        yield found


class _ThreadSource:
    """Everything that blocks runs in one thread, so that closing the file waits for the work a cancellation left."""

    def __init__(self, file: ListFile, size: int, run: _Run) -> None:
        self.name, self.sha256, self.size_bytes, self.empty = file.name, file.sha256, size, file.empty
        self.roles: Mapping[str, str] = file.reader.columns.roles()
        self._file, self._run = file, run

    async def next_batch(self) -> SourceBatch | None:
        batch = await self._run(self._file.next_batch)
        return None if batch is None else batch_of(batch, self._file.bytes_read)

    async def settle(self, batch: SourceBatch, duplicates: list[Duplicate]) -> None:
        assert isinstance(batch, RowBatch)
        await self._run(lambda: self._file.settle(batch.key, worded(duplicates)))

    async def finish(self) -> CleaningReport:
        return await self._run(lambda: self._file.report(self._file.finish()))


def batch_of(batch: Batch, bytes_read: int) -> RowBatch:
    lines = [rows[-1].line for rows in (batch.accepted, batch.refused) if rows]
    repeated = sum(row.code in DUPLICATES for row in batch.refused)
    return RowBatch(batch.accepted, len(batch.refused), repeated, max(lines), bytes_read, batch)


def worded(duplicates: list[Duplicate]) -> list[tuple[Any, ...]]:
    return [(line, e164, reason, _WORDS[reason]) for line, e164, reason in duplicates]


class _Run(Protocol):
    async def __call__(self, work: Callable[[], T]) -> T: ...


@asynccontextmanager
async def _in_thread(ask: Ask, size: int) -> AsyncIterator[_ThreadSource]:
    executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix="list")
    loop = asyncio.get_running_loop()

    async def run(work: Callable[[], T]) -> T:
        return await loop.run_in_executor(executor, work)

    try:
        file = await run(lambda: list_file(ask))
        try:
            await run(file.open)
            yield _ThreadSource(file, size, run)
        finally:
            await asyncio.shield(loop.run_in_executor(executor, file.close))
    finally:
        executor.shutdown(wait=False)


def list_file(ask: Ask) -> ListFile:
    told = parse_mapping(ask.mapping)
    mapping = parse_mapping(ask.saved_mapping, lenient=True).under(told) if ask.saved_mapping else told
    return ListFile(
        Path(ask.path),
        ask.name,
        mapping=mapping,
        country=ask.country,
        time_zone=ask.time_zone,
        encoding=ask.encoding,
        sheet=ask.sheet,
        list_source=ask.source,
        refused_directory=Path(ask.refused_directory) if ask.refused_directory else None,
    )


class _ProcessSource:
    """The other side is `list_child`; it reads ahead while we store."""

    def __init__(self, process: asyncio.subprocess.Process, size: int, opened: Opened) -> None:
        self.name, self.sha256, self.size_bytes, self.empty = opened.name, opened.sha256, size, opened.empty
        self.roles: Mapping[str, str] = opened.roles
        self._process = process
        self._report: CleaningReport | None = None

    async def next_batch(self) -> SourceBatch | None:
        message = await _received(self._process)
        if isinstance(message, Piece):
            return RowBatch(
                message.rows, message.refused, message.duplicates, message.last_line, message.bytes_read, message.number
            )
        return None

    async def settle(self, batch: SourceBatch, duplicates: list[Duplicate]) -> None:
        await _send(self._process, worded(duplicates))

    async def finish(self) -> CleaningReport:
        await _send(self._process, [])
        report = await _received(self._process)
        assert isinstance(report, CleaningReport)
        return report


@asynccontextmanager
async def _in_process(ask: Ask, size: int) -> AsyncIterator[_ProcessSource]:
    command = (sys.executable, "-m", "dialer.planning.list_child")
    process = await asyncio.create_subprocess_exec(
        *command, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, limit=_BUFFER
    )
    try:
        await _send(process, ask)
        opened = await _received(process)
        assert isinstance(opened, Opened)
        yield _ProcessSource(process, size, opened)
    finally:
        await _ended(process)


async def _ended(process: asyncio.subprocess.Process) -> None:
    """It ends by itself once nobody listens; the unfinished file of refused rows goes with it."""
    assert process.stdin is not None
    process.stdin.close()
    if process.returncode is None:
        with suppress(ProcessLookupError):
            process.terminate()
    try:
        async with asyncio.timeout(_END_S):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()


_Message = Opened | Piece | Trouble
_decode: msgspec.msgpack.Decoder[_Message] = msgspec.msgpack.Decoder(_Message)
_decode_report = msgspec.msgpack.Decoder(CleaningReport)


async def _received(process: asyncio.subprocess.Process) -> Opened | Piece | CleaningReport | None:
    """None when the rows are at their end."""
    assert process.stdout is not None
    try:
        head = await process.stdout.readexactly(5)
        content = await process.stdout.readexactly(int.from_bytes(head[1:], "big"))
    except asyncio.IncompleteReadError as error:
        raise OSError(f"reading the list ended early (exit code {await process.wait()})") from error
    match head[:1]:
        case b"E":
            return None
        case b"R":
            return _decode_report.decode(content)
    message = _decoded(content)
    if isinstance(message, Trouble):
        raise ListError(message.text, field=message.field) if message.field else OSError(message.text)
    return message


def _decoded(content: bytes) -> _Message:
    """Thousands of rows at once would set off one sweep after another."""
    swept = gc.isenabled()
    gc.disable()
    try:
        return _decode.decode(content)
    finally:
        if swept:
            gc.enable()


async def _send(process: asyncio.subprocess.Process, message: object) -> None:
    assert process.stdin is not None
    try:
        process.stdin.write(frame(b"M", message))
        await process.stdin.drain()
    except (BrokenPipeError, ConnectionResetError):
        """Why it has ended is in what it said last."""
