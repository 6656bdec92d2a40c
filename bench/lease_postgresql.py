"""Leads leased a second out of ten million on PostgreSQL by four claimers at once, none of them twice."""

from __future__ import annotations

import asyncio
import os
import time
from collections import Counter
from datetime import timedelta
from typing import Final

from bench import big_list
from bench.figure import Figure, Goal, quantile
from dialer.db.store import open_store
from dialer.ports import Store
from tests.postgresql import binaries, private_server

CLAIMERS: Final = 4
AT_ONCE: Final = 20  # leads in one lease
WARM_UP: Final = 60  # leases, in which the backlog of the window's opening falls due
LEASES: Final = 1000


async def measure() -> list[Figure]:
    programs = binaries()
    assert programs is not None, "PostgreSQL is not installed"
    with private_server(programs) as server:
        url = server.create("bench")
        store = await open_store(url)
        try:
            since = time.monotonic()
            campaign_id = await big_list.make(store)
            made_s = time.monotonic() - since
            await _claim(store, campaign_id, "nobody", WARM_UP)
            taken, times, seconds = await _together([store] * CLAIMERS, campaign_id)
        finally:
            await store.close()
    twice = [lead_id for lead_id, times_taken in Counter(taken).items() if times_taken > 1]
    return [
        Figure(
            figure="lease_postgresql",
            value=round(len(taken) / seconds),
            unit="leads/s",
            goal=Goal(">=", 2000.0),
            details={
                "rows": big_list.ROWS,
                "claimers": CLAIMERS,
                "leads_in_one_lease": AT_ONCE,
                "leased": len(taken),
                "leased_twice": len(twice),
                "p50_ms": round(quantile(times, 0.5), 1),
                "p99_ms": round(quantile(times, 0.99), 1),
                "made_in_s": round(made_s),
                "load_average": round(os.getloadavg()[0], 1),
            },
        )
    ]


async def _together(stores: list[Store], campaign_id: int) -> tuple[list[int], list[float], float]:
    since = time.monotonic()
    share = LEASES // len(stores)
    done = await asyncio.gather(
        *(_claim(store, campaign_id, f"claimer {n}", share) for n, store in enumerate(stores))
    )  # fmt: skip
    seconds = time.monotonic() - since
    return [one for leads, _ in done for one in leads], [ms for _, times in done for ms in times], seconds


async def _claim(store: Store, campaign_id: int, owner: str, leases: int) -> tuple[list[int], list[float]]:
    """Each lease its own transaction on its own connection."""
    taken: list[int] = []
    times: list[float] = []
    now = big_list.NOW
    for _ in range(leases):
        since = time.perf_counter()
        leads = await store.lease(
            campaign_id, AT_ONCE, owner=owner, now=now, until=now + timedelta(hours=1), time_zones=big_list.OPEN,
            agents_ready=big_list.READY,
        )  # fmt: skip
        times.append((time.perf_counter() - since) * 1000)
        taken += [lead.lead_id for lead in leads]
    return taken, times
