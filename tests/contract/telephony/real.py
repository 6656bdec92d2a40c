"""The contract on real SIP: one pool against the parties of another on loopback."""

from __future__ import annotations

import os
import signal
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from sip.pool import LinePool, PoolSettings
from sip.trunks import Trunk
from tests.contract.telephony.far_end import Line, Party
from tests.integration.sip.parties import Parties, parties

LAST_DIGITS = {
    Party.ANSWERS: "1",
    Party.RINGS_ON: "2",
    Party.BUSY: "3",
    Party.UNKNOWN: "4",
    Party.DECLINES: "5",
    Party.CONGESTED: "6",
    Party.GREETS: "7",
    Party.MACHINE: "8",
}


class RealFarEnd:
    def __init__(self, everybody: Parties, pool: LinePool) -> None:
        self._parties = everybody
        self._pool = pool

    def number(self, party: Party) -> str:
        return f"+49301234560{LAST_DIGITS[party]}"

    def address(self, party: Party) -> str:
        return self._parties.address(f"60{LAST_DIGITS[party]}")

    def trunk(self, name: str) -> Trunk:
        return Trunk(name=name, address=self._parties.pool.worker_address("far1"), lines=2, calls_per_second=2.0)

    async def hang_up(self, leg_id: str) -> None:
        await self._parties.hang_up(f"{leg_id}@contract")

    async def press(self, leg_id: str, digits: str) -> None:
        await self._parties.press(f"{leg_id}@contract", digits)

    async def call_in(self, *, trunk: str = "") -> None:
        """Every caller comes from the address of every trunk here: this machine's."""
        await self._parties.call(f"sip:800@{self._pool.worker_address('w1')}")


@asynccontextmanager
async def contract_line() -> AsyncIterator[Line]:
    with tempfile.TemporaryDirectory(prefix="goldenhour-") as place:
        directory = Path(place)
        settings = PoolSettings(
            run_directory=directory / "run",
            workers=1,
            accept_incoming=True,
            rtp_port_from=30000,
            rtp_port_to=33999,
            idle_exit_s=5.0,
        )
        async with parties(directory) as everybody:
            pool = LinePool(settings)
            await pool.start()
            try:
                yield Line(
                    pool, RealFarEnd(everybody, pool), lambda name: os.kill(pool.worker_pid(name), signal.SIGKILL)
                )
            finally:
                await pool.close()
