"""The funnel of a campaign of a million leads: why it dials as many as it does."""

from __future__ import annotations

import os
import statistics
import tempfile
import time
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, insert, select

from bench import big_list
from bench.figure import Figure, Goal
from campaigns.campaign import CampaignState
from dialer.db import tables as t
from dialer.db.store import open_store
from dialer.engine.funnel import count_funnel
from dialer.policies import PolicyBook

LEADS: Final = 1_000_000
DIALLED: Final = 20_000
ROUNDS: Final = 3


async def measure() -> list[Figure]:
    with tempfile.TemporaryDirectory(prefix="goldenhour-bench-") as directory:
        store = await open_store(f"sqlite:///{Path(directory) / 'goldenhour.db'}")
        try:
            campaign_id = await big_list.make(store, LEADS)
            await store._db.write(_dial, campaign_id)  # type: ignore[attr-defined]
            [campaign] = await store.campaigns()
            campaign, book = replace(campaign, state=CampaignState.RUNNING), PolicyBook.load()
            times, busy = [], []
            for _ in range(ROUNDS):
                since, worked = time.monotonic(), time.process_time()
                funnel = await count_funnel(store, book, campaign, big_list.NOW)
                times.append(time.monotonic() - since)
                busy.append(time.process_time() - worked)
        finally:
            await store.close()
    details = {
        "leads": funnel.leads,
        "dialled_before": DIALLED,
        "dialable": funnel.dialable,
        "processor_s": round(statistics.median(busy), 2),
        "load_average": round(os.getloadavg()[0], 1),
        "excluded": {step.rule: step.leads for step in funnel.excluded},
    }
    value = round(statistics.median(times), 2)
    return [Figure(figure="funnel", value=value, unit="s", goal=Goal("<=", 2.0), details=details)]


def _dial(connection: Connection, campaign_id: int) -> None:
    """One unanswered call each, one after another through the day before yesterday."""
    begin = big_list.NOW - timedelta(days=2, hours=1)  # nine o'clock
    numbers = select(t.lead_numbers.c.lead_id, t.lead_numbers.c.e164).where(t.lead_numbers.c.position == 0)
    found = connection.execute(numbers.order_by(t.lead_numbers.c.lead_id).limit(DIALLED)).all()
    times = [begin + timedelta(seconds=1.9 * n) for n in range(len(found))]
    rows: list[dict[str, Any]] = [
        {
            "attempt_id": f"{n:032x}", "campaign_id": campaign_id, "campaign_version": 1, "lead_id": row.lead_id,
            "number": row.e164, "trunk": "carrier", "worker": "", "sip_call_id": "", "caller_id": "", "policy": "",
            "rules": "[]", "placed_at": at, "ended_at": at, "outcome": "NO_ANSWER",
        }
        for n, (row, at) in enumerate(zip(found, times, strict=True))
    ]  # fmt: skip
    connection.execute(insert(t.attempts), rows)
