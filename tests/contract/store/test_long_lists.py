"""Long lists on real databases: killed in the middle and carried on, beside an engine that goes on writing."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from campaigns.lead import LeadState
from dialer.clock import SystemClock
from dialer.db.store import open_store
from dialer.lists import ImportOptions, import_list, resume_import, undo_import
from dialer.ports import Agent
from dialer.ports.archive import Archive
from tests.contract.store.shop import NOON, Shop, open_shop, row

ROWS = 9000
_IMPORTER = """
import asyncio, sys
from pathlib import Path
from dialer.clock import SystemClock
from dialer.db.store import open_store
from dialer.lists import import_list

async def load(url, path):
    store = await open_store(url)
    [campaign] = await store.campaigns()
    print("begun", flush=True)
    await import_list(store, SystemClock(), campaign, Path(path))

asyncio.run(load(*sys.argv[1:]))
"""


@pytest.fixture
async def shop(database_url: str) -> AsyncIterator[Shop]:
    store = await open_store(database_url)
    try:
        yield await open_shop(store)
    finally:
        await store.close()


def archive(shop: Shop) -> Archive:
    assert isinstance(shop.store, object)
    return shop.store  # type: ignore[return-value]  # a real one is the whole archive


def write(path: Path, rows: int, name: str = "客") -> Path:
    lines = [f"{name}{n},138{n:08},0755{2000_0000 + n},a\\\\b" for n in range(rows)]
    path.write_text("姓名,手机,家庭电话,备注\n" + "\n".join(lines) + "\n客,12,,\n", encoding="utf-8")
    return path


async def numbers(store: Archive, campaign_id: int) -> list[str]:
    found: list[str] = []
    after = 0
    while page := await store.leads(campaign_id, state=LeadState.OPEN, after=after, limit=1000):
        found += [number.e164 for lead in page for number in lead.numbers]
        after = page[-1].lead_id
    return found


def _killed(url: str, path: Path, after_s: float) -> None:
    command = [sys.executable, "-c", _IMPORTER, url, str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as importer:
        assert importer.stdout is not None
        assert importer.stdout.readline() == "begun\n"
        time.sleep(after_s)
        importer.send_signal(signal.SIGKILL)


@pytest.mark.chaos
@pytest.mark.parametrize("after_s", [0.25, 0.6])
async def test_an_import_that_was_killed_is_carried_on_and_nobody_is_missing_or_there_twice(
    shop: Shop, database_url: str, tmp_path: Path, after_s: float
) -> None:
    path, store = write(tmp_path / "list.csv", ROWS), archive(shop)
    await asyncio.to_thread(_killed, database_url, path, after_s)
    for waiting in await store.lists.pending():
        if waiting.phase != "RELEASING":
            assert await shop.leases() == []
        await resume_import(store, SystemClock(), shop.campaign, waiting.import_id)
    if not await store.imports(shop.campaign_id):  # killed before it had a number
        await import_list(store, SystemClock(), shop.campaign, path)
    found = await numbers(store, shop.campaign_id)
    assert len(found) == len(set(found)) == 2 * ROWS
    [done] = await store.imports(shop.campaign_id)
    assert (done.phase, done.rows, done.accepted, done.refused) == ("DONE", ROWS + 1, ROWS, 1)
    undone = await undo_import(store, SystemClock(), shop.campaign, done.import_id)
    assert (undone.removed, undone.closed) == (ROWS, 0)
    assert await numbers(store, shop.campaign_id) == []


async def test_an_engine_writes_on_while_a_list_is_loaded(shop: Shop, tmp_path: Path) -> None:
    path, store, waits = write(tmp_path / "list.csv", ROWS), archive(shop), []

    async def beat() -> None:
        while True:
            since = time.monotonic()
            await store.save_agent(Agent(agent_id="mei", name="Mei", phone="sip:mei@desk"))
            waits.append(time.monotonic() - since)

    task = asyncio.create_task(beat(), name="beat")
    report = await import_list(store, SystemClock(), shop.campaign, path)
    task.cancel()
    assert (report.new, dict(report.refusals)) == (ROWS, {"number_length": 1})
    assert len(waits) > 20
    [lead] = await store.leads(shop.campaign_id, limit=1)
    assert dict(lead.fields) == {"备注": "a\\\\b"}


async def test_a_number_that_came_in_meanwhile_stays_with_who_has_it(shop: Shop, tmp_path: Path) -> None:
    """Between the question and the storing of the numbers a customer may come in by another way."""
    path, store = write(tmp_path / "list.csv", 3), archive(shop)

    class Late:
        def __init__(self) -> None:
            self.lists = self

        def __getattr__(self, name: str) -> object:
            return getattr(store.lists if hasattr(store.lists, name) else store, name)

        async def store_numbers(self, import_id: int, slices: object) -> int:
            other = await store.begin_import(shop.campaign_id, file_name="web", sha256="", at=NOON)
            await store.add_leads(other, [row(1, "+8613800000001", "+8675520000001")], due_at=NOON)
            await store.finish_import(other, at=NOON, rows=1, accepted=1, duplicates=0, refused=0, refused_file="")
            return await store.lists.store_numbers(import_id, slices)  # type: ignore[arg-type]

    report = await import_list(Late(), SystemClock(), shop.campaign, path)  # type: ignore[arg-type]
    assert report.new == 2
    found = await numbers(store, shop.campaign_id)
    assert len(found) == len(set(found)) == 6


async def test_a_mapping_is_kept_by_name(shop: Shop) -> None:
    lists = archive(shop).lists
    await lists.save_mapping("展会", ["number=手机"], at=NOON)
    await lists.save_mapping("展会", ["number=电话", "name=姓名"], at=NOON)
    [saved] = await lists.mappings()
    assert (saved.name, saved.mapping, saved.saved_at) == ("展会", ("number=电话", "name=姓名"), NOON)
    assert await lists.delete_mapping("展会")
    assert not await lists.delete_mapping("展会")


async def test_open_leads_are_allocated_and_nobody_loses_an_owner(shop: Shop, tmp_path: Path) -> None:
    from dialer.planning.allocating import allocate

    store = archive(shop)
    for agent in ("li", "wang"):
        await store.save_agent(Agent(agent_id=agent, name=agent, phone=f"sip:{agent}@desk"))
    options = ImportOptions(allocation="round_robin:li")
    await import_list(store, SystemClock(), shop.campaign, write(tmp_path / "a.csv", 3), options=options)
    path = tmp_path / "b.csv"
    path.write_text("number\n" + "".join(f"139{n:08}\n" for n in range(5)))
    await import_list(store, SystemClock(), shop.campaign, path)
    report = await allocate(store, shop.campaign, "evenly:li,wang")
    assert (dict(report.allocated), report.owned, report.not_allocated) == ({"li": 1, "wang": 4}, 3, 0)
    owners = [lead.owner for lead in await store.leads(shop.campaign_id)]
    assert owners[:3] == ["li"] * 3
    assert (owners.count("li"), owners.count("wang")) == (4, 4)


async def test_a_refresh_is_undone_on_either_database(shop: Shop, tmp_path: Path) -> None:
    from dialer.lists import Mode

    store = archive(shop)
    await import_list(store, SystemClock(), shop.campaign, write(tmp_path / "a.csv", 3))
    before = await store.leads(shop.campaign_id)
    renamed = write(tmp_path / "b.csv", 4, name="户")
    report = await import_list(store, SystemClock(), shop.campaign, renamed, options=ImportOptions(mode=Mode.REFRESH))
    assert (report.new, report.updated, report.import_id is not None) == (1, 3, True)
    assert [lead.name for lead in await store.leads(shop.campaign_id)] == ["户0", "户1", "户2", "户3"]
    await undo_import(store, SystemClock(), shop.campaign, report.import_id or 0)
    assert await store.leads(shop.campaign_id) == before
