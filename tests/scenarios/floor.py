"""A telemarketing centre's working day, told in its own words."""

from __future__ import annotations

import asyncio
from collections import Counter
from contextlib import AsyncExitStack
from datetime import datetime
from typing import Any, TypeVar

from campaigns.attempt import AttemptOutcome
from campaigns.campaign import CampaignSettings
from campaigns.idle import IdleReason
from campaigns.lead import Lead, LeadState
from dialer.bus import Bus
from dialer.domain.agent import AgentState, LegMode
from dialer.domain.call import CallState
from dialer.domain.events import CallEnded, DomainEvent
from dialer.domain.ids import customer_leg
from dialer.engine.engine import Engine
from dialer.engine.floor import FloorAgent, FloorCall
from dialer.engine.settings import EngineSettings
from dialer.policies import PolicyBook
from dialer.ports import Agent, AttemptRow, NewLead
from dialer.twin.clock import VirtualClock
from dialer.twin.library import FakeLibrary
from dialer.twin.parties import Fate
from dialer.twin.store import MemoryStore
from dialer.twin.telephony import FakeTelephony
from sip.trunks import Trunk

E = TypeVar("E", bound=DomainEvent)
POLICIES = PolicyBook.load()
CARRIER = Trunk(name="carrier", address="10.0.0.1", lines=30, calls_per_second=50.0, caller_id="+862112345678")
BACKUP = Trunk(name="backup", address="10.0.0.2", lines=30, calls_per_second=50.0, caller_id="+862187654321")


def number(n: int) -> str:
    return f"+86138{n:08d}"


