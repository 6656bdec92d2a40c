"""The next lead out of ten million on SQLite, and what else the engine asks at every round of dialling."""

from __future__ import annotations

import os
import tempfile
import time
from collections import defaultdict
from collections.abc import Awaitable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final, TypeVar

from bench import big_list
from bench.figure import Figure, Goal, quantile
from campaigns.order import Turns
from dialer.db.store import open_store
from dialer.domain.events import LeadRescheduled
from dialer.ports import Store

T = TypeVar("T")
WARM_UP: Final = 160  # in which the backlog of the window's opening falls due
LEASES: Final = 3000


async def measure() -> list[Figure]:
    with tempfile.TemporaryDirectory(prefix="goldenhour-bench-") as directory:
        url = f"sqlite:///{Path(directory) / 'goldenhour.db'}"
        since = time.monotonic()
        campaign_id = await _made(url)
        made_s = time.monotonic() - since
        store = await open_store(url)
        try:
            opening, watch = Watch(), Watch()
            now = await _dial(store, campaign_id, opening, big_list.NOW, WARM_UP)
            await _dial(store, campaign_id, watch, now, LEASES)
            size = _size(Path(directory))
        finally:
            await store.close()
    leases = watch.times["lease"]
    return [
        Figure(
            figure="lease_sqlite",
            value=round(quantile(leases, 0.99), 2),
            unit="ms",
            goal=Goal("<=", 5.0),
            details={
                "rows": big_list.ROWS,
                "open_zones": f"{len(big_list.OPEN)} of {len(big_list.ZONES)}",
                "leases_of_one_lead": len(leases),
                "p50_ms": round(quantile(leases, 0.5), 2),
                "max_ms": round(max(leases), 2),
                "p99_ms_of_cpu": round(quantile(watch.cpu["lease"], 0.99), 2),
                "max_ms_while_a_backlog_falls_due": round(max(opening.times["lease"]), 1),
                "max_ms_of_cpu_while_a_backlog_falls_due": round(max(opening.cpu["lease"]), 1),
                **{
                    f"{name}_p99_ms": round(quantile(watch.times[name], 0.99), 2)
                    for name in watch.times
                    if name != "lease"
                },
                "made_in_s": round(made_s),
                "database_mb": size // 1_000_000,
                "load_average": round(os.getloadavg()[0], 1),
            },
        )
    ]


async def _made(url: str) -> int:
    """Closed again: what was written at once is folded into the file, as on any day."""
    store = await open_store(url)
    try:
        return await big_list.make(store)
    finally:
        await store.close()


def _size(directory: Path) -> int:
    return sum(file.stat().st_size for file in directory.iterdir())


class Watch:
    """Milliseconds by name; and of them those in which this process ran, which other load does not lengthen."""

    def __init__(self) -> None:
        self.times: dict[str, list[float]] = defaultdict(list)
        self.cpu: dict[str, list[float]] = defaultdict(list)

    async def of(self, name: str, question: Awaitable[T]) -> T:
        since, cpu = time.perf_counter(), time.process_time()
        answer = await question
        self.times[name].append((time.perf_counter() - since) * 1000)
        self.cpu[name].append((time.process_time() - cpu) * 1000)
        return answer


async def _dial(store: Store, campaign_id: int, watch: Watch, now: datetime, leases: int) -> datetime:
    """As the engine does: a lead is leased, looked at, and after its call due again tomorrow."""
    turns: Turns[str] = Turns(shares={"list 1": 3})
    for _ in range(leases):
        now += timedelta(milliseconds=300)
        await watch.of("places", store.places(campaign_id))
        [lead] = await watch.of(
            "lease",
            store.lease(
                campaign_id, 1, owner="bench", now=now, until=now + timedelta(minutes=2), time_zones=big_list.OPEN,
                agents_ready=big_list.READY, skills=(), turns=turns,
            ),
        )  # fmt: skip
        turns = turns.after([lead.source])
        await watch.of("dossier", store.dossier(lead.lead_id, now=now))
        await watch.of("next_due", store.next_due(campaign_id, now=now, time_zones=big_list.OPEN))
        await watch.of("falls_due", store.falls_due(campaign_id, now=now, time_zones=big_list.OPEN))
        tomorrow = LeadRescheduled(
            occurred_at=now,
            campaign_id=campaign_id,
            lead_id=lead.lead_id,
            due_at=now + timedelta(days=1),
            reason="busy",
        )
        await store.record([tomorrow])
    return now
