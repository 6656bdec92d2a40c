"""The one schema between an engine and a line worker: length-prefixed msgpack frames on a unix socket.

A frame is four bytes of length (big endian) and that many bytes of msgpack. The engine speaks first (`Attach`), the
worker answers `Hello` or `Refusal`; then both sides beat. Events flow only as far as the engine granted room for
them, so that a slow engine never makes either process grow.
"""

from __future__ import annotations

import asyncio
import struct
from typing import Final

import msgspec

from sip.commands import AnyCommand
from sip.events import AnyEvent, HeldLeg, LegStatistics, Levels, WorkerCapacity

PROTOCOL: Final = 2
MAX_FRAME: Final = 1 << 20
_LENGTH: Final = struct.Struct(">I")


class FrameError(Exception):
    """What arrived is no frame of this protocol; the connection cannot go on."""


class Room(msgspec.Struct, frozen=True, kw_only=True):
    """Leg slots of the worker as the station counts them."""

    free_legs: int
    draining_legs: int


class Attach(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """An engine takes the worker over. `window` events may be sent before the first `Grant`."""

    protocol: int
    engine: str
    acknowledged: int
    window: int
    heartbeat_s: float


class Order(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    command: AnyCommand


class Acknowledge(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Every event up to `seq` is durable at the engine."""

    seq: int


class Grant(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """The engine has taken this many events out of its queue: as many more may be sent."""

    events: int


class Beat(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Alive. A worker tells its room with it."""

    room: Room | None = None


class Hello(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """`life` differs between two processes of the same worker name."""

    protocol: int
    worker: str
    life: str
    pid: int
    sip_address: str
    capacity: WorkerCapacity


class Refusal(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """The worker cannot serve this engine, for example because it speaks another protocol version."""

    protocol: int
    reason: str


class Happened(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """An event. `seq` 0 marks passing state (`CapacityChanged`) that is neither journaled nor acknowledged.

    `room` comes with the end of a leg, so that the engine never sees a leg gone and its slot not yet draining.
    """

    seq: int
    event: AnyEvent
    room: Room | None = None


class CaughtUp(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """All unacknowledged events were sent; `held` is what the worker holds exactly here in the stream."""

    held: tuple[HeldLeg, ...]
    trunks: dict[str, str]  # leg -> trunk it was placed over
    room: Room
    adopted: bool


class Reply(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """`error` is a code of `sip.errors.ERRORS`, empty when the command was carried out."""

    command_id: str
    error: str = ""
    message: str = ""
    levels: Levels | None = None
    statistics: LegStatistics | None = None


FromEngine = Attach | Order | Acknowledge | Grant | Beat
FromWorker = Hello | Refusal | Happened | CaughtUp | Reply | Beat

_encoder: Final = msgspec.msgpack.Encoder()
FROM_ENGINE: Final = msgspec.msgpack.Decoder(FromEngine)
FROM_WORKER: Final = msgspec.msgpack.Decoder(FromWorker)


def pack(frame: FromEngine | FromWorker) -> bytes:
    """The frame as it goes over the wire. Raises `FrameError` when it is longer than `MAX_FRAME`."""
    body = _encoder.encode(frame)
    if len(body) > MAX_FRAME:
        raise FrameError(f"{type(frame).__name__} frame of {len(body)} bytes is over the limit of {MAX_FRAME}")
    return _LENGTH.pack(len(body)) + body


async def read_body(reader: asyncio.StreamReader) -> bytes | None:
    """One frame's msgpack; None when the other side closed, also in the middle of a frame."""
    try:
        (length,) = _LENGTH.unpack(await reader.readexactly(_LENGTH.size))
        if length > MAX_FRAME:
            raise FrameError(f"frame of {length} bytes is over the limit of {MAX_FRAME}")
        return await reader.readexactly(length)
    except (asyncio.IncompleteReadError, ConnectionError):
        return None


async def read_from_engine(reader: asyncio.StreamReader) -> FromEngine | None:
    """Raises `FrameError`; None at the end of the connection."""
    body = await read_body(reader)
    try:
        return None if body is None else FROM_ENGINE.decode(body)
    except msgspec.DecodeError as error:
        raise FrameError(f"not a frame of an engine: {error}") from error


async def read_from_worker(reader: asyncio.StreamReader) -> FromWorker | None:
    """Raises `FrameError`; None at the end of the connection."""
    body = await read_body(reader)
    try:
        return None if body is None else FROM_WORKER.decode(body)
    except msgspec.DecodeError as error:
        raise FrameError(f"not a frame of a worker: {error}") from error
