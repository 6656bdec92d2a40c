"""One ordered writer: nothing is lost, nothing is published before it is durable, nothing blocks the rest for ever."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence

import pytest

from dialer.bus import Bus
from dialer.domain.events import DomainEvent, TrunkWentUp
from dialer.engine.journal import BATCH, Journal
from dialer.engine.receipts import Receipts
from dialer.twin.clock import VirtualClock
from dialer.twin.store import MemoryStore


class Desk:
    def __init__(self) -> None:
        self.clock, self.store, self.bus = VirtualClock(), MemoryStore(), Bus()
        self.journal = Journal(self.store, self.bus, self.clock, groups=10)
        self.published: list[DomainEvent] = []
        self.bus.subscribe("test", self.published.append)

    def event(self, name: str) -> TrunkWentUp:
        return TrunkWentUp(occurred_at=self.clock.now(), trunk=name)

    def written(self) -> list[str]:
        return [e.trunk for e in self.store.events if isinstance(e, TrunkWentUp)]


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    desk = Desk()
    writer = asyncio.get_running_loop().create_task(desk.journal.run())
    yield desk
    writer.cancel()


async def test_events_are_written_in_order_and_published_afterwards(desk: Desk) -> None:
    order: list[str] = []
    desk.store.before_record = lambda _: order.append(f"published {len(desk.published)}")
    for name in "abc":
        desk.journal.append([desk.event(name)], lambda name=name: order.append(name))  # type: ignore[misc]
    await desk.journal.flush()
    assert order == ["published 0", "a", "b", "c"]
    assert desk.written() == ["a", "b", "c"]
    assert len(desk.published) == 3


async def test_a_group_is_written_whole(desk: Desk) -> None:
    batches: list[int] = []
    desk.store.before_record = lambda events: batches.append(len(events))
    for _ in range(BATCH + 1):
        desk.journal.append([desk.event("a"), desk.event("b")])
    await desk.journal.flush()
    assert batches == [2 * BATCH, 2]


async def test_commit_returns_when_durable(desk: Desk) -> None:
    await desk.journal.commit([desk.event("a")])
    assert desk.written() == ["a"]


async def test_a_store_that_is_away_is_waited_for(desk: Desk) -> None:
    troubles: list[str] = []
    desk.journal.trouble, desk.journal.well = troubles.append, lambda: troubles.append("well")
    desk.store.away = True
    desk.journal.append([desk.event("a")])
    await desk.clock.passes(minutes=2)
    assert desk.published == []
    assert troubles
    desk.store.away = False
    await desk.clock.passes(seconds=6)
    assert desk.written() == ["a"]
    assert troubles[-1] == "well"


async def test_new_work_waits_while_the_journal_is_full_and_running_calls_do_not(desk: Desk) -> None:
    desk.store.away = True
    for n in range(300):
        desk.journal.append([desk.event(str(n))])
    assert desk.journal.full
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(30):
            await desk.journal.room()
    desk.store.away = False
    async with asyncio.timeout(30):
        await desk.journal.room()
    await desk.journal.flush()
    assert desk.written() == [str(n) for n in range(300)]


async def test_one_event_the_store_will_never_take_does_not_hold_up_the_others(desk: Desk) -> None:
    def poison(events: Sequence[DomainEvent]) -> None:
        if any(getattr(e, "trunk", "") == "poison" for e in events):
            raise ValueError("not this one")

    desk.store.before_record = poison
    for name in ("a", "poison", "b"):
        desk.journal.append([desk.event(name)])
    await desk.clock.passes(seconds=30)
    assert desk.written() == ["a", "b"]


async def test_a_worker_is_acknowledged_up_to_the_first_event_still_open() -> None:
    told: list[tuple[str, int]] = []
    receipts = Receipts(lambda worker, seq: told.append((worker, seq)))
    assert all(receipts.take("w1", seq) for seq in (1, 2, 3, 5))
    receipts.settle("w1", 2)
    receipts.settle("w1", 5)
    assert told == []
    receipts.settle("w1", 1)
    assert told == [("w1", 2)]
    receipts.settle("w1", 3)
    assert told == [("w1", 2), ("w1", 5)]
    assert receipts.unsettled() == 0


async def test_a_delivery_seen_before_is_not_taken_again_but_a_new_process_counts_anew() -> None:
    receipts = Receipts(lambda *_: None)
    assert receipts.take("w1", 7)
    assert not receipts.take("w1", 7)
    assert receipts.take("w2", 7)
    assert receipts.take("w1", 0), "what the pool itself says has no number"
    receipts.forget("w1")
    assert receipts.take("w1", 1)
