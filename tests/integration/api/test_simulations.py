"""What-if over the API: a simulation runs beside everything else, is watched, cancelled and read again."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx

TWO_AGENTS: dict[str, Any] = {
    "name": "ten minutes",
    "agents": [{"count": 2, "from": "10:00", "to": "10:10"}],
    "leads": {"count": 200, "country": "US", "time_zone": "America/New_York"},
    "time_zone": "America/New_York",
}


async def ended(api: httpx.AsyncClient, simulation_id: str) -> dict[str, Any]:
    async with asyncio.timeout(90):
        while True:
            found: dict[str, Any] = (await api.get(f"/simulations/{simulation_id}")).json()
            if found["ended_at"]:
                return found
            await asyncio.sleep(0.2)


async def test_two_settings_are_compared_on_the_same_ten_minutes(api: httpx.AsyncClient) -> None:
    asked = {"name": "more lines?", "scenario": TWO_AGENTS, "what_if": ["agents.0.count=4"]}
    started = await api.post("/simulations", json=asked)
    assert started.status_code == 202, started.text
    found = await ended(api, started.json()["simulation_id"])
    assert found["state"] == "DONE", found["error"]
    assert found["words_zh"] == "已完成"
    two, four = found["variants"]
    assert (two["variant"], four["variant"]) == ("as it is", "agents.0.count=4")
    assert four["figures"]["attempts"]["mean"] > two["figures"]["attempts"]["mean"] > 0
    assert two["faults"] == four["faults"] == 0
    assert found["labels"]["utilisation"]["zh"] == "利用率"
    assert [one["simulation_id"] for one in (await api.get("/simulations")).json()] == [found["simulation_id"]]


async def test_a_simulation_nobody_wants_any_more_ends_and_keeps_what_there_was(api: httpx.AsyncClient) -> None:
    long = {**TWO_AGENTS, "agents": [{"count": 10, "from": "08:00", "to": "20:00"}], "days": 30}
    simulation_id = (await api.post("/simulations", json={"scenario": long})).json()["simulation_id"]
    cancelled = await api.post(f"/simulations/{simulation_id}/cancel")
    assert cancelled.status_code == 202
    assert (await ended(api, simulation_id))["state"] == "CANCELLED"
    again = await api.post(f"/simulations/{simulation_id}/cancel")
    assert (again.status_code, again.json()["error"]["code"]) == (409, "wrong_state")


async def test_what_cannot_be_rehearsed_is_refused_with_the_field(api: httpx.AsyncClient) -> None:
    wrong = await api.post("/simulations", json={"scenario": {**TWO_AGENTS, "behaviour": {"person": 3}}})
    assert wrong.status_code == 422
    assert wrong.json()["error"]["field"] == "behaviour.person"
    nobody = await api.post("/simulations", json={})
    assert nobody.json()["error"]["field"] == "scenario"
    unknown = await api.post("/simulations", json={"campaign": "nowhere"})
    assert unknown.status_code == 404


async def test_tomorrow_of_a_campaign_is_rehearsed(api: httpx.AsyncClient, campaign: dict[str, object]) -> None:
    added = await api.post("/agents", json={"id": "amy", "phone": "sip:1001@127.0.0.1:6999"})
    assert added.status_code == 201, added.text
    asked = {"campaign": campaign["code"], "on": "2026-11-30", "what_if": ["ring_time_s=20"]}
    started = await api.post("/simulations", json=asked)
    assert started.status_code == 202, started.text
    found = await ended(api, started.json()["simulation_id"])
    assert (found["state"], found["error"]) == ("DONE", "")
    assert [one["variant"] for one in found["variants"]] == ["as it is", "ring_time_s=20"]


async def test_a_campaign_without_agents_cannot_be_rehearsed(
    api: httpx.AsyncClient, campaign: dict[str, object]
) -> None:
    answer = await api.post("/simulations", json={"campaign": campaign["code"], "on": "2026-11-30"})
    assert (answer.status_code, answer.json()["error"]["field"]) == (422, "agents")
