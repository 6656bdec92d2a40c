"""Requirements and campaigns over the API: agreed, made, changed while running, linted, taken back."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from dialer.bus import Bus
from dialer.clock import SystemClock
from dialer.config import Config
from dialer.ports.archive import Archive
from dialer.twin.telephony import FakeTelephony
from dialer.web.app import create_app
from dialer.wiring import admission, services
from tests.integration.api.conftest import CAMPAIGN, TOKEN, client
from tests.integration.api.test_floor import done, engine_on

RENEWAL = {"code": "renewal", "title": "Renewal", "requester": "Li", "deadline": "2099-03-31"}


@pytest.fixture
async def running(config: Config, store: Archive) -> AsyncIterator[httpx.AsyncClient]:
    """With the real engine."""
    async with engine_on(FakeTelephony(SystemClock()), config, store, Bus()) as engine:
        app = create_app(services(config, store, SystemClock(), engine, engine.wake), admission(config, TOKEN))
        async with client(app, authorization=f"Bearer {TOKEN}") as api:
            yield api


async def refused(answer: Any, code: str, status: int = 409) -> dict[str, Any]:
    body = await done(answer, status)
    assert body["error"]["code"] == code, body
    found: dict[str, Any] = body["error"]
    return found


async def test_a_requirement_goes_its_way(api: httpx.AsyncClient) -> None:
    assert (await done(api.post("/requirements?by=plan", json=RENEWAL), 201))["state"] == "DRAFT"
    await refused(api.post("/requirements", json=RENEWAL), "already_exists")
    make = {"code": "spring", "trunks": ["carrier"]}
    await refused(api.post("/requirements/renewal/campaign", json=make), "wrong_state")
    for party, by in (("planner", "Mei"), ("requester", "Li")):
        row = await done(api.post(f"/requirements/renewal/agreement?by={by}", json={"party": party}))
    assert row["state"] == "AGREED"
    await refused(api.post("/requirements/renewal/campaign", json=make | {"trunks": ["carrot"]}), "invalid", 422)
    made = await done(api.post("/requirements/renewal/campaign?by=Mei", json=make), 201)
    assert made["campaign"]["settings"]["requirement"] == "renewal"
    assert "purpose" in {remark["field"] for remark in made["undecided"]}
    await refused(api.post("/requirements/renewal/campaign", json=make), "already_exists")
    await done(api.post("/requirements/renewal/evaluation?by=Mei", json={"words": "good"}))
    await refused(api.patch("/requirements/renewal", json={"changes": {"offer": "x"}}), "wrong_state")
    steps = await done(api.get("/requirements/renewal/history"))
    assert [step["kind"] for step in steps] == ["created", "agreed", "agreed", "campaign made", "evaluated"]
    assert [step["by"] for step in steps] == ["plan", "Mei", "Li", "Mei", "Mei"]
    assert (await api.get("/requirements/other/history")).status_code == 404


async def test_a_campaign_is_changed_cloned_and_taken_back(api: httpx.AsyncClient, campaign: dict[str, Any]) -> None:
    changed = await done(api.patch("/campaigns/spring?by=Li", json={"changes": {"lines": 9}, "note": "more"}))
    assert (changed["version"], changed["settings"]["lines"]) == (2, 9)
    stale = await refused(api.patch("/campaigns/spring", json={"changes": {"lines": 5}, "version": 1}), "wrong_state")
    assert "version 2 by now" in stale["message"]
    error = await refused(api.patch("/campaigns/spring", json={"changes": {"lines": "9"}}), "bad_document", 422)
    assert error["field"] == "lines"
    copy = await done(api.post("/campaigns/spring/clone", json={"code": "summer", "changes": {"priority": 3}}), 201)
    assert (copy["settings"]["lines"], copy["settings"]["priority"], copy["state"]) == (9, 3, "DRAFT")
    undone = await done(api.post("/campaigns/spring/undo?by=Mei"))
    assert (undone["version"], undone["settings"]) == (3, campaign["settings"])
    history = await done(api.get("/campaigns/spring/history"))
    assert [(entry["version"], entry["by"], entry["note"]) for entry in history] == [
        (1, "api", ""),
        (2, "Li", "more"),
        (3, "Mei", "taken back to version 1"),
    ]
    found = await done(api.get("/campaigns/spring/diff", params={"first": 1, "second": 2}))
    assert found == [{"field": "lines", "before": 0, "after": 9}]
    await refused(api.get("/campaigns/spring/diff", params={"first": 1, "second": 9}), "not_found", 404)


async def test_errors_block_the_start_and_warnings_come_with_it(running: httpx.AsyncClient) -> None:
    await done(running.post("/agents", json={"id": "amy", "phone": "sip:amy@127.0.0.1"}), 201)
    await done(running.post("/campaigns", json=CAMPAIGN | {"lines": 36}), 201)
    error = await refused(running.post("/campaigns/spring/start"), "lint")
    assert [finding["code"] for finding in error["details"]["findings"]] == ["more_lines_than_trunk"]
    assert "36 lines on a 30-channel trunk" in error["message"]
    assert not (await done(running.get("/campaigns/spring/lint")))["may_start"]
    await done(running.patch("/campaigns/spring", json={"unset": ["lines"]}))
    started = await done(running.post("/campaigns/spring/start?by=Li"))
    assert started["state"] == "RUNNING"
    assert "no_leads" in {finding["code"] for finding in started["warnings"]}
    assert {finding["severity"] for finding in started["warnings"]} == {"warning"}
    await done(running.post("/campaigns/spring/pause?by=Mei"))
    moves = [entry for entry in await done(running.get("/campaigns/spring/history")) if entry["kind"] == "state"]
    assert [(m["previous"], m["state"], m["by"]) for m in moves] == [
        ("DRAFT", "RUNNING", "Li"),
        ("RUNNING", "PAUSED", "Mei"),
    ]


async def test_a_running_campaign_is_not_left_with_fewer_lines_than_agents(running: httpx.AsyncClient) -> None:
    for agent in ("amy", "bob"):
        await done(running.post("/agents", json={"id": agent, "phone": f"sip:{agent}@127.0.0.1"}), 201)
    await done(running.post("/campaigns", json=CAMPAIGN | {"agents": ["amy", "bob"]}), 201)
    await done(running.post("/campaigns/spring/start"))
    change = {"changes": {"lines": 1}}
    error = await refused(running.patch("/campaigns/spring", json=change), "fewer_lines_than_agents")
    assert error["details"]["agents"] == 2
    assert (await done(running.patch("/campaigns/spring", json={"changes": {"lines": 2}})))["version"] == 2


async def test_settings_tell_their_origin(api: httpx.AsyncClient, campaign: dict[str, Any]) -> None:
    few = await done(api.get("/campaigns/spring/settings"))
    everything = await done(api.get("/campaigns/spring/settings", params={"everything": True}))
    assert len(few) <= 20 < len(everything)
    assert {setting["origin"].partition(" ")[0] for setting in everything} == {"set", "default", "policy"}


async def test_groups_skills_and_passed_scripts_hold_on_the_running_server(running: httpx.AsyncClient) -> None:
    for agent in ("amy", "bob"):
        await done(running.post("/agents", json={"id": agent, "phone": f"sip:{agent}@127.0.0.1"}), 201)
    await done(running.post("/groups", json={"code": "seniors", "name": "资深"}), 201)
    await refused(running.post("/groups", json={"code": "seniors"}), "already_exists")
    error = await refused(running.post("/campaigns", json=CAMPAIGN | {"groups": ["juniors"]}), "invalid", 422)
    assert "juniors" in error["message"]
    await done(running.post("/campaigns", json=CAMPAIGN | {"groups": ["seniors"], "skills": ["english"]}), 201)
    error = await refused(running.post("/campaigns/spring/start"), "lint")
    assert [finding["code"] for finding in error["details"]["findings"]] == ["no_agents"]
    assert (await done(running.put("/groups/seniors/agents/amy")))["agents"] == ["amy"]
    await done(running.put("/agents/amy/skills/english", json={"level": 3}))
    await done(running.post("/campaigns/spring/start"))
    for agent in ("amy", "bob"):
        await done(running.post(f"/agents/{agent}/ready"))

    async def ready() -> int:
        return int((await done(running.get("/floor")))["campaigns"][0]["ready_agents"])

    assert await ready() == 1
    await done(running.put("/groups/seniors/agents/bob"))
    assert (await done(running.put("/agents/bob/skills/english", json={})))["skills"] == {"english": 1}
    assert await ready() == 2
    await done(running.delete("/groups/seniors/agents/amy"))
    assert await ready() == 1
    changed = await done(running.patch("/agents/bob", json={"active": False, "newcomer": True, "daily_cap": 5}))
    assert (changed["active"], changed["state"], changed["daily_cap"]) == (False, "LOGGED_OUT", 5)
    await refused(running.post("/agents/bob/ready"), "wrong_state")
    await done(running.post("/agents/amy/qualifications?by=Li", json={"script": "renewal", "version": 2}))
    [passed] = await done(running.get("/agents/amy/qualifications"))
    assert (passed["script"], passed["version"], passed["by"]) == ("renewal", 2, "Li")
    gone = {"script": "renewal", "version": 2}
    assert (await done(running.delete("/agents/amy/qualifications", params=gone)))["passed"] == []
