"""Lists over the API: watched while they are loaded, interrupted, carried on, refreshed, shared out and taken back."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import httpx
import pytest

from dialer.config import Config
from dialer.db.list_store import SqlLists

LISTS = "/campaigns/spring/imports"
pytestmark = pytest.mark.usefixtures("campaign")


def listing(rows: int, first: int = 0, header: str = "姓名,手机,来源") -> bytes:
    lines = [f"客{n},138{n:08},{'展会' if n % 2 else '网站'}" for n in range(first, first + rows)]
    return "\n".join((header, *lines, "客,12,网站", "")).encode()


async def load(api: httpx.AsyncClient, content: bytes, **fields: Any) -> Any:
    answer = await api.post(LISTS, files={"file": ("list.csv", content)}, data=fields, timeout=60)
    assert answer.status_code in (200, 202), answer.text
    return answer.json()


async def over(api: httpx.AsyncClient, import_id: int) -> Any:
    async with asyncio.timeout(30):
        while (view := (await api.get(f"{LISTS}/{import_id}?wait_s=1")).json())["state"] == "running":
            pass
    return view


def copies(config: Config) -> list[Path]:
    return list((config.data / "imports").glob(".upload-*"))


class Halt:
    """An import stops before its second batch, and says so, until told to go on."""

    def __init__(self) -> None:
        self.reached, self.go_on, self.batches = asyncio.Event(), asyncio.Event(), 0

    async def passed(self) -> None:
        self.batches += 1
        if self.batches == 2:
            self.reached.set()
            await self.go_on.wait()


@pytest.fixture
def halt(monkeypatch: pytest.MonkeyPatch) -> Halt:
    halt, hold = Halt(), SqlLists.hold

    async def halting(self: SqlLists, *args: Any, **options: Any) -> list[int]:
        await halt.passed()
        return await hold(self, *args, **options)

    monkeypatch.setattr(SqlLists, "hold", halting)
    return halt


async def test_a_list_is_watched_while_it_is_loaded(api: httpx.AsyncClient, config: Config, halt: Halt) -> None:
    begun = await load(api, listing(4500), wait="false")
    await halt.reached.wait()
    view = (await api.get(f"{LISTS}/{begun['id']}?wait_s=0.1")).json()
    assert (view["state"], view["phase"], view["rows"], view["accepted"]) == ("running", "READING", 2000, 2000)
    assert 0 < view["bytes_read"] <= view["size_bytes"]
    assert 0 < view["percent"] < 100
    assert (await api.get("/campaigns/spring/leads")).json()["items"] == []
    halt.go_on.set()
    done = await over(api, begun["id"])
    assert (done["state"], done["percent"], done["accepted"], done["refused"]) == ("done", 100, 4500, 1)
    assert done["report"]["refusals"] == {"number_length": 1}
    assert [(source["source"], source["rows"]) for source in done["by_source"]] == [("网站", 2251), ("展会", 2250)]
    assert done["by_source"][1]["data_qualified_rate"] == 1.0
    assert copies(config) == []


async def test_an_import_is_cancelled_and_carried_on(api: httpx.AsyncClient, config: Config, halt: Halt) -> None:
    begun = await load(api, listing(4500), wait="false")
    await halt.reached.wait()
    cancelled = (await api.post(f"{LISTS}/{begun['id']}/cancel")).json()
    assert cancelled["state"] == "interrupted"
    again = await api.post(LISTS, files={"file": ("list.csv", listing(1))})
    assert (again.status_code, again.json()["error"]["details"]) == (409, {"import": begun["id"]})
    halt.go_on.set()
    report = (await api.post(f"{LISTS}/{begun['id']}/resume", timeout=60)).json()
    assert (report["id"], report["new"], report["refused"]) == (begun["id"], 4500, 1)
    assert (await api.post(f"{LISTS}/{begun['id']}/cancel")).status_code == 409
    assert copies(config) == []


async def test_an_interrupted_import_is_taken_back(api: httpx.AsyncClient, config: Config, halt: Halt) -> None:
    begun = await load(api, listing(4500), wait="false")
    await halt.reached.wait()
    await api.post(f"{LISTS}/{begun['id']}/cancel")
    assert len(copies(config)) == 1
    undone = (await api.delete(f"{LISTS}/{begun['id']}")).json()
    assert (undone["removed"], undone["closed"]) == (2000, 0)
    assert copies(config) == []
    halt.go_on.set()
    assert (await load(api, listing(3)))["new"] == 3


async def test_a_mapping_is_saved_once_and_used_for_the_lists_to_come(api: httpx.AsyncClient) -> None:
    bad = await api.put("/mappings/fair", json={"mapping": ["phone=手机"]})
    assert (bad.status_code, bad.json()["error"]["field"]) == (422, "mapping")
    saved = (await api.put("/mappings/fair", json={"mapping": ["number=联络", "name=谁"]})).json()
    assert saved["mapping"] == ["number=联络", "name=谁"]
    report = await load(api, "谁,联络\n王,13800000001\n".encode(), mapping_name="fair")
    assert report["columns"] == {"谁": "name", "联络": "number"}
    unknown = await api.post(LISTS, files={"file": ("list.csv", listing(1))}, data={"mapping_name": "fare"})
    assert (unknown.status_code, "known: fair" in unknown.json()["error"]["message"]) == (404, True)
    assert (await api.delete("/mappings/fair")).json()["name"] == "fair"
    assert (await api.get("/mappings")).json() == []


async def test_a_refresh_is_rehearsed_and_then_done(api: httpx.AsyncClient) -> None:
    await load(api, listing(3))
    renamed = listing(4).replace("客1,".encode(), "户,".encode())
    rehearsed = await load(api, renamed, mode="refresh", dry_run="true")
    assert (await api.get(LISTS)).json()[-1]["rows"] == 4
    done = await load(api, renamed, mode="refresh")
    for report in (rehearsed, done):
        assert (report["new"], report["updated"], report["unchanged"]) == (1, 1, 2)
    undone = (await api.delete(f"{LISTS}/{done['id']}")).json()
    assert (undone["removed"], undone["restored"]) == (1, 1)


async def test_leads_are_shared_out_later_by_a_rule(api: httpx.AsyncClient) -> None:
    for agent in ("li", "wang"):
        await api.post("/agents", json={"id": agent, "phone": f"sip:{agent}@127.0.0.1"})
    await load(api, listing(5))
    refused = await api.post("/campaigns/spring/allocation", json={"rule": "evenly:li,zhao"})
    assert (refused.status_code, "no agent zhao" in refused.json()["error"]["message"]) == (422, True)
    report = (await api.post("/campaigns/spring/allocation", json={"rule": "evenly:li,wang"})).json()
    assert (report["allocated"], report["not_allocated"], report["owned"]) == ({"li": 3, "wang": 2}, 0, 0)
    again = (await api.post("/campaigns/spring/allocation", json={"rule": "round_robin:wang"})).json()
    assert (again["allocated"], again["owned"]) == ({}, 5)


@pytest.mark.parametrize(("field", "value"), [
    ("duplicates", "days:0"), ("duplicates", "world"), ("allocation", "fairly:li"), ("mode", "replace"),
])  # fmt: skip
async def test_what_is_not_understood_is_refused_and_nothing_is_kept(
    api: httpx.AsyncClient, config: Config, field: str, value: str
) -> None:
    answer = await api.post(LISTS, files={"file": ("list.csv", listing(1))}, data={field: value})
    assert answer.status_code == 422, answer.text
    assert copies(config) == []
    assert [view for view in (await api.get(LISTS)).json() if view["state"] not in ("undone",)] == []
