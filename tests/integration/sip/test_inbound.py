"""A customer calls the site over loopback: the agent who knows him picks up, both hear each other, and the recording
holds each on his channel."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import soundfile

from campaigns.campaign import CampaignSettings
from campaigns.inbound import InboundOutcome
from dialer.bus import Bus
from dialer.clock import SystemClock
from dialer.db.store import open_store
from dialer.domain.agent import LegMode
from dialer.domain.inbound import InboundState
from dialer.engine.engine import Engine
from dialer.engine.inbound_settings import Desk, InboundSettings, InboundTrunk
from dialer.engine.settings import EngineSettings
from dialer.policies import PolicyBook
from dialer.ports import Agent
from dialer.ports.archive import Archive
from dialer.ports.inbound import InboundRow, NewCaller
from recordings.library import RecordingLibrary
from sip.causes import LegOutcome
from sip.commands import PlaceLeg
from sip.events import LegAnswered, LegEnded, LegIncoming, LegRinging
from sip.pool import LinePool, PoolSettings
from sip.trunks import Trunk
from tests.integration.sip.floor import Listener, eventually, listening, no_worker_stays
from tests.integration.sip.tones import hears, read, write

__all__ = ["no_worker_stays"]

OURS, CUSTOMER = "+862112345678", "+8613812345678"
CALLER_HZ, AGENT_HZ = 440.0, 880.0


@dataclass
class Site:
    """Ours, and on `far` the customer's telephone beside the agent's."""

    engine: Engine
    store: Archive
    lines: LinePool
    far: LinePool
    heard: Listener
    directory: Path

    async def calls(
        self, name: str = "customer", *, worker: str = "w1", caller: str = CUSTOMER, destination: str = ""
    ) -> None:
        address = destination or f"sip:{OURS}@{self.lines.worker_address(worker)}"
        order = PlaceLeg(command_id=name, leg_id=name, destination=address, caller_id=caller, ring_time_s=30)
        await self.far.place("far1", order)

    async def agent_picks_up(self) -> str:
        """His phone rings, he answers and speaks."""
        incoming: LegIncoming = await self.heard.until(LegIncoming)
        assert incoming.to_number == "901"
        await self.far.answer(incoming.leg_id)
        await self.heard.until(LegAnswered, leg_id=incoming.leg_id)
        await self.speaks(incoming.leg_id, AGENT_HZ)
        return incoming.leg_id

    async def speaks(self, leg_id: str, hertz: float) -> None:
        path = self.directory / f"{hertz:.0f}.wav"
        write(path, hertz, 5.0)
        await self.far.play(f"{leg_id}.voice", leg_id, str(path), loop=True)

    async def over(self) -> InboundRow:
        rows: list[InboundRow] = []
        async with asyncio.timeout(10):
            while not rows or rows[-1].ended_at is None:
                await asyncio.sleep(0.05)
                rows = await self.store.inbound.page()
        return rows[-1]


def pool_settings(directory: Path, prefix: str, ports: int, **settings: Any) -> PoolSettings:
    return PoolSettings(
        run_directory=directory / prefix, worker_prefix=prefix, rtp_port_from=ports, rtp_port_to=ports + 999,
        idle_exit_s=5.0, **settings,
    )  # fmt: skip


def build(directory: Path, store: Archive, trunk: Trunk, *, workers: int = 1) -> tuple[Engine, LinePool]:
    """An engine over the workers in that directory: new ones, or those an earlier engine left."""
    lines = LinePool(pool_settings(directory, "w", 36000, workers=workers))
    taken = InboundTrunk(country="CN", other_numbers=Desk(campaign="autumn"), user=trunk.user)
    settings = EngineSettings(
        policies=PolicyBook.load(), disk_floor_bytes=1, inbound=InboundSettings(trunks={"carrier": taken}, wait_s=5.0)
    )
    library = RecordingLibrary(directory / "recordings", format="wav")
    return Engine(store, lines, SystemClock(), Bus(), library, settings, [trunk]), lines


@asynccontextmanager
async def site(
    directory: Path, *, address: str = "127.0.0.1:5060", workers: int = 1, trunk: Trunk | None = None
) -> AsyncIterator[Site]:
    far = LinePool(pool_settings(directory, "far", 34000, workers=1, accept_incoming=True))
    store = await open_store(f"sqlite:///{directory / 'site.db'}")
    carrier = trunk or Trunk(name="carrier", address=address, inbound=True)
    engine, lines = build(directory, store, carrier, workers=workers)
    async with listening(far) as heard:
        await far.start()
        try:
            phone = f"sip:901@{far.worker_address('far1')}"
            await store.save_agent(Agent(agent_id="mei", name="Mei", phone=phone, leg_mode=LegMode.ON_CONNECT))
            async with engine:
                await engine.create_campaign(CampaignSettings(code="autumn", name="Autumn", trunks=("carrier",)))
                yield Site(engine, store, lines, far, heard, directory)
        finally:
            await far.close()
            await store.close()


async def known_to_mei(here: Site) -> None:
    """The customer is a lead of hers."""
    campaign, now = await here.store.campaign("autumn"), SystemClock().now()
    assert campaign is not None
    customer = NewCaller(
        campaign_id=campaign.campaign_id, number=CUSTOMER, name="Ms Wu", country="CN", time_zone="Asia/Shanghai",
        owner="mei",
    )  # fmt: skip
    await here.store.inbound.enter(customer, due_at=now, at=now)


async def both_hear(here: Site, phone: str) -> None:
    """Measured where they are, for two seconds."""
    await here.far.start_recording("ears", customer_leg="customer", agent_leg=phone, directory=str(here.directory))
    await asyncio.sleep(2.0)
    await here.far.stop_recording("ears")
    await eventually((here.directory / "ears.agent.wav").exists)
    await asyncio.sleep(0.2)
    assert hears(read(here.directory / "ears.customer.wav"), AGENT_HZ) > 1.5, "the customer hears the agent"
    assert hears(read(here.directory / "ears.agent.wav"), CALLER_HZ) > 1.5, "the agent hears the customer"


async def test_a_customer_who_calls_hears_the_agent_and_the_recording_has_both_apart(tmp_path: Path) -> None:
    async with site(tmp_path) as here:
        await known_to_mei(here)
        await here.engine.make_ready("mei")
        await here.calls(caller="013812345678")
        called = asyncio.get_running_loop().time()
        await here.heard.until(LegRinging, leg_id="customer", within=1.0)
        assert asyncio.get_running_loop().time() - called < 1.0
        phone = await here.agent_picks_up()
        await here.heard.until(LegAnswered, leg_id="customer")
        await here.speaks("customer", CALLER_HZ)
        await eventually(_connected(here), what="joined")
        [card] = here.engine.floor().inbound
        assert (card.lead_name, card.number, card.called, card.agent_id) == ("Ms Wu", CUSTOMER, OURS, "mei")
        await both_hear(here, phone)
        await here.far.hang_up("customer")
        row = await here.over()
        await here.engine.dispose(row.inbound_id, "SALE")
        await eventually(lambda: not here.engine._recordings.unfinished(), within=8, what="the recording in its place")
        row = await here.over()
    assert (row.outcome, row.agent_id, row.rings, row.disposition) == (InboundOutcome.ANSWERED, "mei", 1, "SALE")
    sound, rate = soundfile.read(tmp_path / "recordings" / (row.recording_path or ""))
    assert (sound.shape[1], rate) == (2, 8000)
    assert hears(sound[:, 0], AGENT_HZ) > 1.5, "the agent is on the left"
    assert hears(sound[:, 1], CALLER_HZ) > 1.5, "the customer is on the right"


def _connected(here: Site) -> Callable[[], bool]:
    return lambda: any(one.state is InboundState.CONNECTED for one in here.engine.floor().inbound)


async def test_a_customer_nobody_takes_hears_it_ring_until_the_limit_and_is_refused_then(tmp_path: Path) -> None:
    async with site(tmp_path) as here:
        await here.calls()
        ended = await here.heard.until(LegEnded, leg_id="customer", within=8.0)
        row = await here.over()
    assert ended.cause.sip_status == 480
    assert LegAnswered not in [type(event) for event in here.heard.events]
    assert (row.outcome, row.caller, row.lead_id) == (InboundOutcome.MISSED, CUSTOMER, None)


async def test_one_call_to_several_workers_rings_at_one_and_a_stranger_at_none(tmp_path: Path) -> None:
    async with site(tmp_path, workers=2) as here:
        await here.calls("first", worker="w1")
        await here.heard.until(LegRinging, leg_id="first")
        await here.calls("fork", worker="w2")
        fork = await here.heard.until(LegEnded, leg_id="fork")
        assert (fork.outcome, fork.cause.sip_status) == (LegOutcome.BUSY, 486)
        await here.far.hang_up("first")
        row = await here.over()
        assert row.outcome is InboundOutcome.ABANDONED
        assert len(await here.store.inbound.page()) == 1


@pytest.mark.parametrize("address", ["192.0.2.7"])
async def test_whoever_calls_from_elsewhere_is_turned_away_and_nobody_is_told(tmp_path: Path, address: str) -> None:
    async with site(tmp_path, address=address) as here:
        await here.calls()
        ended = await here.heard.until(LegEnded, leg_id="customer")
        assert ended.cause.sip_status == 480
        assert await here.store.inbound.page() == []


async def test_a_conversation_outlives_its_engine_and_the_next_one_ends_it_in_order(tmp_path: Path) -> None:
    """The first engine lets go of its workers; what it left is spoken for by the second."""
    trunk = Trunk(name="carrier", address="127.0.0.1:5060", inbound=True)
    far = LinePool(pool_settings(tmp_path, "far", 34000, workers=1, accept_incoming=True))
    store = await open_store(f"sqlite:///{tmp_path / 'site.db'}")
    async with listening(far) as heard:
        await far.start()
        try:
            phone = f"sip:901@{far.worker_address('far1')}"
            await store.save_agent(Agent(agent_id="mei", name="Mei", phone=phone, leg_mode=LegMode.ON_CONNECT))
            first, lines = build(tmp_path, store, trunk)
            async with first:
                await first.create_campaign(CampaignSettings(code="autumn", name="Autumn", trunks=("carrier",)))
                here = Site(first, store, lines, far, heard, tmp_path)
                await known_to_mei(here)
                await first.make_ready("mei")
                await here.calls()
                await here.agent_picks_up()
                await eventually(_connected(here), what="joined")
                await asyncio.sleep(0.5)
                first.leave_calls = True
            second, lines = build(tmp_path, store, trunk)
            async with second:
                here = Site(second, store, lines, far, heard, tmp_path)
                await eventually(_connected(here), within=8, what="taken over")
                assert [one.agent_id for one in second.floor().inbound] == ["mei"]
                await asyncio.sleep(0.5)
                await far.hang_up("customer")
                row = await here.over()
                await eventually(lambda: not second._recordings.unfinished(), within=8, what="the recording")
                row = await here.over()
        finally:
            await far.close()
            await store.close()
    assert (row.outcome, row.agent_id) == (InboundOutcome.ANSWERED, "mei")
    assert (tmp_path / "recordings" / (row.recording_path or "none")).is_file()
