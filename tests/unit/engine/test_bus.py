"""Whoever watches can neither fail nor slow the engine."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

from dialer.bus import Bus
from dialer.domain.events import DomainEvent, TrunkWentUp

NOON = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)


def event(name: str) -> TrunkWentUp:
    return TrunkWentUp(occurred_at=NOON, trunk=name)


async def test_everybody_hears_everything_in_order() -> None:
    bus, heard = Bus(), list[tuple[str, DomainEvent]]()
    bus.subscribe("one", lambda e: heard.append(("one", e)))
    bus.subscribe("other", lambda e: heard.append(("other", e)))
    bus.publish([event("a"), event("b")])
    assert heard == [("one", event("a")), ("other", event("a")), ("one", event("b")), ("other", event("b"))]


async def test_a_subscriber_that_fails_harms_nobody_else() -> None:
    bus, heard = Bus(), list[DomainEvent]()

    def fails(_: DomainEvent) -> None:
        raise ZeroDivisionError

    bus.subscribe("broken", fails)
    bus.subscribe("sound", heard.append)
    bus.publish([event("a"), event("b")])
    assert len(heard) == 2


async def test_who_unsubscribed_hears_nothing_more() -> None:
    bus, heard = Bus(), list[DomainEvent]()
    with bus.subscribe("guest", heard.append):
        bus.publish([event("a")])
    bus.publish([event("b")])
    assert heard == [event("a")]


async def test_a_slow_reader_loses_the_oldest_and_is_told_how_many() -> None:
    bus = Bus()
    stream = bus.stream("slow", backlog=3)
    bus.publish([event(str(n)) for n in range(10)])
    assert stream.missed == 7
    stream.close()
    assert [e async for e in stream] == [event("7"), event("8"), event("9")]


async def test_a_reader_waits_for_what_comes_and_ends_when_closed() -> None:
    bus, heard = Bus(), list[DomainEvent]()
    stream = bus.stream("reader")

    async def read() -> None:
        heard.extend([e async for e in stream])

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(read())
        await asyncio.sleep(1)
        bus.publish([event("a")])
        await asyncio.sleep(1)
        stream.close()
    assert heard == [event("a")]