class Floor:
    def __init__(self) -> None:
        self.time = VirtualClock()
        self.store = MemoryStore()
        self.bus = Bus()
        self.library = FakeLibrary()
        self.telephony = FakeTelephony(self.time)
        self.trunks: tuple[Trunk, ...] = (CARRIER,)
        self.settings: dict[str, Any] = {"policies": POLICIES, "compile_rules": "here"}
        self.campaign_settings: dict[str, Any] = {"wrap_up_s": 20}
        self.engine: Engine = self._engine()
        self.expects_bugs = False
        self._stack = AsyncExitStack()
        self._running = False
        self._rows = iter(range(1, 10**6))
        self._leads: dict[str, int] = {}

    # the house
    def has_lines(self, lines: int, *, workers: int = 1) -> Floor:
        self.telephony = FakeTelephony(self.time, workers=workers, max_legs=2 * lines // workers)
        return self

    async def opens(self, *, agents: int = 1, leads: int = 1, start: bool = True, **campaign: Any) -> None:
        """The usual morning: agents with phones, a list, a running campaign, everybody ready."""
        for n in range(1, agents + 1):
            await self.employs(f"agent{n}")
        await self.starts()
        await self.plans("autumn", **campaign)
        await self.imports("autumn", *(f"customer{n}" for n in range(1, leads + 1)))
        if start:
            await self.engine.start_campaign("autumn", "planner")
            for n in range(1, agents + 1):
                await self.engine.make_ready(f"agent{n}")
            await self.time.settles()

    async def employs(self, agent_id: str, *, mode: LegMode = LegMode.ON_CONNECT) -> None:
        await self.store.save_agent(
            Agent(agent_id=agent_id, name=agent_id.title(), phone=f"sip:{agent_id}@desk", leg_mode=mode)
        )

    async def starts(self) -> None:
        self.engine = self._engine()
        await self._stack.enter_async_context(self.engine)
        self._running = True
        await self.time.settles()

    async def plans(self, code: str, **changes: Any) -> None:
        names = tuple(trunk.name for trunk in self.trunks)
        wanted = {"name": code.title(), "trunks": names, **self.campaign_settings, **changes}
        await self.engine.create_campaign(CampaignSettings(code=code, **wanted))

    async def imports(
        self, code: str, *names: str, zone: str = "Asia/Shanghai", country: str = "CN", **changes: Any
    ) -> None:
        campaign = await self.store.campaign(code)
        assert campaign is not None
        import_id = await self.store.begin_import(
            campaign.campaign_id, file_name="list.csv", sha256="", at=self.time.now()
        )
        for name in names:
            row = next(self._rows)
            numbers = (("main", number(row)),)
            new = NewLead(row=row, name=name, numbers=numbers, country=country, time_zone=zone, **changes)
            await self.store.add_leads(import_id, [new], due_at=self.time.now())
            self._leads[name] = row
        await self.store.finish_import(
            import_id,
            at=self.time.now(),
            rows=len(names),
            accepted=len(names),
            duplicates=0,
            refused=0,
            refused_file="",
        )
        self.engine.wake()

    async def dies(self) -> None:
        """kill -9: nothing is said, nothing is written."""
        for task in asyncio.all_tasks():
            if task is not asyncio.current_task() and task in set(self.engine._tasks._running):
                task.cancel()
        self.telephony.cut()
        await asyncio.sleep(0)
        self._stack = AsyncExitStack()
        self._running = False

    async def closes(self) -> None:
        """At the end of every story: calls end, and everything is in order."""
        if self._running:
            self._running = False
            await self._stack.aclose()
        self.check()
        others = [task.get_name() for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        assert not others, f"tasks left behind: {others}"

    def check(self) -> None:
        """What holds after every story."""
        ended = Counter(event.attempt_id for event in self.store.events if isinstance(event, CallEnded))
        open_rows = [row.attempt_id for row in self.store.rows.attempts.values() if row.ended_at is None]
        assert not open_rows, f"attempts never ended: {open_rows}"
        assert all(count == 1 for count in ended.values()), f"calls that ended more than once: {ended}"
        assert set(ended) == set(self.store.rows.attempts), "attempts without their end"
        assert not [r for r in self.store.rows.recordings.values() if r.state not in ("FINALIZED", "LOST")]
        assert self.telephony.legs() == {}, "legs left up"
        assert self.telephony.reserved() == 0, "lines not given back"
        assert self.telephony.slots_taken() == 0, "trunk slots not given back"
        assert self.expects_bugs or self.engine.bugs == 0, "the engine ran into faults of its own"

    # who does what
    def customers(self, fate: Fate, *names: str) -> None:
        """How they behave when called; nobody named: everybody."""
        if not names:
            self.telephony.everybody = fate
        for name in names:
            row = self._leads.get(name) or int(name.removeprefix("customer"))
            self.telephony.customers[number(row)] = fate

    def phone(self, agent_id: str, fate: Fate) -> None:
        self.telephony.phones[f"sip:{agent_id}@desk"] = fate

    def vanishes(self, agent_id: str) -> None:
        """His phone fails: he is away at once, whatever rings for him."""
        self.engine._agents.phone_failed(agent_id, "phone unplugged")

    async def until(self, condition: Any, *, seconds: float = 120.0, step: float = 0.05) -> None:
        deadline = self.time.monotonic() + seconds
        while not condition():
            assert self.time.monotonic() < deadline, "did not happen in time"
            await asyncio.sleep(step)

    async def call(self, name: str = "customer1", state: CallState | None = None) -> FloorCall:
        """The call under way to that customer, once it is in that state."""

        def found() -> FloorCall | None:
            return next(
                (c for c in self.engine.floor().calls if c.lead_name == name and state in (None, c.state)), None
            )

        await self.until(found)
        call = found()
        assert call is not None
        return call

    async def talks(self, name: str = "customer1") -> FloorCall:
        return await self.call(name, CallState.CONNECTED)

    async def hangs_up(self, name: str = "customer1") -> None:
        call = await self.call(name)
        self.telephony.customer_hangs_up(customer_leg(call.attempt_id))
        await self.time.settles()

    async def over(self, name: str = "customer1", *, attempts: int = 1) -> AttemptRow:
        """That customer's latest attempt, once it is ended and written."""

        def rows() -> list[AttemptRow]:
            return [r for r in self.attempts(name) if r.ended_at is not None]

        await self.until(lambda: len(rows()) >= attempts)
        return rows()[-1]

    # what is to be seen
    def agent(self, agent_id: str = "agent1") -> FloorAgent:
        return next(agent for agent in self.engine.floor().agents if agent.agent_id == agent_id)

    def state(self, agent_id: str = "agent1") -> AgentState:
        return self.agent(agent_id).state

    def lead(self, name: str = "customer1") -> Lead:
        return next(lead for lead in self.store.rows.leads.values() if lead.name == name)

    def attempts(self, name: str | None = None) -> list[AttemptRow]:
        rows = sorted(self.store.rows.attempts.values(), key=lambda row: row.attempt_id)
        return [row for row in rows if name in (None, row.lead_name)]

    def outcomes(self) -> list[AttemptOutcome | None]:
        return [row.outcome for row in self.attempts()]

    def idle(self, code: str = "autumn") -> IdleReason | None:
        return next(c.idle for c in self.engine.floor().campaigns if c.code == code)

    def campaign_state(self, code: str = "autumn") -> str:
        return next(c.state for c in self.engine.floor().campaigns if c.code == code)

    def alarms(self) -> set[str]:
        return {alarm.code for alarm in self.engine.floor().alarms}

    def told(self, kind: type[E]) -> list[E]:
        return [event for event in self.store.events if isinstance(event, kind)]

    def open_leads(self) -> int:
        return sum(lead.state is LeadState.OPEN for lead in self.store.rows.leads.values())

    def since(self, then: datetime) -> float:
        return (self.time.now() - then).total_seconds()

    def _engine(self) -> Engine:
        return Engine(
            self.store, self.telephony, self.time, self.bus, self.library, EngineSettings(**self.settings), self.trunks
        )
