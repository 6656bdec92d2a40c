"""Every kind of simulated number, called over real SIP by a real line worker."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import TypeVar

import pytest
import pytest_asyncio

from sip.causes import LegOutcome, Origin
from sip.commands import PlaceLeg
from sip.errors import LineBusy
from sip.events import AnyEvent, DtmfReceived, LegAnswered, LegEnded, LegEvent, LegRinging
from sip.pool import LinePool, PoolSettings
from sip.simulator.behaviour import Seconds, stock_plan
from sip.simulator.carrier import SimulatedCarrier
from sip.simulator.phones import SimulatedPhones
from sip.simulator.sounds import prepare
from sip.telephony import Line
from sip.trunks import Trunk

pytestmark = [pytest.mark.sip, pytest.mark.asyncio(loop_scope="module")]
DEADLINE_S = 20.0
E = TypeVar("E", bound=LegEvent)


class Caller:
    """Places calls over the simulated carrier and remembers what is heard of them."""

    def __init__(self, pool: LinePool, carrier: SimulatedCarrier, phones: SimulatedPhones) -> None:
        self.pool, self.carrier, self.phones = pool, carrier, phones
        self._seen: list[AnyEvent] = []
        self._news = asyncio.Condition()

    async def listen(self) -> None:
        async for delivered in self.pool.events():
            self.pool.acknowledge(delivered.worker, delivered.seq)
            if isinstance(delivered.event, LegEnded):
                self.pool.release(delivered.event.leg_id.partition(".")[0])
            async with self._news:
                self._seen.append(delivered.event)
                self._news.notify_all()

    async def hears(self, kind: type[E], leg_id: str) -> E:
        async with asyncio.timeout(DEADLINE_S), self._news:
            while True:
                for event in self._seen:
                    if isinstance(event, kind) and event.leg_id == leg_id:
                        return event
                await self._news.wait()

    def never_heard(self, kind: type[LegEvent], leg_id: str) -> bool:
        return not any(isinstance(event, kind) and event.leg_id == leg_id for event in self._seen)

    async def line(self, line_id: str) -> Line:
        """Two lines there are; the legs of the call before may still be closing."""
        async with asyncio.timeout(DEADLINE_S):
            while True:
                try:
                    return self.pool.reserve(line_id)
                except LineBusy:
                    await asyncio.sleep(0.05)

    async def dials(self, ending: str, *, ring_time_s: float = 4.0) -> str:
        leg_id = f"{ending}.c"
        line = await self.line(ending)
        order = PlaceLeg(
            command_id=leg_id,
            leg_id=leg_id,
            destination=f"+8613812{ending}",
            trunk=self.pool.admit(["carrier"]),
            ring_time_s=ring_time_s,
        )
        await self.pool.place(line.worker, order)
        return leg_id


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def caller(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Caller]:
    tmp_path = tmp_path_factory.mktemp("simulator")

    def pool(prefix: str, ports: int, workers: int, *, incoming: bool) -> LinePool:
        return LinePool(
            PoolSettings(
                run_directory=tmp_path / prefix,
                workers=workers,
                worker_prefix=prefix,
                accept_incoming=incoming,
                rtp_port_from=ports,
                rtp_port_to=ports + 799,
            )
        )

    plan = stock_plan(ring=Seconds(mean=0.5), talk=Seconds(mean=2.0))
    sounds = prepare(tmp_path / "sounds")
    carrier = SimulatedCarrier(pool("c", 36000, 2, incoming=True), plan, sounds)
    phones = SimulatedPhones(pool("p", 37000, 1, incoming=True), ["1001"], sounds)
    lines = pool("w", 38000, 2, incoming=False)
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(carrier.running())
        await stack.enter_async_context(phones.running())
        await lines.start()
        stack.push_async_callback(lines.close)
        await lines.connect_trunk(Trunk(name="carrier", address=carrier.address, calls_per_second=1000.0))
        caller = Caller(lines, carrier, phones)
        listening = asyncio.create_task(caller.listen(), name="caller")
        stack.callback(listening.cancel)
        yield caller


@pytest.mark.parametrize(
    ("endings", "expected"),
    [
        (("0002", "0004"), ((LegOutcome.BUSY, 486, 17), (LegOutcome.INVALID_NUMBER, 404, 1))),
        (("0005", "0006"), ((LegOutcome.CONGESTED, 503, 34), (LegOutcome.DECLINED, 603, 21))),
    ],
)
async def test_refusing_numbers_end_as_the_network_would_end_them(
    caller: Caller, endings: tuple[str, ...], expected: tuple[tuple[LegOutcome, int, int], ...]
) -> None:
    legs = [await caller.dials(ending) for ending in endings]
    ended = [await caller.hears(LegEnded, leg) for leg in legs]
    assert [(e.outcome, e.cause.sip_status, e.cause.q850) for e in ended] == list(expected)


async def test_a_number_that_rings_for_ever_ends_with_our_ring_time(caller: Caller) -> None:
    leg = await caller.dials("0003", ring_time_s=2.0)
    ended = await caller.hears(LegEnded, leg)
    assert ended.cause.origin is Origin.RING_TIMEOUT
    assert caller.never_heard(LegAnswered, leg)


async def test_a_person_talks_and_one_who_hangs_up_at_once_does_not(caller: Caller) -> None:
    talker, hanger = await caller.dials("0001"), await caller.dials("0008")
    talked, hung = await caller.hears(LegEnded, talker), await caller.hears(LegEnded, hanger)
    talk = talked.at - (await caller.hears(LegAnswered, talker)).at
    blink = hung.at - (await caller.hears(LegAnswered, hanger)).at
    assert talk.total_seconds() > 1.5
    assert blink.total_seconds() < 0.5
    assert talked.statistics is not None
    assert talked.statistics.packets_received > 60


async def test_a_silent_phone_sends_no_packets_and_early_media_sounds_before_the_answer(caller: Caller) -> None:
    silent, early = await caller.dials("0009"), await caller.dials("0010")
    assert (await caller.hears(LegRinging, early)).early_media
    statistics = (await caller.hears(LegEnded, silent)).statistics
    assert statistics is not None
    assert statistics.packets_received == 0
    await caller.hears(LegAnswered, early)


async def test_a_person_presses_a_key(caller: Caller) -> None:
    leg = await caller.dials("0011")
    assert (await caller.hears(DtmfReceived, leg)).digit == "1"


async def test_an_agents_phone_answers_by_itself(caller: Caller) -> None:
    line = await caller.line("agent")
    phone = caller.phones.phone("1001")
    await caller.pool.place(line.worker, PlaceLeg(command_id="a", leg_id="agent", destination=phone, auto_answer=True))
    await caller.hears(LegAnswered, "agent")
    await caller.pool.hang_up("agent")
    assert (await caller.hears(LegEnded, "agent")).cause.origin is Origin.US


async def test_when_it_stops_nothing_is_left_running(tmp_path: Path) -> None:
    before = asyncio.all_tasks()
    settings = PoolSettings(
        run_directory=tmp_path / "c", workers=1, accept_incoming=True, rtp_port_from=36000, rtp_port_to=36199
    )
    carrier = SimulatedCarrier(LinePool(settings), stock_plan(), prepare(tmp_path / "sounds"))
    async with carrier.running():
        assert carrier.address
    assert asyncio.all_tasks() <= before
