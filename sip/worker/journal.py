"""Events of a worker on disk until they are acknowledged, so that kill -9 loses none.

A record is four bytes of length, four of CRC-32 and msgpack: an event with its number, or the number up to which
everything is acknowledged. Each record is one `write` to the page cache: it survives the death of the process, not
of the machine (calls do not survive that either). A torn last record is cut off.
"""

from __future__ import annotations

import os
import struct
import zlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import msgspec

from sip.events import AnyEvent

_HEAD: Final = struct.Struct(">II")
_COMPACT_AT: Final = 1 << 18


class Entry(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    seq: int
    event: AnyEvent


class Acknowledged(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    seq: int


_encoder: Final = msgspec.msgpack.Encoder()
_decoder: Final = msgspec.msgpack.Decoder(Entry | Acknowledged)


@dataclass(slots=True)
class Contents:
    """What a journal says: unacknowledged entries in order, and the highest number ever used in it."""

    entries: list[Entry] = field(default_factory=list)
    last_seq: int = 0
    sound_bytes: int = 0  # up to the first torn or damaged record


def read_journal(path: Path) -> Contents:
    """Never fails on damage: what lies behind a damaged record is not read. A missing file is an empty journal."""
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return Contents()
    contents = Contents()
    acknowledged = 0
    while (record := _record_at(data, contents.sound_bytes)) is not None:
        body, contents.sound_bytes = record
        contents.last_seq = max(contents.last_seq, body.seq)
        if isinstance(body, Entry):
            contents.entries.append(body)
        else:
            acknowledged = max(acknowledged, body.seq)
    contents.entries = [entry for entry in contents.entries if entry.seq > acknowledged]
    return contents


def _record_at(data: bytes, at: int) -> tuple[Entry | Acknowledged, int] | None:
    if at + _HEAD.size > len(data):
        return None
    length, checksum = _HEAD.unpack_from(data, at)
    body = data[at + _HEAD.size : at + _HEAD.size + length]
    if len(body) < length or zlib.crc32(body) != checksum:
        return None
    try:
        return _decoder.decode(body), at + _HEAD.size + length
    except msgspec.DecodeError:  # written by another version
        return None


def _record(body: Entry | Acknowledged) -> bytes:
    encoded = _encoder.encode(body)
    return _HEAD.pack(len(encoded), zlib.crc32(encoded)) + encoded


class Journal:
    """The writing side; one per living worker. Methods raise `OSError` when the disk refuses."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.found = read_journal(path)
        self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        os.ftruncate(self._descriptor, self.found.sound_bytes)
        self._size = self.found.sound_bytes
        self._compact_size = 0

    def append(self, entry: Entry) -> None:
        self._write(_record(entry))

    def acknowledge(self, seq: int, remaining: Iterable[Entry]) -> None:
        """`remaining` are the entries behind `seq`; a file that has doubled is written anew with only these."""
        if self._size > max(_COMPACT_AT, 2 * self._compact_size):
            self._compact(seq, remaining)
        else:
            self._write(_record(Acknowledged(seq=seq)))

    def close(self) -> None:
        os.close(self._descriptor)

    def remove(self) -> None:
        self._path.unlink(missing_ok=True)

    def _write(self, record: bytes) -> None:
        written = os.write(self._descriptor, record)
        if written != len(record):  # disk full: nothing may stay behind a torn record
            os.ftruncate(self._descriptor, self._size)
            raise OSError(f"{self._path}: {written} of {len(record)} bytes written")
        self._size += written

    def _compact(self, seq: int, remaining: Iterable[Entry]) -> None:
        fresh = self._path.with_suffix(".journal.new")
        descriptor = os.open(fresh, os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND | os.O_CLOEXEC, 0o600)
        data = b"".join([_record(Acknowledged(seq=seq)), *map(_record, remaining)])
        if os.write(descriptor, data) != len(data):
            os.close(descriptor)
            raise OSError(f"{fresh}: the disk is full")
        os.replace(fresh, self._path)
        os.close(self._descriptor)
        self._descriptor, self._size = descriptor, len(data)
        self._compact_size = self._size
