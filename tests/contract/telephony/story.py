"""What the stories of the contract do again and again."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from sip.commands import PlaceLeg
from sip.events import LegAnswered, LegEnded, LegEvent, LegsBridged
from sip.telephony import Telephony
from tests.contract.telephony.far_end import FarEnd, Party
from tests.integration.sip.floor import Listener


@dataclass
class Story:
    telephony: Telephony
    far_end: FarEnd
    heard: Listener
    kill_worker: Callable[[str], None]
    _orders: dict[str, PlaceLeg] = field(default_factory=dict)

    @property
    def worker(self) -> str:
        return next(iter(self.telephony.workers()))

    def order(self, leg_id: str, party: Party, *, trunk: str = "", **fields: Any) -> PlaceLeg:
        destination = self.far_end.number(party) if trunk else self.far_end.address(party)
        return PlaceLeg(
            command_id=f"place-{leg_id}",
            leg_id=leg_id,
            destination=destination,
            trunk=trunk,
            sip_call_id=f"{leg_id}@contract",
            **fields,
        )

    async def dials(self, leg_id: str, party: Party, **fields: Any) -> str:
        await self.telephony.place(self.worker, self.order(leg_id, party, **fields))
        return leg_id

    async def talks_to(self, leg_id: str, **fields: Any) -> str:
        await self.dials(leg_id, Party.ANSWERS, **fields)
        await self.heard.until(LegAnswered, leg_id=leg_id)
        return leg_id

    async def conversation(self) -> tuple[str, str]:
        """Customer and agent, who hear each other."""
        customer, agent = await self.talks_to("call.c"), await self.talks_to("call.a")
        await self.telephony.bridge(customer, agent)
        await self.heard.until(LegsBridged)
        return customer, agent

    async def sleeps(self, seconds: float) -> None:
        await asyncio.sleep(seconds)

    async def ends(self, leg_id: str) -> LegEnded:
        ended: LegEnded = await self.heard.until(LegEnded, leg_id=leg_id)
        return ended

    def told_of(self, leg_id: str) -> list[type[LegEvent]]:
        return [type(event) for event in self.heard.events if isinstance(event, LegEvent) and event.leg_id == leg_id]
