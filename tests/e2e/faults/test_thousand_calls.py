"""A thousand calls in a row leave nothing behind."""

from __future__ import annotations

import time
from collections import Counter
from pathlib import Path

import pytest

from sip.simulator.behaviour import Kind, NumberingPlan, Share
from tests.e2e.faults.books import close_and_audit, rows
from tests.e2e.faults.centre import Centre, centre, numbers
from tests.e2e.faults.processes import Held, held_by
from tests.e2e.faults.town import AT_ONCE, conduct

pytestmark = [pytest.mark.sip, pytest.mark.chaos]

CALLS = 1000
WARM = 200  # by then every cache, pool and arena has its size
LINES = 4
MIX = {Kind.BUSY: 3.0, Kind.INVALID: 3.0, Kind.DECLINES: 3.0, Kind.HANGS_UP: 1.0}


def short_calls() -> NumberingPlan:
    shares = (Share(weight=weight, behaviour=conduct(kind, ring=AT_ONCE)) for kind, weight in MIX.items())
    return NumberingPlan(mix=tuple(shares))


def holdings(floor: Centre, server: int) -> dict[str, Held]:
    pids = {"server": server, **floor.site.worker_pids()}
    return {name: held_by(pid) for name, pid in sorted(pids.items())}


async def all_quiet(floor: Centre, attempts: int, within: float) -> None:
    """So many attempts are over, and the last leg has drained."""

    async def over() -> bool:
        seen = await floor.site.floor()
        done = rows(floor.site.data, "SELECT count(*) AS n FROM attempts WHERE ended_at IS NOT NULL")[0]["n"]
        return done == attempts and not seen["calls"] and seen["lines"]["free"] == seen["lines"]["total"] == LINES

    await floor.site.until(over, within=within, what=f"the end of {attempts} calls and {LINES} free lines", every=0.5)


@pytest.mark.timeout(300)
async def test_a_thousand_calls_leak_no_leg_descriptor_thread_process_or_memory(tmp_path: Path) -> None:
    leads = numbers(CALLS)
    async with centre(tmp_path, short_calls(), agents=LINES) as floor:
        server = floor.site._servers[-1].pid
        workers = floor.site.worker_pids()
        began = time.monotonic()
        await floor.opens(leads[:WARM])
        await all_quiet(floor, WARM, within=100)
        warm = holdings(floor, server)
        await floor.lists(leads[WARM:])
        await all_quiet(floor, CALLS, within=200)
        elapsed = time.monotonic() - began
        after = holdings(floor, server)
        print(f"\n{CALLS} calls in {elapsed:.1f} s over {LINES} lines, {CALLS / elapsed:.1f} a second")
        for name in after:
            print(f"{name}: {warm[name]} after {WARM}, {after[name]} after {CALLS}")

        assert floor.site.worker_pids() == workers, "a worker was replaced"
        for name, now in after.items():
            assert now.descriptors <= warm[name].descriptors, f"{name} leaks descriptors"
            assert now.threads <= warm[name].threads, f"{name} leaks threads"
            allowed_mb = 12.0 if name == "server" else 2.0
            assert now.private_mb - warm[name].private_mb < allowed_mb, f"{name} grows: {warm[name]} to {now}"
        assert floor.town.carrier.calls_to() == dict.fromkeys(leads, 1)
        assert set((await floor.agents()).values()) == {"READY"}
        print(Counter(row["outcome"] for row in rows(floor.site.data, "SELECT outcome FROM attempts")))
        await close_and_audit(floor)
