"""Attempts a second through the whole engine on SQLite: lease, verdict, attempt row, events, outcome, next step.

Lines are the tests' fake, so that nothing but the dialer itself is measured: every number is busy after a moment.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from bench.figure import Figure, Goal
from campaigns.campaign import CampaignSettings
from dialer.bus import Bus
from dialer.clock import SystemClock
from dialer.db.store import open_store
from dialer.domain.events import CallEnded, DomainEvent
from dialer.engine.engine import Engine
from dialer.engine.settings import EngineSettings
from dialer.policies import PolicyBook
from dialer.ports import Agent, NewLead, Store
from dialer.twin.library import FakeLibrary
from dialer.twin.parties import refuses
from dialer.twin.telephony import FakeTelephony
from sip.causes import LegOutcome
from sip.trunks import Trunk

AGENTS = 40
LEADS = 6000
WARM_UP = 200
ATTEMPTS = 3000


async def measure() -> list[Figure]:
    ended = Counter()
    async with _engine(ended):
        await ended.reaches(WARM_UP)
        since, cpu = time.monotonic(), time.process_time()
        await ended.reaches(WARM_UP + ATTEMPTS)
        seconds, used = time.monotonic() - since, time.process_time() - cpu
    return [
        Figure(
            figure="bookkeeping",
            value=round(ATTEMPTS / seconds, 1),
            unit="attempts/s",
            goal=Goal(">=", 200.0),
            details={
                "attempts": ATTEMPTS,
                "agents": AGENTS,
                "cpu_ms_per_attempt": round(1000 * used / ATTEMPTS, 2),
                "store": "SQLite, WAL, synchronous FULL for attempt rows and outcomes",
            },
        )
    ]


class Counter:
    def __init__(self) -> None:
        self.count = 0
        self._changed = asyncio.Event()

    def note(self, event: DomainEvent) -> None:
        if isinstance(event, CallEnded):
            self.count += 1
            self._changed.set()

    async def reaches(self, count: int) -> None:
        async with asyncio.timeout(300):
            while self.count < count:
                self._changed.clear()
                await self._changed.wait()


@asynccontextmanager
async def _engine(ended: Counter) -> AsyncIterator[Engine]:
    clock, bus = SystemClock(), Bus()
    store = await open_store(f"sqlite:///{Path(tempfile.mkdtemp(prefix='goldenhour-bench-')) / 'goldenhour.db'}")
    lines = FakeTelephony(clock, max_legs=2 * AGENTS + 80)
    lines.everybody = refuses(486, 17, LegOutcome.BUSY, after=0.01)
    for number in range(AGENTS):
        await store.save_agent(Agent(agent_id=f"a{number}", name=f"a{number}", phone=f"sip:a{number}@desk"))
    trunk = Trunk(name="carrier", address="192.0.2.1", lines=1000, calls_per_second=100_000.0)
    settings = EngineSettings(policies=PolicyBook.load(rehearsal=True), breaker_failures=10**6)
    engine = Engine(store, lines, clock, bus, FakeLibrary(), settings, [trunk])
    try:
        async with engine:
            with bus.subscribe("bench", ended.note):
                campaign = CampaignSettings(code="bench", name="Bench", trunks=("carrier",))
                await _fill(store, (await engine.create_campaign(campaign)).campaign_id, clock)
                for number in range(AGENTS):
                    await engine.make_ready(f"a{number}")
                await engine.start_campaign("bench")
                yield engine
                engine.stop_dialling()
    finally:
        await store.close()


async def _fill(store: Store, campaign_id: int, clock: SystemClock) -> None:
    at = clock.now()
    import_id = await store.begin_import(campaign_id, file_name="bench", sha256="", at=at)
    rows = [
        NewLead(row=n, name=f"n{n}", numbers=(("main", f"+86138{n:08d}"),), country="CN", time_zone="Asia/Shanghai")
        for n in range(LEADS)
    ]
    await store.add_leads(import_id, rows, due_at=at)
    await store.finish_import(import_id, at=at, rows=LEADS, accepted=LEADS, duplicates=0, refused=0, refused_file="")
