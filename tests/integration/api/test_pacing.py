"""Pacing over the API: leads shown to agents, decisions explained, what was learned shown and reset."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from dialer.twin.telephony import FakeTelephony
from tests.integration.api import test_floor
from tests.integration.api.conftest import CAMPAIGN
from tests.integration.api.test_floor import connected, done, until

api, telephony = test_floor.api, test_floor.telephony


async def centre(api: httpx.AsyncClient, mode: str, **changes: Any) -> None:
    await done(api.post("/agents", json={"id": "amy", "phone": "sip:amy@127.0.0.1"}), 201)
    await done(
        api.post("/campaigns", json=CAMPAIGN | {"agents": ["amy"], "pacing": mode, "wrap_up_s": 60} | changes), 201
    )
    listing = "name,number\nLi Wei,13800138000\nWang Fang,13800138001\n"
    await done(api.post("/campaigns/spring/imports", files={"file": ("list.csv", listing.encode())}))
    await done(api.post("/agents/amy/ready"))
    await done(api.post("/campaigns/spring/start"))


async def shown(api: httpx.AsyncClient) -> Any:
    async def ask() -> Any:
        answer = await api.get("/agents/amy/preview")
        return answer.json() if answer.status_code == 200 else None

    return await until(ask)


async def test_an_agent_skips_one_lead_and_accepts_the_next(api: httpx.AsyncClient) -> None:
    await centre(api, "preview")
    first = await shown(api)
    assert first["state"] == "SHOWN"
    assert first["lead"]["name"] in ("Li Wei", "Wang Fang")
    floor = await done(api.get("/floor"))
    assert floor["agents"][0]["preview"]["lead_name"] == first["lead"]["name"]
    skipped = await done(api.post("/agents/amy/preview/skip", json={"reason": "a friend of mine"}))
    assert (skipped["state"], skipped["reason"]) == ("SKIPPED", "a friend of mine")
    second = await shown(api)
    assert second["lead"]["id"] != first["lead"]["id"]
    accepted = await done(api.post("/agents/amy/preview/accept"))
    assert accepted["state"] in ("ACCEPTED", "DIALLED")
    assert (await connected(api))["lead_id"] == second["lead"]["id"]
    refused = await api.post("/agents/amy/preview/accept")
    assert refused.status_code == 409
    assert "no lead waits" in refused.json()["error"]["message"]


async def test_every_decision_is_explained_and_what_was_learned_is_reset(api: httpx.AsyncClient) -> None:
    await centre(api, "progressive")
    await connected(api)
    pacing = await done(api.get("/campaigns/spring/pacing"))
    assert (pacing["mode"], pacing["over_dials"]) == ("progressive", False)
    assert pacing["learned"].keys() >= {"attempts", "conversations", "answer_rate"}
    assert [window["window"] for window in pacing["windows"]] == ["24h", "30d"]
    assert pacing["windows"][0]["answered"] == 1
    found = await done(api.get("/campaigns/spring/pacing/decisions"))
    assert found["decision"]["mode"] == "progressive"
    assert found["decision"]["limit_words_zh"]
    every = [*found["before"], found["decision"], *found["after"]]
    assert any(one["placed"] == 1 for one in every)
    assert all(one["first"] <= one["last"] for one in every)
    again = await done(api.post("/campaigns/spring/pacing/reset", params={"by": "li"}))
    assert again["learned"]["attempts"] == 0
    assert again["windows"][0]["answered"] == 1


async def test_a_time_that_is_not_kept_any_more_is_refused(api: httpx.AsyncClient) -> None:
    await centre(api, "progressive")
    old = (datetime.now(UTC) - timedelta(days=2)).isoformat()
    refused = await api.get("/campaigns/spring/pacing/decisions", params={"at": old})
    assert refused.status_code == 422
    assert "24 hours" in refused.json()["error"]["message"]


async def test_the_mode_is_changed_and_taken_back_while_it_dials(
    api: httpx.AsyncClient, telephony: FakeTelephony
) -> None:
    await centre(api, "progressive")
    changed = await done(api.patch("/campaigns/spring", json={"changes": {"pacing": "power", "lines_per_agent": 2.5}}))
    assert changed["settings"]["pacing"] == "power"
    assert (await done(api.get("/campaigns/spring/pacing")))["mode"] == "power"
    await done(api.post("/campaigns/spring/undo"))
    assert (await done(api.get("/campaigns/spring/pacing")))["mode"] == "progressive"
    refused = await api.patch("/campaigns/spring", json={"changes": {"lines_per_agent": 5}})
    assert refused.status_code == 422


@pytest.mark.parametrize("what", ["preview/accept", "preview/skip"])
async def test_without_a_lead_on_the_screen_nothing_can_be_decided(api: httpx.AsyncClient, what: str) -> None:
    await done(api.post("/agents", json={"id": "amy", "phone": "sip:amy@127.0.0.1"}), 201)
    assert (await api.post(f"/agents/amy/{what}", json={})).status_code == 409
