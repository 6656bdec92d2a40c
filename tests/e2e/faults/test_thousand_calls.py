"""A thousand calls in a row leave nothing behind."""

from __future__ import annotations

import time
from collections import Counter
from pathlib import Path

import pytest

from dialer.client import read_endpoint
from tests.e2e.faults.books import close_and_audit, rows
from tests.e2e.faults.centre import Centre, centre, numbers
from tests.e2e.faults.processes import Held, held_by
from tests.e2e.faults.town import short_calls

pytestmark = [pytest.mark.sip, pytest.mark.chaos]

CALLS = 1000
MORE = 500
LINES = 4
# A refused INVITE stays in the worker's memory for 32 s more (RFC 3261, timer D). At this rate the first thousand calls
# take longer than that, so that afterwards memory is only grown by what is never given back.
CALLS_PER_SECOND = 30.0
SOME_IDLE = 8  # kept-alive connections, database handles: a thousand leaked ones are more
GROWTH_MB = 6.0


def holdings(floor: Centre) -> dict[str, Held]:
    endpoint = read_endpoint(floor.site.data)
    assert endpoint is not None
    pids = {"server": endpoint.pid, **floor.site.worker_pids()}
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
    leads = numbers(CALLS + MORE)
    async with centre(tmp_path, short_calls(), agents=LINES, calls_per_second=CALLS_PER_SECOND) as floor:
        fresh = holdings(floor)
        workers = floor.site.worker_pids()
        began = time.monotonic()
        await floor.opens(leads[:CALLS])
        await all_quiet(floor, CALLS, within=180)
        elapsed = time.monotonic() - began
        full = holdings(floor)
        await floor.lists(leads[CALLS:])
        await all_quiet(floor, CALLS + MORE, within=90)
        after = holdings(floor)
        print(f"\n{CALLS} calls in {elapsed:.1f} s over {LINES} lines, {CALLS / elapsed:.1f} a second")
        for name in after:
            print(f"{name}: at first {fresh[name]}; after {CALLS}: {full[name]}; after {CALLS + MORE}: {after[name]}")

        assert floor.site.worker_pids() == workers, "a worker was replaced"
        for name, now in after.items():
            assert now.descriptors <= fresh[name].descriptors + SOME_IDLE, f"{name} leaks descriptors"
            assert now.descriptors <= full[name].descriptors + 1, f"{name} leaks descriptors"
            assert now.threads <= full[name].threads, f"{name} leaks threads"
            assert now.private_mb - full[name].private_mb < GROWTH_MB, f"{name} grows"
        assert floor.town.carrier.calls_to() == dict.fromkeys(leads, 1)
        assert set((await floor.agents()).values()) == {"READY"}
        print(dict(Counter(attempt["outcome"] for attempt in await floor.attempts())))
        await close_and_audit(floor)
