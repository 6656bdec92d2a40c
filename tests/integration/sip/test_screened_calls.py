"""The whole engine on real lines: a person stays with the agent, a machine is left a message and frees him."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from campaigns.attempt import AttemptOutcome
from campaigns.campaign import CampaignSettings
from dialer.bus import Bus
from dialer.clock import SystemClock
from dialer.domain.agent import AgentState, LegMode
from dialer.domain.call import CallState
from dialer.engine.engine import Engine
from dialer.engine.settings import EngineSettings
from dialer.policies import PolicyBook
from dialer.ports import Agent, AttemptRow, NewLead
from dialer.twin.library import FakeLibrary
from dialer.twin.store import MemoryStore
from sip.pool import LinePool, PoolSettings
from sip.simulator import voice
from sip.trunks import Trunk
from tests.integration.sip.parties import Parties, parties

pytestmark = [pytest.mark.sip, pytest.mark.timeout(90)]
PERSON, MACHINE = "+493012345607", "+493012345608"


@dataclass
class House:
    engine: Engine
    store: MemoryStore
    far: Parties

    async def until(self, holds: Callable[[], Awaitable[Any]], within: float = 25.0) -> Any:
        deadline = time.monotonic() + within
        while not (found := await holds()):
            assert time.monotonic() < deadline, (self.engine.floor().campaigns[0].idle, self.state())
            await asyncio.sleep(0.05)
        return found

    async def attempt(self, number: str, *, ended: bool = True) -> AttemptRow | None:
        rows = [row for row in self.store.rows.attempts.values() if row.number == number]
        return next((row for row in rows if row.ended_at is not None or not ended), None)

    async def machine_hears(self) -> float:
        """How loud it is at the machine's end of the line."""
        leg = next(leg for leg, number in self.far.dialled.items() if number.endswith("8"))
        return (await self.far.pool.levels(leg)).received

    def state(self) -> AgentState:
        return self.engine.floor().agents[0].state


@asynccontextmanager
async def house(directory: Path, numbers: list[str], **screening: Any) -> AsyncIterator[House]:
    settings = PoolSettings(
        run_directory=directory / "run", workers=2, rtp_port_from=30000, rtp_port_to=33999, idle_exit_s=5.0
    )
    async with parties(directory, workers=2) as far:
        store, clock = MemoryStore(), SystemClock()
        trunk = Trunk(name="carrier", address=far.pool.worker_address("far1"), lines=4, calls_per_second=5.0)
        await store.save_agent(
            Agent(agent_id="amy", name="Amy", phone=far.address("601", "far2"), leg_mode=LegMode.ON_CONNECT)
        )
        engine = Engine(
            store,
            LinePool(settings),
            clock,
            Bus(),
            FakeLibrary(),
            EngineSettings(policies=PolicyBook.load(rehearsal=True)),
            (trunk,),
        )
        async with engine:
            plan = CampaignSettings(
                code="autumn", name="Autumn", trunks=("carrier",), country="DE", policy="rehearsal", wrap_up_s=1,
                screening=screening,
            )  # fmt: skip
            campaign = await engine.create_campaign(plan)
            import_id = await store.begin_import(campaign.campaign_id, file_name="l", sha256="", at=clock.now())
            leads = [
                NewLead(row=n, name=number, numbers=(("main", number),), country="DE", time_zone="Europe/Berlin")
                for n, number in enumerate(numbers, 1)
            ]
            await store.add_leads(import_id, leads, due_at=clock.now())
            await store.finish_import(
                import_id, at=clock.now(), rows=len(leads), accepted=len(leads), duplicates=0, refused=0,
                refused_file="",
            )  # fmt: skip
            await engine.start_campaign("autumn")
            await engine.make_ready("amy")
            yield House(engine, store, far)


async def test_a_machine_is_left_a_message_and_its_agent_is_free_meanwhile(tmp_path: Path) -> None:
    message = voice.write(tmp_path / "message.wav", voice.tone(600, 1.5))
    plan = {"after_machine": "leave_message", "message_file": str(message), "checked_share": 0.0}
    async with house(tmp_path, [MACHINE], mode="connect_first", **plan) as floor:

        async def alone() -> bool:
            return any(call.state is CallState.MACHINE for call in floor.engine.floor().calls)

        await floor.until(alone)

        async def free() -> bool:
            return floor.state() is AgentState.READY

        await floor.until(free, within=1.0)
        await asyncio.sleep(0.3)
        assert await floor.machine_hears() < 0.1, "nobody speaks into its greeting"

        async def spoken_to() -> bool:
            return await floor.machine_hears() > 0.3

        await floor.until(spoken_to)
        row = await floor.until(lambda: floor.attempt(MACHINE))
    assert (row.outcome, row.reason) == (AttemptOutcome.MACHINE, "message_left")
    assert row.connected_at is not None
    assert row.screening_verdict == "machine"
    assert 500 < row.screening_ms < 5000
    assert (row.message_left_at - row.answered_at).total_seconds() > 5.5, "after the greeting and its beep"


async def test_a_person_stays_with_the_agent_beside_the_detector(tmp_path: Path) -> None:
    async with house(tmp_path, [PERSON], mode="connect_first") as floor:

        async def told() -> bool:
            row = await floor.attempt(PERSON, ended=False)
            return row is not None and row.screening_verdict is not None

        await floor.until(told)
        await asyncio.sleep(0.5)
        assert floor.state() is AgentState.ON_CALL
        [call] = floor.engine.floor().calls
        await floor.engine.hang_up(call.attempt_id)
        row = await floor.until(lambda: floor.attempt(PERSON))
    assert (row.outcome, row.screening_verdict, row.screening_treatment) == (AttemptOutcome.HUMAN, "human", "served")


async def test_with_detect_first_the_agent_is_joined_after_the_hello_and_within_the_limit(tmp_path: Path) -> None:
    async with house(tmp_path, [PERSON], mode="detect_first") as floor:

        async def joined() -> bool:
            row = await floor.attempt(PERSON, ended=False)
            return row is not None and row.connected_at is not None

        await floor.until(joined)
        [call] = floor.engine.floor().calls
        await floor.engine.hang_up(call.attempt_id)
        row = await floor.until(lambda: floor.attempt(PERSON))
    assert row.outcome is AttemptOutcome.HUMAN
    assert row.screening_verdict in ("human", "uncertain")
    waited = (row.connected_at - row.answered_at).total_seconds()
    assert row.screening_ms / 1000 <= waited < 2.0
