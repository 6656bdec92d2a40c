"""Always-open agent legs: the agent's phone is called once at log-in and stays up all shift."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from dialer.clock import Clock
from dialer.domain.ids import agent_of, new_id, open_leg
from dialer.domain.line import HeldLine
from dialer.engine.line_pool import LinePool
from dialer.engine.line_pool import adopted as adopted_line
from dialer.engine.orders import carried_out
from dialer.engine.settings import EngineSettings
from dialer.errors import NotReachable
from dialer.ports import Agent
from sip.commands import HangupReason, PlaceLeg
from sip.events import LegAnswered, LegEnded, LegEvent
from sip.telephony import Telephony

ANSWER_S: Final = 15.0
WORKER_LOST: Final = "line worker lost"


@dataclass(slots=True)
class OpenLeg:
    leg_id: str
    line: HeldLine
    settled: asyncio.Event
    up: bool = False
    reason: str = ""


class OpenLegs:
    """`lost` is called with agent and reason when an open leg that was up has ended."""

    def __init__(
        self, telephony: Telephony, lines: LinePool, settings: EngineSettings, clock: Clock,
        lost: Callable[[str, str], None],
    ) -> None:  # fmt: skip
        self._telephony, self._lines, self._settings, self._clock = telephony, lines, settings, clock
        self._lost = lost
        self._legs: dict[str, OpenLeg] = {}  # by agent

    def leg(self, agent_id: str) -> str | None:
        found = self._legs.get(agent_id)
        return found.leg_id if found is not None and found.up else None

    def worker(self, agent_id: str) -> str:
        """The worker that holds the agent's leg; "" where there is none."""
        found = self._legs.get(agent_id)
        return found.line.worker if found is not None and found.up else ""

    def owns(self, leg_id: str) -> bool:
        found = self._legs.get(agent_of(leg_id) or "")
        return found is not None and found.leg_id == leg_id

    async def open(self, agent: Agent) -> None:
        """Returns when the phone has answered. Raises `LineBusy`, or `NotReachable` when it did not."""
        if agent.agent_id in self._legs:
            await self._settled(agent, self._legs[agent.agent_id])
            return
        leg_id = open_leg(agent.agent_id, new_id(self._clock.now()))
        leg = OpenLeg(leg_id, self._lines.reserve_open(leg_id), asyncio.Event())
        self._legs[agent.agent_id] = leg
        error = await carried_out(
            self._telephony.place(leg.line.worker, phone_order(agent, leg_id, leg_id, ANSWER_S)),
            within=self._settings.command_s,
        )
        if error is not None:
            self._drop(agent.agent_id)
            raise NotReachable(f"the phone of agent {agent.agent_id} cannot be called: {error}", field="agent_id")
        await self._settled(agent, leg)

    async def _settled(self, agent: Agent, leg: OpenLeg) -> None:
        try:
            async with asyncio.timeout(ANSWER_S):
                await leg.settled.wait()
        except TimeoutError:
            leg.reason = "no answer"
        if not leg.up:
            await self.close(agent.agent_id)
            raise NotReachable(
                f"the phone of agent {agent.agent_id} did not answer ({leg.reason}); check that it is registered",
                field="agent_id",
            )

    async def close(self, agent_id: str) -> None:
        leg = self._drop(agent_id)
        if leg is not None:
            await carried_out(self._telephony.hang_up(leg.leg_id, HangupReason.NORMAL), within=self._settings.command_s)

    def take(self, event: LegEvent) -> None:
        """An event of a leg that `owns`."""
        agent_id = agent_of(event.leg_id) or ""
        leg = self._legs[agent_id]
        if isinstance(event, LegAnswered):
            leg.up = True
            leg.settled.set()
        elif isinstance(event, LegEnded):
            self._gone(agent_id, leg, event.cause.text or f"SIP {event.cause.sip_status}")

    def adopt(self, agent_id: str, leg_id: str, worker: str) -> None:
        """An open leg found on a worker that outlived an earlier engine."""
        leg = OpenLeg(leg_id, adopted_line(worker, ""), asyncio.Event(), up=True)
        leg.settled.set()
        self._legs[agent_id] = leg

    def worker_lost(self, worker: str) -> list[str]:
        """The agents whose phones hung on it."""
        hit = [agent_id for agent_id, leg in self._legs.items() if leg.line.worker == worker]
        for agent_id in hit:
            self._gone(agent_id, self._legs[agent_id], WORKER_LOST)
        return hit

    def _gone(self, agent_id: str, leg: OpenLeg, reason: str) -> None:
        was_up, leg.up, leg.reason = leg.up, False, reason
        leg.settled.set()
        self._drop(agent_id)
        if was_up:
            self._lost(agent_id, reason)

    def _drop(self, agent_id: str) -> OpenLeg | None:
        leg = self._legs.pop(agent_id, None)
        if leg is not None:
            self._lines.release(leg.line)
        return leg


def phone_order(agent: Agent, leg_id: str, sip_call_id: str, answer_s: float, caller_id: str = "") -> PlaceLeg:
    """Call the agent's own phone, asking it to answer by itself."""
    return PlaceLeg(
        command_id=f"{leg_id}:place",
        leg_id=leg_id,
        destination=agent.phone,
        trunk=agent.phone_trunk,
        sip_call_id=sip_call_id,
        caller_id=caller_id,
        ring_time_s=max(answer_s, 1.0),
        no_progress_s=max(answer_s, 1.0),
        auto_answer=True,
    )
