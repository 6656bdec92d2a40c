"""Agents at work: phones of somebody else's make at the PBX of the bed, hands that hang up and dispose."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from tests import audio
from tests.asterisk.instance import Asterisk
from tests.e2e.site import Site
from tests.softphone.baresip import Softphone, softphone

TALK_S: Final = 2.5
LOOK_S: Final = 0.15


@dataclass(frozen=True, slots=True, kw_only=True)
class Colleague:
    """An agent, his extension and the tone that is his voice."""

    agent: str
    extension: str
    voice_hz: float


STAFF: Final = (
    Colleague(agent="amy", extension="1001", voice_hz=440.0),
    Colleague(agent="ben", extension="1002", voice_hz=560.0),
    Colleague(agent="cho", extension="1003", voice_hz=680.0),
)


@asynccontextmanager
async def phones(
    asterisk: Asterisk, directory: Path, staff: Sequence[Colleague] = STAFF
) -> AsyncIterator[dict[str, Softphone]]:
    """By agent, all of them registered."""
    async with AsyncExitStack() as stack:
        yield {
            colleague.agent: await stack.enter_async_context(
                softphone(asterisk.phone(colleague.extension), directory, tone_hz=colleague.voice_hz)
            )
            for colleague in staff
        }


async def hire(site: Site, staff: Sequence[Colleague] = STAFF, *, trunk: str) -> None:
    """Every agent is on record with his extension, called when a customer answers, and ready for calls."""
    for colleague in staff:
        agent, extension = colleague.agent, colleague.extension
        await site.cli("agent", "add", agent, "--phone", extension, "--trunk", trunk, "--leg-mode", "on_connect")
        await site.post(f"/agents/{agent}/ready")


Decide = Callable[[str], str]  # number -> code of the disposition


@dataclass(slots=True)
class Shift:
    """Looks at the floor like an agent at his screen: talks a while, hangs up, reports.

    Every other call is ended on the agent's phone, the rest from the screen. `heard` is what each agent's phone heard,
    by attempt.
    """

    site: Site
    phones: Mapping[str, Softphone]
    decide: Decide
    heard: dict[str, audio.Sound] = field(default_factory=dict)
    ended_by: dict[str, str] = field(default_factory=dict)
    disposed: dict[str, str] = field(default_factory=dict)

    async def work(self) -> None:
        """Until cancelled."""
        while True:
            floor = await self.site.floor()
            await asyncio.gather(*(self._finish_talk(call) for call in floor["calls"] if call["state"] == "CONNECTED"))
            await asyncio.gather(*(self._report(agent) for agent in floor["agents"] if agent["state"] == "WRAP_UP"))
            await asyncio.sleep(LOOK_S)

    async def until(self, through: Callable[[], Awaitable[bool]], *, within: float, what: str) -> None:
        """Work until the list is through. A worker who fails ends the shift with his reason."""
        working = asyncio.create_task(self.work(), name="shift")
        deadline = time.monotonic() + within
        try:
            while not await through():
                if working.done():
                    await working
                if time.monotonic() > deadline:
                    raise TimeoutError(f"no {what} within {within} s\n{await self._picture()}")
                await asyncio.sleep(0.3)
        finally:
            working.cancel()
            await asyncio.wait([working])

    async def _finish_talk(self, call: Mapping[str, Any]) -> None:
        """Customers who hang up by themselves are left to do so."""
        attempt, phone = call["attempt_id"], self.phones[call["agent_id"]]
        if attempt in self.ended_by or call["number"][-2] == "6" or _seconds_since(call["since"]) < TALK_S:
            return
        if len(self.ended_by) % 2:
            self.ended_by[attempt] = "screen"
            await self.site.post(f"/calls/{attempt}/hangup")
        else:
            self.ended_by[attempt] = "phone"
            await phone.hang_up()

    async def _report(self, agent: Mapping[str, Any]) -> None:
        """The first report of the shift is typed at a terminal, the others come from the agents' screens."""
        attempt = agent["call"]
        if attempt in self.disposed:
            return
        self.heard[attempt] = self.phones[agent["agent_id"]].heard()
        row = await self.site.get(f"/attempts/{attempt}")
        code = self.disposed[attempt] = self.decide(row["number"])
        if len(self.disposed) == 1:
            await self.site.cli("dispose", attempt, code, "--note", "on the terminal")
        else:
            await self.site.post(f"/calls/{attempt}/disposition", {"code": code})

    async def _picture(self) -> str:
        floor = await self.site.floor()
        agents = [(a["agent_id"], a["state"], a["reason"]) for a in floor["agents"]]
        calls = [(c["number"], c["state"]) for c in floor["calls"]]
        return f"{agents}\n{calls}\n{floor['campaigns']}\n{floor['alarms']}\n{self.site.log()[-4000:]}"


def _seconds_since(moment: str) -> float:
    return (datetime.now(UTC) - datetime.fromisoformat(moment)).total_seconds()
