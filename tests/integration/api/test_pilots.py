"""A pilot over the API: started within a plan, reported on, decided; with an engine and without one."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from campaigns.campaign import CampaignState
from campaigns.lead import CloseReason
from dialer.bus import Bus
from dialer.clock import SystemClock
from dialer.config import Config
from dialer.domain import events as e
from dialer.domain.agent import LegMode
from dialer.domain.ids import new_id
from dialer.ports import Agent
from dialer.ports.archive import Archive
from dialer.twin.telephony import FakeTelephony
from dialer.web.app import create_app
from dialer.wiring import admission, services
from tests.contract.store.shop import Shop, row
from tests.integration.api.conftest import CAMPAIGN, TOKEN, client
from tests.integration.api.test_floor import done, engine_on

TEAM = [f"agent{n}" for n in range(1, 9)]
PLAN = {"calls": 50, "calls_per_agent": 7, "agents": TEAM}


@pytest.fixture
async def running(config: Config, store: Archive) -> AsyncIterator[httpx.AsyncClient]:
    await employ(store)
    telephony = FakeTelephony(SystemClock(), max_legs=60)
    async with engine_on(telephony, config, store, Bus()) as engine:
        app = create_app(services(config, store, SystemClock(), engine, engine.wake), admission(config, TOKEN))
        async with client(app, authorization=f"Bearer {TOKEN}") as api:
            yield api


async def employ(store: Archive) -> None:
    for name in (*TEAM, "stranger"):
        await store.save_agent(Agent(agent_id=name, name=name, phone="sip:a@desk", leg_mode=LegMode.ON_CONNECT))


async def shop(api: httpx.AsyncClient, store: Archive, **changes: Any) -> Shop:
    await done(api.post("/campaigns", json=CAMPAIGN | {"agents": TEAM} | changes), 201)
    campaign = await store.campaign("spring")
    assert campaign is not None
    found = Shop(store, campaign, now=datetime.now(UTC))
    await found.imports(*(row(n) for n in range(1, 21)), due_at=found.now + timedelta(days=1))
    return found


async def calls(shop: Shop, decisions: dict[str, int], *, silent: int = 0) -> None:
    """Conversations of the pilot, of which each closes its lead, and attempts nobody answered."""
    shop.now = datetime.now(UTC)
    leads = await shop.store.leads(shop.campaign_id)
    wanted = [code for code, times in decisions.items() for _ in range(times)]
    for n, code in enumerate(wanted):
        call = await shop.dials(leads[n])
        closed = e.LeadClosed(
            occurred_at=shop.now, campaign_id=shop.campaign_id, lead_id=leads[n].lead_id, reason=CloseReason.DISPOSITION
        )
        await shop.store.record([*shop.conversation(call, agent=TEAM[n % 8], disposition=code), closed])
    for lead in leads[len(wanted) : len(wanted) + silent]:
        await shop.fails(lead)


async def begun(store: Archive, found: Shop) -> None:
    """A pilot an engine began that has gone since."""
    now = datetime.now(UTC)
    started = e.PilotStarted(
        occurred_at=now, pilot_id=new_id(now), campaign_id=found.campaign_id, version=1, calls=50, calls_per_agent=7,
        agents=tuple(TEAM), by="li",
    )  # fmt: skip
    moved = e.CampaignStateChanged(
        occurred_at=now, campaign_id=found.campaign_id, previous=CampaignState.DRAFT, state=CampaignState.PILOT
    )
    await store.record([started, moved])


async def test_a_pilot_is_started_reported_adjusted_tried_again_and_goes_live(
    running: httpx.AsyncClient, store: Archive
) -> None:
    deadline = (datetime.now(UTC) + timedelta(days=60)).date().isoformat()
    found = await shop(running, store, deadline=deadline, goal={"successes": 4, "success_rate": 0.9})
    begun = await done(running.post("/campaigns/spring/pilot?by=li", json=PLAN))
    assert (begun["campaign"]["state"], begun["pilot"]["agents"], begun["pilot"]["started_by"]) == ("PILOT", TEAM, "li")
    assert (await done(running.get("/campaigns/spring/pilot")))["report"]["forecast"] is None
    early = await done(running.post("/campaigns/spring/start"), 409)
    assert "decide first: go, adjust or stop" in early["error"]["message"]
    await calls(found, {"SALE": 3, "NOT_INTERESTED": 6, "DO_NOT_CALL": 1}, silent=5)
    report = (await done(running.get("/campaigns/spring/pilot")))["report"]
    assert (report["calls"], report["attempts"], report["mean_talk_s"]) == (10, 15, pytest.approx(60, abs=0.1))
    assert [report[name]["value"] for name in ("contact_rate", "success_rate", "data_qualified_rate")] == [
        pytest.approx(10 / 15),
        pytest.approx(0.3),
        1.0,
    ]
    assert report["contact_rate"]["low"] < 10 / 15 < report["contact_rate"]["high"]
    assert [(one["name"], one["count"]) for one in report["refusal_reasons"]] == [
        ("not interested", 6),
        ("do not call", 1),
    ]
    assert [one["calls"] for one in report["agents"]] == [2, 2, 1, 1, 1, 1, 1, 1]
    assert {"few_calls"} <= {one["code"] for one in report["remarks"]}
    assert all(one["text_zh"] for one in report["remarks"])
    assert report["notes"][0] == {"agent": "agent1", "disposition": "SALE", "note": "wants a ride"}
    forecast = report["forecast"]
    assert forecast["deadline"] == deadline
    assert forecast["deadline_probability"] > 0.9
    assert [goal["goal"] for goal in forecast["goals"]] == ["successes", "success_rate"]
    assert forecast["goals"][1]["probability"] < 0.1
    await done(running.patch("/campaigns/spring?by=li", json={"changes": {"ring_time_s": 35}}))
    adjusted = await done(
        running.post("/campaigns/spring/pilot/decision?by=wang", json={"decision": "adjust", "remark": "开场太长"})
    )
    assert adjusted["campaign"]["state"] == "PAUSED"
    assert [(one["field"], one["after"]) for one in adjusted["pilot"]["changed"]] == [("ring_time_s", 35)]
    await done(running.patch("/campaigns/spring?by=li", json={"changes": {"wrap_up_s": 44}}))
    await done(running.post("/campaigns/spring/pilot?by=li", json=PLAN))
    gone = await done(running.post("/campaigns/spring/pilot/decision?by=wang", json={"decision": "go"}))
    assert (gone["campaign"]["state"], gone["pilot"]["report"]["attempts"]) == ("RUNNING", 0)
    await done(running.patch("/campaigns/spring?by=li", json={"changes": {"wrap_up_s": 55}}))
    first, second = await done(running.get("/campaigns/spring/pilots"))
    assert (first["decision"], first["decided_by"], first["remark"]) == ("adjust", "wang", "开场太长")
    assert first["report"]["attempts"] == 15
    assert [(one["field"], one["after"]) for one in first["changed_after"]] == [("wrap_up_s", 44)]
    assert (second["decision"], second["changed"], second["changed_after"]) == ("go", [], [])


async def test_a_plan_that_is_none_is_refused_by_name(running: httpx.AsyncClient, store: Archive) -> None:
    await shop(running, store)
    for wanted, field in (
        (PLAN | {"calls": 20}, "calls"),
        (PLAN | {"calls_per_agent": 11}, "calls_per_agent"),
        (PLAN | {"agents": [*TEAM, "nobody"]}, "agents"),
        (PLAN | {"agents": [*TEAM, "stranger"]}, "agents"),
        (PLAN | {"groups": ["nobodies"]}, "groups"),
        ({}, "agents"),
    ):
        refused = await done(running.post("/campaigns/spring/pilot", json=wanted), 422)
        assert refused["error"]["field"] == field, refused
    assert await done(running.get("/campaigns/spring/pilots")) == []
    missing = await done(running.get("/campaigns/spring/pilot"), 404)
    assert "had no pilot yet" in missing["error"]["message"]


async def test_what_lint_refuses_has_no_pilot(running: httpx.AsyncClient, store: Archive) -> None:
    await shop(running, store, deadline="2020-01-01")
    refused = await done(running.post("/campaigns/spring/pilot", json=PLAN), 409)
    assert refused["error"]["code"] == "lint"


async def test_a_paused_pilot_goes_on_without_a_plan(running: httpx.AsyncClient, store: Archive) -> None:
    await shop(running, store)
    begun = await done(running.post("/campaigns/spring/pilot", json=PLAN))
    await done(running.post("/campaigns/spring/pause"))
    again = await done(running.post("/campaigns/spring/pilot", json=PLAN), 409)
    assert "decide first" in again["error"]["message"]
    resumed = await done(running.post("/campaigns/spring/pilot", json={}))
    assert (resumed["campaign"]["state"], resumed["pilot"]["id"]) == ("PILOT", begun["pilot"]["id"])


@pytest.mark.parametrize(("decision", "state"), [("adjust", "PAUSED"), ("stop", "FINISHED")])
async def test_without_a_server_a_pilot_is_read_and_adjusted_or_stopped_but_does_not_go(
    api: httpx.AsyncClient, store: Archive, decision: str, state: str
) -> None:
    await employ(store)
    found = await shop(api, store)
    assert (await done(api.post("/campaigns/spring/pilot", json=PLAN), 503))["error"]["code"] == "no_server"
    await begun(store, found)
    await calls(found, {"SALE": 1})
    assert (await done(api.get("/campaigns/spring/pilot")))["report"]["calls"] == 1
    refused = await done(api.post("/campaigns/spring/pilot/decision", json={"decision": "go"}), 503)
    assert "go starts the dialling" in refused["error"]["message"]
    decided = await done(api.post("/campaigns/spring/pilot/decision?by=wang", json={"decision": decision}))
    assert (decided["campaign"]["state"], decided["pilot"]["decided_by"]) == (state, "wang")
    again = await done(api.post("/campaigns/spring/pilot/decision", json={"decision": decision}), 409)
    assert "no pilot to decide about" in again["error"]["message"]


async def test_any_campaign_with_calls_has_a_forecast(api: httpx.AsyncClient, store: Archive) -> None:
    await employ(store)
    found = await shop(api, store)
    none = await done(api.get("/campaigns/spring/forecast?days=3"), 409)
    assert "no calls in the last 3 days" in none["error"]["message"]
    await calls(found, {"SALE": 2, "NOT_INTERESTED": 2}, silent=4)
    forecast = await done(api.get("/campaigns/spring/forecast"))
    low, middle, high = forecast["attempts_needed"]
    assert 16 <= low <= middle <= high
    assert forecast["completes_on"][1] is not None
