"""Calls before agents are free, for real: five agents, a carrier, and the twin with the same parameters beside them.

`make bench FIGURE=real_floor` does the same for ten minutes each.
"""

from __future__ import annotations

import asyncio
import statistics
from typing import Any

import pytest

from bench import town
from bench.real_floor import AGENTS, AsteriskCarrier, real, twin, utilisation
from campaigns.campaign import PacingMode
from dialer.twin.watch import Watch
from tests.asterisk.instance import Asterisk

SECONDS = 75.0
CREDIT = 4  # abandoned calls that a day may begin with
FEW = 6

pytestmark = [pytest.mark.sip, pytest.mark.asterisk]


def told_by_the_twin(people: dict[str, Any]) -> tuple[float, float]:
    """Mean of its utilisation, and how far a single run may lie from it."""
    found = [report.utilisation or 0.0 for report in twin(SECONDS, people, FEW)]
    return statistics.mean(found), max(4 * statistics.stdev(found), 0.15)


def as_told(seen: Watch, people: dict[str, Any]) -> None:
    told, noise = told_by_the_twin(people)
    assert utilisation(seen, SECONDS) == pytest.approx(told, abs=noise)
    assert seen.abandoned <= town.CAP * seen.persons + CREDIT
    assert seen.persons > AGENTS


@pytest.mark.timeout(240)
async def test_real_calls_keep_agents_as_busy_as_the_twin_says_and_keep_the_cap(asterisk: Asterisk) -> None:
    bed = AsteriskCarrier(asterisk.address_trunk_address)
    simulated, over_asterisk = await asyncio.gather(
        real(PacingMode.PREDICTIVE, seconds=SECONDS),
        real(PacingMode.PREDICTIVE, seconds=SECONDS, carrier=lambda *_: bed, ending=town.ASTERISK_ENDING),
    )
    await asyncio.to_thread(as_told, simulated, town.SIMULATED)
    await asyncio.to_thread(as_told, over_asterisk, town.ASTERISK)
