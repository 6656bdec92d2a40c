"""A million rows with two numbers each into a campaign, against a million suppressed numbers, on both databases.

The import runs in a process of its own, as the command line's does, so that its memory is its own. A second connection
of the same process writes like an engine all the while, and its longest wait is told. On PostgreSQL the processor time
of the server's own processes is told beside the client's (`cpu_s`) and the reader's: all of them share the cores.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Final

from bench.figure import Figure, Goal, quantile
from bench.process import tree_cpu_seconds
from campaigns.campaign import CampaignSettings
from dialer.clock import SystemClock
from dialer.db.store import open_store
from dialer.lists import import_list
from dialer.ports import Agent
from dialer.ports.archive import Archive
from tests.postgresql import binaries, private_server

ROWS: Final = int(os.environ.get("GOLDENHOUR_BENCH_ROWS", "1000000"))
SUPPRESSED: Final = ROWS
BEAT_S: Final = 0.1
NOW: Final = datetime(2026, 11, 23, 2, tzinfo=UTC)


async def measure() -> list[Figure]:
    with tempfile.TemporaryDirectory(prefix="goldenhour-bench-") as place:
        directory = Path(place)
        listing = directory / "million.csv"
        write_list(listing)
        figures = [_figure("import_million_sqlite", f"sqlite:///{directory / 'goldenhour.db'}", listing, 60.0)]
        if (programs := binaries()) is not None:
            with private_server(programs) as server:
                url = server.create("bench")
                figures.append(_figure("import_million_postgresql", url, listing, 40.0, server=server.pid))
    return figures


def write_list(path: Path) -> None:
    """Every fiftieth row repeats a number, every hundredth has one that is none; two in a hundred are suppressed."""
    chosen = random.Random(7)
    mobiles = chosen.sample(range(100_000_000), ROWS)
    with path.open("w", encoding="utf-8") as file:
        file.write("客户编号,姓名,手机,家庭电话,城市,来源\n")
        for row, mobile in enumerate(mobiles):
            number = f"138{mobile:08}" if row % 100 else "12"
            number = f"138{mobiles[row - 1]:08}" if row % 50 == 7 else number
            home = f"0755{20000000 + row}" if row % 50 != 7 and row % 100 else ""
            file.write(f"C{row:07},客户{row},{number},{home},深圳,{'网站' if row % 3 else '展会'}\n")


def _figure(name: str, url: str, listing: Path, goal_s: float, *, server: int = 0) -> Figure:
    command = [sys.executable, "-m", "bench.import_million", url, str(listing), str(server)]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True)
    details = json.loads(done.stdout)
    return Figure(figure=name, value=details.pop("seconds"), unit="s", goal=Goal("<=", goal_s), details=details)


async def _run(url: str, listing: Path, server: int) -> dict[str, Any]:
    store = await open_store(url)
    try:
        campaign = await store.add_campaign(CampaignSettings(code="bench", name="B", trunks=("c",)), at=NOW)
        await _suppress(store)
        before, busy, since = os.times(), tree_cpu_seconds(server) if server else 0.0, time.monotonic()
        with _beating(store) as waits:
            report = await import_list(store, SystemClock(), campaign, listing)
        seconds, after = time.monotonic() - since, os.times()
        assert waits
        return {
            "seconds": round(seconds, 1),
            "rows": report.rows,
            "new": report.new,
            "duplicates": report.duplicates,
            "refused": report.refused,
            "suppressed": report.suppressed,
            "suppression_entries": SUPPRESSED,
            "peak_rss_mb": round(_peak(resource.RUSAGE_SELF), 1),
            "peak_rss_reader_mb": round(_peak(resource.RUSAGE_CHILDREN), 1),
            "goal_rss_mb": 400,
            "cpu_s": round(after.user + after.system - before.user - before.system, 1),
            "cpu_reader_s": round(after.children_user + after.children_system, 1),
            **({"cpu_server_s": round(tree_cpu_seconds(server) - busy, 1)} if server else {}),
            "engine_write_max_ms": round(1000 * max(waits)),
            "engine_write_p99_ms": round(1000 * quantile(waits, 0.99)),
            "load_average": round(os.getloadavg()[0], 1),
        }
    finally:
        await store.close()


def _peak(who: int) -> float:
    return resource.getrusage(who).ru_maxrss / 1024


@contextmanager
def _beating(store: Archive) -> Iterator[list[float]]:
    """Durable writes as an engine makes them before every call."""
    waits: list[float] = []

    async def beat() -> None:
        while True:
            since = time.monotonic()
            await store.save_agent(Agent(agent_id="beat", name="beat", phone="sip:beat@desk"))
            waits.append(time.monotonic() - since)
            await asyncio.sleep(BEAT_S)

    task = asyncio.create_task(beat(), name="beat")
    try:
        yield waits
    finally:
        task.cancel()


async def _suppress(store: Archive) -> None:
    """Twenty thousand of them are in the list."""
    wanted = random.Random(7).sample(range(100_000_000), ROWS)[: ROWS // 50]
    others = range(200_000_000, 200_000_000 + SUPPRESSED - len(wanted))
    numbers = [f"+86138{n:08}" for n in wanted] + [f"+1{n + 2_000_000_000}" for n in others]
    register_id = await store.suppressions.begin_register("national", dated=date(2026, 11, 1), at=NOW, by="bench")
    for start in range(0, len(numbers), 20_000):
        await store.suppressions.add_to_register(register_id, numbers[start : start + 20_000])
    await store.suppressions.finish_register(register_id, at=NOW)


if __name__ == "__main__":
    print(json.dumps(asyncio.run(_run(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])))))
