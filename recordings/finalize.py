"""Two mono recordings into one stereo: agent left, customer right, sample-aligned, a block at a time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, Final, Protocol

import numpy as np
import numpy.typing as npt

from recordings.errors import RecordingDamaged
from recordings.repair import SAMPLE_BYTES, RawLayout

Frames = npt.NDArray[np.int16]

BLOCK_FRAMES: Final = 80_000  # ten seconds: 320 kB, whatever the length of the call
# The two recorders close one after the other; one tick of the bridge (20 ms at 8 kHz) between them is no news.
UNREMARKABLE_FRAMES: Final = 160


class SoundSource(Protocol):
    def read(self, frames: int, dtype: str, always_2d: bool) -> Frames: ...


class SoundSink(Protocol):
    def write(self, data: Frames) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class MergePlan:
    frames: int
    sample_rate: int
    repaired: bool
    remark: str

    @property
    def duration_s(self) -> float:
        return self.frames / self.sample_rate


def plan_merge(*, agent: RawLayout, customer: RawLayout) -> MergePlan:
    """How the two sides fit together; a side without frames is filled with silence.

    Raises `RecordingDamaged` when there is nothing to hear on either side, or the rates differ.
    """
    both = {"agent": agent, "customer": customer}
    sides = {name: side for name, side in both.items() if side.frames}
    rates = {side.sample_rate for side in sides.values()}
    if not sides:
        raise RecordingDamaged(f"neither side has any sound: {describe_sides(agent=agent, customer=customer)}")
    if len(rates) > 1:
        raise RecordingDamaged(f"the two sides were recorded at different rates: {sorted(rates)} Hz")
    rate = rates.pop()
    remarks = [f"{name}: {side.remark}" for name, side in sides.items() if side.repaired]
    remarks += [f"{name}: {_silence(side)}, filled with silence" for name, side in both.items() if not side.frames]
    remarks += _gap({name: side.frames for name, side in sides.items()}, rate)
    return MergePlan(
        frames=max(side.frames for side in sides.values()),
        sample_rate=rate,
        repaired=any(side.repaired for side in sides.values()) or len(sides) < 2,
        remark="; ".join(remarks),
    )


def describe_sides(*, agent: RawLayout, customer: RawLayout) -> str:
    return f"agent: {_silence(agent)}; customer: {_silence(customer)}"


def _silence(side: RawLayout) -> str:
    if side.frames:
        return "the file holds sound"
    return side.remark or "the file has a header and no sound"


def _gap(frames: dict[str, int], rate: int) -> list[str]:
    shorter = min(frames, key=lambda name: frames[name])
    gap = max(frames.values()) - frames[shorter]
    if gap <= UNREMARKABLE_FRAMES:
        return []
    return [f"{shorter}: {gap / rate:.2f} s shorter, filled with silence"]


def mono_blocks(stream: BinaryIO | None, layout: RawLayout, frames: int) -> Iterator[Frames]:
    """Exactly `frames` samples; silence where the file has ended, or was never there (`stream` None)."""
    left = layout.frames
    if stream is not None:
        stream.seek(layout.offset)
    for start in range(0, frames, BLOCK_FRAMES):
        block = np.zeros(min(BLOCK_FRAMES, frames - start), dtype=np.int16)
        wanted = min(left, len(block))
        if stream is not None and wanted:
            sound = np.frombuffer(stream.read(wanted * SAMPLE_BYTES), dtype="<i2")
            block[: len(sound)] = sound
            left -= wanted
        yield block


def stereo_blocks(agent: Iterator[Frames], customer: Iterator[Frames]) -> Iterator[Frames]:
    for left, right in zip(agent, customer, strict=True):
        yield np.column_stack((left, right))


def sound_blocks(source: SoundSource) -> Iterator[Frames]:
    """The rest of `source`, two-dimensional, in blocks."""
    while len(block := source.read(BLOCK_FRAMES, dtype="int16", always_2d=True)):
        yield block


def write_all(sound: Iterator[Frames], sink: SoundSink) -> int:
    """Frames written."""
    written = 0
    for block in sound:
        sink.write(block)
        written += len(block)
    return written


def count_frames(sound: Iterator[Frames]) -> int:
    """By decoding all of it: a header may promise what the body does not hold."""
    return sum(len(block) for block in sound)
