"""The people of this suite behind the telephony without SIP."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import ClassVar

from dialer.clock import SystemClock
from dialer.twin.parties import Fate, answers, busy, congested, declines, machine, rings_on, unknown
from dialer.twin.telephony import FakeTelephony
from sip.trunks import Trunk


class FakeFarEnd:
    """The people of this suite."""

    _FATES: ClassVar[Mapping[str, Fate]] = {
        "answers": answers(0.05),
        "rings_on": rings_on(after=0.01),
        "busy": busy(),
        "unknown": unknown(),
        "declines": declines(after=0.05),
        "congested": congested(),
        "greets": answers(0.05),
        "machine": machine(0.05, told_after=0.5, greeting=1.0),
    }

    def __init__(self, telephony: FakeTelephony) -> None:
        self._telephony = telephony
        for digit, (party, fate) in enumerate(self._FATES.items()):
            telephony.customers[f"+8613800{digit}"] = fate
            telephony.customers[f"sip:{party}@far.end"] = fate

    def number(self, party: str) -> str:
        return f"+8613800{list(self._FATES).index(party)}"

    def address(self, party: str) -> str:
        return f"sip:{party}@far.end"

    def trunk(self, name: str) -> Trunk:
        return Trunk(name=name, address="far.end", lines=2, calls_per_second=2.0)

    async def hang_up(self, leg_id: str) -> None:
        self._telephony.customer_hangs_up(leg_id)

    async def press(self, leg_id: str, digits: str) -> None:
        self._telephony.customer_presses(leg_id, digits)

    async def call_in(self, *, trunk: str = "") -> None:
        self._telephony.somebody_calls(trunk=trunk)


@dataclass(frozen=True)
class FakeLine:
    telephony: FakeTelephony
    far_end: FakeFarEnd
    kill_worker: Callable[[str], None]


@asynccontextmanager
async def contract_line() -> AsyncIterator[FakeLine]:
    telephony = FakeTelephony(SystemClock(), workers=1, max_legs=4)
    await telephony.start()
    yield FakeLine(telephony, FakeFarEnd(telephony), telephony.kill_worker)
    await telephony.close()
