"""Leads leased a second out of ten million leads on PostgreSQL by four claimers at once, none of them twice.

A claimer is a process with its own store, as every site that dials the same campaign is.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from multiprocessing.connection import Connection
from typing import Any, Final

from sqlalchemy import Connection as Database
from sqlalchemy import text

from bench import big_list
from bench.figure import Figure, Goal, quantile
from bench.process import tree_cpu_seconds
from dialer.db.store import open_store
from dialer.ports import Store
from tests.postgresql import binaries, private_server

CLAIMERS: Final = 4
AT_ONCE: Final = 20  # leads in one lease
WARM_UP: Final = 150  # leases, in which the backlog of the window's opening falls due
LEASES: Final = 2000
# The list is made without a journal; its vacuum and checkpoint, once after so many new rows, are not measured.
SERVER: Final = {
    "wal_level": "minimal",
    "max_wal_senders": 0,
    "max_wal_size": "2GB",
    "shared_buffers": "512MB",
    "autovacuum": "off",
}


@dataclass(frozen=True, slots=True)
class Claimed:
    """By one claimer. `times` in milliseconds, one for each lease."""

    leads: list[int]
    times: list[float]
    cpu_s: float


async def measure() -> list[Figure]:
    programs = binaries()
    assert programs is not None, "PostgreSQL is not installed"
    with private_server(programs, **SERVER) as server:
        url = server.create("bench")
        since = time.monotonic()
        campaign_id = await _made(url)
        made_s = time.monotonic() - since
        before = tree_cpu_seconds(server.pid)
        claimed, seconds = await asyncio.to_thread(_together, url, campaign_id)
        server_cpu_s = tree_cpu_seconds(server.pid) - before
    return [_figure(claimed, seconds, server_cpu_s, made_s)]


def _figure(claimed: list[Claimed], seconds: float, server_cpu_s: float, made_s: float) -> Figure:
    taken = [lead_id for one in claimed for lead_id in one.leads]
    times = [ms for one in claimed for ms in one.times]
    twice = [lead_id for lead_id, times_taken in Counter(taken).items() if times_taken > 1]
    return Figure(
        figure="lease_postgresql",
        value=round(len(taken) / seconds),
        unit="leads/s",
        goal=Goal(">=", 2000.0),
        details={
            "rows": big_list.ROWS,
            "claimers": f"{CLAIMERS} processes",
            "leads_in_one_lease": AT_ONCE,
            "leased": len(taken),
            "leased_twice": len(twice),
            "p50_ms": round(quantile(times, 0.5), 1),
            "p99_ms": round(quantile(times, 0.99), 1),
            "server_cpu_ms_per_lease": round(server_cpu_s * 1000 / len(times), 2),
            "claimer_cpu_ms_per_lease": round(sum(one.cpu_s for one in claimed) * 1000 / len(times), 2),
            "made_in_s": round(made_s),
            "load_average": round(os.getloadavg()[0], 1),
        },
    )


async def _made(url: str) -> int:
    store = await open_store(url)
    try:
        campaign_id = await big_list.make(store)
        await store._db.write(_to_disk)  # type: ignore[attr-defined]
        await _claim(store, campaign_id, "nobody", WARM_UP)
        return campaign_id
    finally:
        await store.close()


def _to_disk(connection: Database) -> None:
    connection.execute(text("CHECKPOINT"))


def _together(url: str, campaign_id: int) -> tuple[list[Claimed], float]:
    """All begin at once, when the last of them has its connection."""
    with _claimers(url, campaign_id) as claimers:
        for claimer in claimers:
            claimer.recv()
        since = time.monotonic()
        for claimer in claimers:
            claimer.send("go")
        claimed = [claimer.recv() for claimer in claimers]
        return claimed, time.monotonic() - since


@contextmanager
def _claimers(url: str, campaign_id: int) -> Iterator[list[Connection[Any, Any]]]:
    context = multiprocessing.get_context("spawn")
    pipes = [context.Pipe() for _ in range(CLAIMERS)]
    processes = [
        context.Process(target=_claimer, args=(url, campaign_id, f"claimer {n}", theirs), daemon=True)
        for n, (_, theirs) in enumerate(pipes)
    ]
    for process in processes:
        process.start()
    try:
        yield [mine for mine, _ in pipes]
    finally:
        for process in processes:
            process.join(timeout=10)


def _claimer(url: str, campaign_id: int, owner: str, pipe: Connection[Any, Any]) -> None:
    asyncio.run(_claim_when_told(url, campaign_id, owner, pipe))


async def _claim_when_told(url: str, campaign_id: int, owner: str, pipe: Connection[Any, Any]) -> None:
    store = await open_store(url)
    try:
        await store.campaigns()
        pipe.send("ready")
        pipe.recv()
        pipe.send(await _claim(store, campaign_id, owner, LEASES // CLAIMERS))
    finally:
        await store.close()


async def _claim(store: Store, campaign_id: int, owner: str, leases: int) -> Claimed:
    """Each lease its own transaction."""
    taken: list[int] = []
    times: list[float] = []
    now, cpu = big_list.NOW, time.process_time()
    for _ in range(leases):
        since = time.perf_counter()
        leads = await store.lease(
            campaign_id, AT_ONCE, owner=owner, now=now, until=now + timedelta(hours=1), time_zones=big_list.OPEN,
            agents_ready=big_list.READY, skills=(),
        )  # fmt: skip
        times.append((time.perf_counter() - since) * 1000)
        taken += [lead.lead_id for lead in leads]
    return Claimed(taken, times, time.process_time() - cpu)
