"""What a raw file really holds, whatever its header says.

The recorder writes the header's lengths when it closes the file. After a crash they are 0 or stale, and the
file's own size is the truth. The sound itself is never touched: a repaired file is read, not rewritten.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Final

from recordings.errors import RecordingDamaged

HEAD_BYTES: Final = 4096  # enough for any header of ours; the recorder's has 44
SAMPLE_BYTES: Final = 2
_RECORDER_HEADER: Final = 44
_RECORDER_RATE: Final = 8000
_PCM: Final = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class RawLayout:
    """Mono 16-bit samples, `frames` of them from byte `offset`. `remark` says what was repaired."""

    offset: int
    frames: int
    sample_rate: int
    remark: str = ""

    @property
    def repaired(self) -> bool:
        return bool(self.remark)


@dataclass(frozen=True, slots=True)
class _Format:
    tag: int
    channels: int
    sample_rate: int
    bits: int


def read_layout(head: bytes, size: int) -> RawLayout:
    """Layout of a file of `size` bytes that begins with `head` (its first `HEAD_BYTES`).

    Raises `RecordingDamaged` when it is not a mono 16-bit PCM file of the recorder.
    """
    if size < _RECORDER_HEADER:
        raise RecordingDamaged(f"the file has {size} bytes, less than a WAV header: no sound reached the disk")
    if not any(head[:_RECORDER_HEADER]):
        return _by_size(_RECORDER_HEADER, size, _RECORDER_RATE, "header was never written")
    if head[:4] != b"RIFF" or head[8:12] != b"WAVE":
        raise RecordingDamaged("the file is not a WAV file (no RIFF/WAVE header)")
    return _walk(head, size)


def _walk(head: bytes, size: int) -> RawLayout:
    found: _Format | None = None
    position = 12
    while position + 8 <= len(head):
        name, length = struct.unpack_from("<4sI", head, position)
        position += 8
        if name == b"fmt ":
            found = _format(head, position)
        if name == b"data":
            return _data(_checked(found), position, length, size)
        position += length + length % 2
    raise RecordingDamaged("the WAV header has no data chunk")


def _format(head: bytes, position: int) -> _Format:
    try:
        tag, channels, rate, _, _, bits = struct.unpack_from("<HHIIHH", head, position)
    except struct.error:
        raise RecordingDamaged("the WAV header is cut off inside its format chunk") from None
    return _Format(tag, channels, rate, bits)


def _checked(found: _Format | None) -> _Format:
    if found is None:
        raise RecordingDamaged("the WAV header has no format chunk before its data")
    if (found.tag, found.channels, found.bits) != (_PCM, 1, 8 * SAMPLE_BYTES) or not found.sample_rate:
        raise RecordingDamaged(
            f"expected mono 16-bit PCM, found format {found.tag}, {found.channels} channels, "
            f"{found.bits} bits, {found.sample_rate} Hz"
        )
    return found


def _data(found: _Format, offset: int, length: int, size: int) -> RawLayout:
    there = size - offset
    if length == there:
        return RawLayout(offset=offset, frames=length // SAMPLE_BYTES, sample_rate=found.sample_rate)
    return _by_size(offset, size, found.sample_rate, f"header said {length} bytes of sound, the file has {there}")


def _by_size(offset: int, size: int, sample_rate: int, remark: str) -> RawLayout:
    return RawLayout(offset=offset, frames=(size - offset) // SAMPLE_BYTES, sample_rate=sample_rate, remark=remark)
