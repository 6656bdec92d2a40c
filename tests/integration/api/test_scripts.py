"""Call scripts over the API: written, reviewed, released, walked; what customers answered; who may call with them."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from campaigns.campaign import CampaignOrder
from campaigns.script_version import CheckItem
from dialer.bus import Bus
from dialer.clock import SystemClock
from dialer.config import Config
from dialer.domain import events as e
from dialer.planning.script_file import as_text
from dialer.ports import AttemptDraft
from dialer.ports.archive import Archive
from dialer.twin.telephony import FakeTelephony
from dialer.web.app import create_app
from dialer.web.planning import script_planning
from dialer.wiring import admission, services
from tests.integration.api.conftest import CAMPAIGN, TOKEN, client
from tests.integration.api.test_floor import done, engine_on
from tests.integration.api.test_nouns import NOW
from tests.integration.api.test_nouns import lead as make_lead
from tests.integration.test_script_file import PNG
from tests.unit.campaigns.scripts import script

CALL = "0" * 31 + "7"
HELLO = {"node": "hello", "said": ["recording"], "answers": {"time": "yes"}}


async def write(api: httpx.AsyncClient, by: str = "li", status: int = 201, **changes: Any) -> dict[str, Any]:
    found: dict[str, Any] = await done(
        api.post("/scripts", params={"by": by}, json={"text": as_text(script(**changes))}), status
    )
    return found


async def order(api: httpx.AsyncClient, version: int, name: str, by: str, status: int = 200, **body: Any) -> Any:
    return await done(api.post(f"/scripts/spring/versions/{version}/{name}", params={"by": by}, json=body), status)


async def release(api: httpx.AsyncClient, version: int, **body: Any) -> None:
    await order(api, version, "submit", "li")
    for item in CheckItem:
        path = f"/scripts/spring/versions/{version}/checklist/{item}"
        await done(api.put(path, params={"by": "wang"}, json={"remark": "ok"}))
    await order(api, version, "approve", "boss")
    await order(api, version, "release", "boss", **body)


async def called(store: Archive, campaign_id: int, lead_id: int, label: str = "spring 1") -> None:
    draft = AttemptDraft(
        attempt_id=CALL, campaign_id=campaign_id, campaign_version=1, lead_id=lead_id, number="+8613800138000",
        trunk="carrier", worker="w1", sip_call_id="x@test", caller_id="", placed_at=NOW, script_version=label,
    )  # fmt: skip
    await store.open_attempt(draft)


async def test_a_script_is_released_after_its_checklist_by_somebody_else(api: httpx.AsyncClient) -> None:
    draft = await write(api)
    assert (draft["version"], draft["state"], draft["findings"], draft["orders"]) == (1, "DRAFT", [], ["submit"])
    await order(api, 1, "submit", "li")
    early = await order(api, 1, "approve", "boss", 409)
    assert early["error"]["field"] == "checklist"
    assert "flow, read_aloud" in early["error"]["message"]
    nobody = await done(api.put("/scripts/spring/versions/1/checklist/flow?by=", json={}), 422)
    assert nobody["error"]["field"] == "by"
    for item in CheckItem:
        ticked = await done(api.put(f"/scripts/spring/versions/1/checklist/{item}?by=wang", json={}))
    assert {tick["by"] for tick in ticked["checklist"]} == {"wang"}
    for author in ("Li ", "li"):
        assert (await order(api, 1, "approve", author, 409))["error"]["field"] == "by"
    assert (await order(api, 1, "release", "boss", 409))["error"]["field"] == "version"
    await order(api, 1, "approve", "boss")
    shown = await order(api, 1, "release", "li")
    assert (shown["state"], shown["approved_by"], shown["released_by"]) == ("RELEASED", "boss", "li")
    assert (await write(api))["version"] == 1  # nothing differs
    second = await write(api, title="Better")
    assert (second["version"], second["state"]) == (2, "DRAFT")
    assert (await done(api.get("/scripts/spring?version=1")))["title"] == "Spring"
    differ = await done(api.get("/scripts/spring/diff?first=1&second=2"))
    assert differ == [{"field": "title", "before": "Spring", "after": "Better"}]
    assert [step["kind"] for step in await done(api.get("/scripts/spring/history"))][-3:] == [
        "approve", "release", "written",
    ]  # fmt: skip
    assert (await api.get("/scripts/other")).status_code == 404


async def test_a_script_with_errors_is_kept_and_not_reviewed(api: httpx.AsyncClient) -> None:
    broken = script().model_dump(mode="json", exclude_defaults=True)
    broken["closing"].append({"node": "lost"})
    kept = await write(api, **broken)
    assert [(f["severity"], f["node"]) for f in kept["findings"]] == [("error", "lost")]
    refused = await order(api, 1, "submit", "li", 422)
    assert refused["error"]["field"] == "lost"
    assert (await order(api, 1, "send_back", "li", 422))["error"]["field"] == "words"
    unread = await done(api.post("/scripts?by=li", json={"text": "name = "}), 422)
    assert unread["error"]["code"] == "bad_document"
    checked = await done(api.post("/scripts/check", json={"text": as_text(script(**broken))}))
    assert [finding["node"] for finding in checked] == ["lost"]


async def test_pictures_travel_in_the_file(api: httpx.AsyncClient, config: Config) -> None:
    data = base64.b64encode(PNG).decode()
    kept = await write(api, pictures=[{"name": "price", "data": data}])
    digest = kept["content"]["pictures"][0]["sha256"]
    assert (config.data / "pictures" / digest).read_bytes() == PNG
    shown = await api.get("/scripts/spring/pictures/price")
    assert (shown.content, shown.headers["content-type"]) == (PNG, "image/png")
    file = await done(api.get("/scripts/spring/file"))
    again = await done(api.post("/scripts?by=li", json={"text": file["text"]}), 201)
    assert (again["version"], again["content"]) == (1, kept["content"])
    fake = base64.b64encode(b"<svg/>").decode()
    refused = await done(
        api.post("/scripts?by=li", json={"text": as_text(script(pictures=[{"name": "price", "data": fake}]))}), 422
    )
    assert refused["error"]["field"] == "pictures"


async def test_the_agents_screen_asks_where_the_conversation_stands(api: httpx.AsyncClient, store: Archive) -> None:
    created = await done(api.post("/campaigns", json=CAMPAIGN), 201)
    lead_id = await make_lead(store, created["id"])
    await done(api.post("/agents", json={"id": "amy", "name": "Amy", "phone": "sip:amy@127.0.0.1"}), 201)
    await write(api)
    told = {"lead": lead_id, "agent": "amy"}
    start = await done(api.post("/scripts/spring/walk", json=told))
    assert start["node"]["say"] == "Good day 王芳, this is Amy."
    assert start["lacking"] == ["recording", "time"]
    offer = await done(api.post("/scripts/spring/walk", json={**told, "steps": [HELLO]}))
    assert (offer["node"]["node"], offer["node"]["say"]) == ("offer", "About your car.")
    assert (offer["answers"], offer["path"], offer["said"]) == ({"time": True}, ["hello"], ["recording"])
    at = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    later = [{**HELLO, "answers": {"time": "no"}}, {"node": "later", "next_call_at": at}]
    end = await done(api.post("/scripts/spring/walk", json={**told, "steps": later}))
    assert (end["finished"], end["node"], datetime.fromisoformat(end["next_call_at"])) == (
        True, None, datetime.fromisoformat(at),
    )  # fmt: skip
    wrong = await done(api.post("/scripts/spring/walk", json={"steps": [HELLO, {"node": "bye"}]}), 422)
    assert wrong["error"]["field"] == "steps[1]"
    assert (await done(api.get("/scripts/spring/search?words=price"))) == []
    await release(api, 1)
    await write(api, title="Second")
    await release(api, 2)
    await called(store, created["id"], lead_id)
    of_call = await done(api.post("/scripts/spring/walk", json={"call": CALL}))
    assert (of_call["version"], of_call["node"]["say"]) == (1, "Good day 王芳, this is [agent].")
    assert (await done(api.post("/scripts/spring/walk", json={})))["version"] == 2


async def test_answers_are_kept_with_the_call_and_with_the_customer(
    api: httpx.AsyncClient, store: Archive, app: FastAPI
) -> None:
    created = await done(api.post("/campaigns", json=CAMPAIGN), 201)
    lead_id = await make_lead(store, created["id"])
    await write(api)
    await called(store, created["id"], lead_id)
    given = {"answers": {"budget": "60000", "uses": ["family"]}, "next_call_at": "2099-01-01T10:00:00+08:00"}
    for _ in range(2):
        kept = await done(api.post(f"/calls/{CALL}/answers?by=amy", json=given))
    assert {a["question"]: a["value"] for a in kept} == {
        "budget": 60000.0, "uses": ["family"], "next_call": "2099-01-01T10:00:00+08:00",
    }  # fmt: skip
    assert (await store.dossier(lead_id, now=NOW)).lead.fields["budget"] == "60000"
    assert await done(api.get(f"/calls/{CALL}/answers")) == kept
    wrong = await done(api.post(f"/calls/{CALL}/answers?by=amy", json={"answers": {"budget": -3}}), 422)
    assert wrong["error"]["field"] == "budget"
    unknown = await done(api.post(f"/calls/{CALL}/answers?by=amy", json={"answers": {"age": 3}}), 422)
    assert "its questions: time, budget, uses" in unknown["error"]["message"]
    assert (await done(api.get("/attempts", params={"campaign": "spring"})))["items"][0]["script"] == "spring 1"
    attempt = await store.attempt(CALL)
    assert attempt is not None
    planning = script_planning(app.state.services)
    assert await planning.booked(attempt, "CALLBACK") == datetime(2099, 1, 1, 2, tzinfo=UTC)
    assert await planning.booked(attempt, "SALE") is None
    ended = e.CallEnded(
        occurred_at=NOW + timedelta(seconds=60), attempt_id=CALL, campaign_id=created["id"], lead_id=lead_id,
        outcome="HUMAN", agent_id="amy",
    )  # fmt: skip
    disposed = e.CallDisposed(
        occurred_at=NOW + timedelta(seconds=70), attempt_id=CALL, campaign_id=created["id"], lead_id=lead_id,
        agent_id="amy", code="NOT_INTERESTED",
    )  # fmt: skip
    await store.record([ended, disposed])
    [figures] = (await done(api.get("/campaigns/spring/statistics")))["by_script"]
    assert (figures["script"], figures["refusal_reasons"]) == (
        "spring 1", [{"name": "not interested", "count": 1, "share": 1.0}],
    )  # fmt: skip


@pytest.fixture
async def running(config: Config, store: Archive) -> AsyncIterator[httpx.AsyncClient]:
    """With the real engine."""
    async with engine_on(FakeTelephony(SystemClock()), config, store, Bus()) as engine:
        app = create_app(services(config, store, SystemClock(), engine, engine.wake), admission(config, TOKEN))
        async with client(app, authorization=f"Bearer {TOKEN}") as api:
            yield api


async def test_a_campaign_needs_a_released_script_and_agents_who_have_passed_it(running: httpx.AsyncClient) -> None:
    await done(running.post("/agents", json={"id": "amy", "phone": "sip:amy@127.0.0.1"}), 201)
    await done(running.post("/campaigns", json=CAMPAIGN | {"script_name": "spring"}), 201)

    async def blocking() -> set[str]:
        found = (await done(running.get("/campaigns/spring/lint")))["findings"]
        return {finding["code"] for finding in found if finding["field"] == "script_name"}

    assert await blocking() == {"unknown_script"}
    await write(running)
    assert await blocking() == {"script_not_approved"}
    await release(running, 1)
    assert await blocking() == {"nobody_qualified", "script_says_too_little"}
    await done(running.post("/agents/amy/qualifications?by=Li", json={"script": "spring", "version": 1}))
    assert await blocking() == {"script_says_too_little"}
    assert await done(running.get("/campaigns/spring/script")) == {"script": "spring 1"}
    await done(running.post("/campaigns/spring/start?by=Li"))
    alone = await order(running, 1, "retire", "li", 409)
    assert "campaign spring dials with version 1" in alone["error"]["message"]
    for change in ({"script_name": "summer"}, {"script_version": 2}):
        unknown = await done(running.patch("/campaigns/spring", json={"changes": change}), 409)
        assert (unknown["error"]["field"], "is not released" in unknown["error"]["message"]) == ("script_name", True)
    await write(running, title="Second")
    await release(running, 2, requalify=False)
    assert await done(running.get("/campaigns/spring/script")) == {"script": "spring 2"}
    assert "nobody_qualified" not in await blocking()
    await write(running, title="Third")
    await release(running, 3)
    assert "nobody_qualified" in await blocking()
    assert (await order(running, 1, "retire", "li"))["state"] == "RETIRED"
    await done(running.post(f"/campaigns/spring/{CampaignOrder.PAUSE}"))
