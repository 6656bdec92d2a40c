"""Promised calls and the 31-day cabinet over the API, on a data directory without a running server."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest

from dialer.ports import Agent, NewLead, Store

SHANGHAI = ZoneInfo("Asia/Shanghai")


@pytest.fixture
async def lead(campaign: dict[str, object], store: Store) -> int:
    """A customer in Shanghai, and Mei."""
    await store.save_agent(Agent(agent_id="mei", name="Mei", phone="sip:mei@desk"))
    found = await store.campaign("spring")
    assert found is not None
    now = datetime.now(UTC)
    import_id = await store.begin_import(found.campaign_id, file_name="list.csv", sha256="", at=now)
    row = NewLead(
        row=1, name="Lan", numbers=(("main", "+8613800000001"),), country="CN", time_zone="Asia/Shanghai", owner="mei"
    )
    await store.add_leads(import_id, [row], due_at=now)
    await store.finish_import(import_id, at=now, rows=1, accepted=1, duplicates=0, refused=0, refused_file="")
    return (await store.leads(found.campaign_id))[0].lead_id


def weekday(hour: int) -> datetime:
    """At that hour in Shanghai, on the first Tuesday to Thursday that is no holiday as far ahead as a week."""
    day = datetime.now(SHANGHAI).replace(hour=hour, minute=0, second=0, microsecond=0) + timedelta(days=2)
    while day.weekday() not in (1, 2, 3):
        day += timedelta(days=1)
    return day


async def made(api: httpx.AsyncClient, lead: int, at: datetime, **more: Any) -> httpx.Response:
    return await api.post(f"/leads/{lead}/callback", json={"at": at.isoformat(), **more}, params={"by": "planner"})


async def test_a_callback_is_made_moved_shown_and_cancelled(api: httpx.AsyncClient, lead: int) -> None:
    created = await made(api, lead, weekday(15), agent="mei", note="price list")
    assert created.status_code == 201, created.text
    callback = created.json()
    assert callback["due_local"] == f"{weekday(15):%a %Y-%m-%d %H:%M} Asia/Shanghai"
    assert (callback["agent"], callback["made_by"], callback["state"]) == ("mei", "planner", "OPEN")
    assert callback["escalates_at"] is not None
    again = await made(api, lead, weekday(16))
    assert (again.status_code, again.json()["error"]["code"]) == (409, "already_exists")
    moved = await api.post(f"/callbacks/{callback['id']}/move", json={"at": weekday(16).isoformat(), "agent": "anyone"})
    assert moved.json()["agent"] is None
    assert moved.json()["due_at"] == weekday(16).astimezone(UTC).isoformat().replace("+00:00", "Z")
    listed = (await api.get("/callbacks", params={"state": "OPEN", "agent": ["mei", "tom"]})).json()["items"]
    assert [one["id"] for one in listed] == [callback["id"]]  # anyone's is hers who knows the customer
    cancelled = await api.post(f"/callbacks/{callback['id']}/cancel", json={"reason": "is abroad"})
    assert (cancelled.json()["state"], cancelled.json()["reason"]) == ("CANCELLED", "is abroad")
    twice = await api.post(f"/callbacks/{callback['id']}/cancel", json={"reason": "is abroad"})
    assert (twice.status_code, twice.json()["error"]["code"]) == (409, "wrong_state")


async def test_at_night_it_is_refused_with_the_nearest_times(api: httpx.AsyncClient, lead: int) -> None:
    refused = await made(api, lead, weekday(23))
    error = refused.json()["error"]
    assert (refused.status_code, error["field"]) == (422, "callback_at")
    before, after = (datetime.fromisoformat(error["details"][name]) for name in ("before", "after"))
    assert before.astimezone(SHANGHAI).strftime("%H:%M") == "19:59"
    assert (await made(api, lead, after)).status_code == 201


async def test_the_cabinet_shows_the_day_and_counts_what_was_kept(api: httpx.AsyncClient, lead: int) -> None:
    at = weekday(15)
    assert (await made(api, lead, at, agent="mei")).status_code == 201
    cabinet = (await api.get("/tickler", params={"agent": "mei"})).json()
    assert (cabinet["count"], cabinet["overdue"]["count"], len(cabinet["days"])) == (1, 0, 31)
    [drawer] = [day for day in cabinet["days"] if day["count"]]
    assert drawer["day"] == f"{at:%Y-%m-%d}"
    assert (drawer["items"][0]["kind"], drawer["items"][0]["lead_name"]) == ("CALLBACK", "Lan")
    assert (await api.get("/tickler", params={"agent": "tom"})).json()["count"] == 0
    await api.post("/groups", json={"code": "seniors", "name": "Seniors"})
    assert (await api.get("/tickler", params={"team": "seniors"})).json()["count"] == 0
    await api.put("/groups/seniors/agents/mei")
    assert (await api.get("/tickler", params={"team": "seniors"})).json()["count"] == cabinet["count"]
    assert (await api.get("/tickler", params={"team": "juniors"})).status_code == 404
    period = {"since": (at - timedelta(days=1)).isoformat(), "until": (at + timedelta(days=1)).isoformat()}
    count = (await api.get("/callbacks/counts", params=period)).json()
    assert (count["due"], count["done"], count["open"], count["rate"]) == (1, 0, 1, 0.0)


@pytest.mark.parametrize("path", ["/callbacks/0192e9f1c0de70008000000000000000", "/leads/999999/explanation"])
async def test_what_is_not_there_is_not_found(api: httpx.AsyncClient, path: str) -> None:
    assert (await api.get(path)).status_code == 404


async def test_explain_tells_the_customers_time_and_for_whom_the_call_waits(api: httpx.AsyncClient, lead: int) -> None:
    promise = (await made(api, lead, weekday(15), agent="mei")).json()
    told = (await api.get(f"/leads/{lead}/explanation")).json()
    assert told["due_local"] == f"{weekday(15):%a %Y-%m-%d %H:%M} Asia/Shanghai"
    assert (told["due_kind"], told["waits_for"], told["callback"]) == ("CALLBACK", "mei", promise["id"])
    assert told["waits_until"] == promise["escalates_at"]
