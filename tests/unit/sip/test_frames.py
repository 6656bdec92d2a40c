"""Frames survive the wire whole, and what is no frame is said to be none."""

from __future__ import annotations

import asyncio
import struct
from datetime import UTC

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sip import commands, events
from sip.worker import frames
from sip.worker.frames import FROM_ENGINE, FROM_WORKER, MAX_FRAME, FrameError, pack, read_from_engine, read_from_worker

TEXT = st.text(max_size=20)
MOMENTS = st.datetimes(timezones=st.just(UTC))
NUMBERS = st.integers(0, 2**62)
for kind in (events.LegStatistics, events.Levels):
    st.register_type_strategy(kind, st.builds(kind))
st.register_type_strategy(str, TEXT)
st.register_type_strategy(float, st.floats(allow_nan=False))
st.register_type_strategy(int, NUMBERS)


def structs(kind: type[msgspec.Struct]) -> st.SearchStrategy[msgspec.Struct]:
    hints = msgspec.inspect.type_info(kind)
    assert isinstance(hints, msgspec.inspect.StructType)
    return st.builds(kind, **{field.name: values(field.type) for field in hints.fields})


def values(kind: msgspec.inspect.Type) -> st.SearchStrategy[object]:
    inspect = msgspec.inspect
    match kind:
        case inspect.StructType(cls=cls):
            return structs(cls)
        case inspect.DataclassType(cls=cls, fields=fields):
            return st.builds(cls, **{field.name: values(field.type) for field in fields})
        case inspect.UnionType(types=types):
            return st.one_of([values(one) for one in types])
        case inspect.StrType():
            return TEXT
        case inspect.IntType():
            return NUMBERS
        case inspect.FloatType():
            return st.floats(allow_nan=False)
        case inspect.BoolType():
            return st.booleans()
        case inspect.NoneType():
            return st.none()
        case inspect.DateTimeType():
            return MOMENTS
        case inspect.EnumType(cls=cls):
            return st.sampled_from(list(cls))
        case inspect.DictType(key_type=key, value_type=value):
            return st.dictionaries(values(key), values(value), max_size=3)
        case inspect.VarTupleType(item_type=item):
            return st.lists(values(item), max_size=3).map(tuple)
    raise AssertionError(f"no strategy for {kind}")


def union(alias: object) -> st.SearchStrategy[msgspec.Struct]:
    return st.one_of([structs(kind) for kind in alias.__args__])


ENGINE_FRAMES = union(frames.FromEngine)
WORKER_FRAMES = union(frames.FromWorker)


async def feed(*chunks: bytes) -> asyncio.StreamReader:
    reader = asyncio.StreamReader()
    for chunk in chunks:
        reader.feed_data(chunk)
    reader.feed_eof()
    return reader


@settings(max_examples=60, deadline=None)
@given(ENGINE_FRAMES)
def test_what_an_engine_says_arrives_as_said(frame: frames.FromEngine) -> None:
    assert FROM_ENGINE.decode(pack(frame)[4:]) == frame


@settings(max_examples=60, deadline=None)
@given(WORKER_FRAMES)
def test_what_a_worker_says_arrives_as_said(frame: frames.FromWorker) -> None:
    assert FROM_WORKER.decode(pack(frame)[4:]) == frame


def test_every_command_and_every_event_has_its_own_tag() -> None:
    for alias in (commands.AnyCommand, events.AnyEvent):
        tags = [kind.__struct_config__.tag for kind in alias.__args__]
        assert len(set(tags)) == len(tags)


async def test_frames_that_arrive_in_pieces_are_put_together() -> None:
    wire = pack(frames.Grant(events=7)) + pack(frames.Acknowledge(seq=8))
    reader = await feed(*(wire[at : at + 1] for at in range(len(wire))))
    assert await read_from_engine(reader) == frames.Grant(events=7)
    assert await read_from_engine(reader) == frames.Acknowledge(seq=8)
    assert await read_from_engine(reader) is None


@given(st.integers(0, 30))
def test_a_frame_cut_off_by_a_crash_is_the_end_and_not_an_error(cut: int) -> None:
    async def read() -> object:
        wire = pack(frames.Reply(command_id="x" * 30))
        return await read_from_worker(await feed(wire[:cut]))

    assert asyncio.run(read()) is None


async def test_a_length_beyond_the_limit_is_refused_before_it_is_read() -> None:
    with pytest.raises(FrameError, match="over the limit"):
        await read_from_worker(await feed(struct.pack(">I", MAX_FRAME + 1)))


async def test_bytes_of_somebody_else_are_refused() -> None:
    with pytest.raises(FrameError, match="not a frame of a worker"):
        await read_from_worker(await feed(struct.pack(">I", 4) + b"HTTP"))
    with pytest.raises(FrameError, match="not a frame of an engine"):
        await read_from_engine(await feed(pack(frames.Refusal(protocol=1, reason=""))))


def test_a_frame_too_long_to_send_is_not_sent() -> None:
    with pytest.raises(FrameError, match="over the limit"):
        pack(frames.Refusal(protocol=1, reason="x" * MAX_FRAME))
