"""What planners' programs do over the API while no engine runs: set up, look, be told what is wrong."""

from __future__ import annotations

from datetime import UTC, datetime

import httpx
import pytest

from dialer.ports import AttemptDraft, NewLead, Store
from tests.integration.api.conftest import CAMPAIGN

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)


async def lead(store: Store, campaign_id: int, number: str = "+8613800138000") -> int:
    import_id = await store.begin_import(campaign_id, file_name="list.csv", sha256="0" * 64, at=NOW)
    row = NewLead(row=2, name="王芳", numbers=(("main", number),), country="CN", time_zone="Asia/Shanghai")
    assert await store.add_leads(import_id, [row], due_at=NOW) == []
    await store.finish_import(import_id, at=NOW, rows=1, accepted=1, duplicates=0, refused=0, refused_file="")
    return (await store.leads(campaign_id))[-1].lead_id


async def attempt(store: Store, campaign_id: int, lead_id: int, attempt_id: str) -> None:
    await store.open_attempt(
        AttemptDraft(
            attempt_id=attempt_id,
            campaign_id=campaign_id,
            campaign_version=1,
            lead_id=lead_id,
            number="+8613800138000",
            trunk="carrier",
            worker="w1",
            sip_call_id=f"{attempt_id}@test",
            caller_id="",
            placed_at=NOW,
        )
    )


async def test_a_campaign_is_created_once_and_found(api: httpx.AsyncClient) -> None:
    created = await api.post("/campaigns", json=CAMPAIGN)
    assert (created.status_code, created.json()["state"]) == (201, "DRAFT")
    assert (await api.get("/campaigns/spring")).json() == created.json()
    assert [c["code"] for c in (await api.get("/campaigns")).json()] == ["spring"]
    again = await api.post("/campaigns", json=CAMPAIGN)
    assert (again.status_code, again.json()["error"]["code"]) == (409, "already_exists")


@pytest.mark.parametrize(
    ("change", "field", "says"),
    [
        ({"trunks": ["carier"]}, "trunks", "known: carrier"),
        ({"agents": ["amy"]}, "agents", "none is set up yet"),
        ({"policy": "mars"}, "policy", "no policy pack 'mars'"),
        ({"ring_time_s": 5}, "ring_time_s", "greater than or equal to 15"),
        ({"ring_tiem_s": 20}, "ring_tiem_s", "unknown key"),
        ({"code": "Spring!"}, "code", "1 to 48 small letters"),
    ],
)
async def test_a_campaign_that_cannot_work_is_refused_by_field(
    api: httpx.AsyncClient, store: Store, change: dict[str, object], field: str, says: str
) -> None:
    answer = await api.post("/campaigns", json=CAMPAIGN | change)
    error = answer.json()["error"]
    assert (answer.status_code, error["field"]) == (422, field)
    assert says in error["message"]
    assert await store.campaigns() == []


@pytest.mark.parametrize("order", ["start", "pause", "drain", "stop"])
async def test_without_an_engine_nothing_can_be_started(
    api: httpx.AsyncClient, campaign: dict[str, object], order: str
) -> None:
    answer = await api.post(f"/campaigns/spring/{order}")
    assert (answer.status_code, answer.json()["error"]["code"]) == (503, "no_server")


async def test_agents_are_added_and_checked(api: httpx.AsyncClient) -> None:
    added = await api.post("/agents", json={"id": "amy", "phone": "1001", "phone_trunk": "carrier"})
    assert (added.status_code, added.json()["name"], added.json()["state"]) == (201, "amy", None)
    assert (await api.post("/agents", json={"id": "amy", "phone": "sip:a@127.0.0.1"})).status_code == 409
    lost = await api.post("/agents", json={"id": "bob", "phone": "1002"})
    assert (lost.status_code, lost.json()["error"]["field"]) == (422, "phone_trunk")
    odd = await api.post("/agents", json={"id": "bob", "phone": "tel:1"})
    assert (odd.status_code, odd.json()["error"]["field"]) == (422, "phone")
    assert [agent["id"] for agent in (await api.get("/agents")).json()] == ["amy"]
    unknown = await api.get("/agents/bob")
    assert (unknown.status_code, unknown.json()["error"]["message"]) == (404, "there is no agent 'bob'; known: amy")


async def test_a_suppressed_number_explains_why_its_lead_is_not_dialled(
    api: httpx.AsyncClient, store: Store, campaign: dict[str, int]
) -> None:
    lead_id = await lead(store, campaign["id"])
    said = await api.post("/suppressions", json={"number": "138 0013 8000", "reason": "asked on the phone"})
    assert (said.status_code, said.json()["number"]) == (201, "+8613800138000")
    explanation = (await api.get(f"/leads/{lead_id}/explanation")).json()
    rules = {rule["rule"]: rule for rule in explanation["rules"]}
    assert not explanation["dialable"]
    assert explanation["campaign"] == "spring"
    assert not rules["not_suppressed"]["passed"]
    assert "asked on the phone" in rules["not_suppressed"]["detail"]
    assert explanation["blocker"] == "campaign_running"
    assert (await api.delete("/suppressions", params={"number": "+8613800138000"})).status_code == 200
    assert not (await api.get("/suppressions", params={"number": "+8613800138000"})).json()["suppressed"]
    assert (await api.delete("/suppressions", params={"number": "+8613800138000"})).status_code == 404
    assert (await api.get("/suppressions", params={"number": "call me"})).status_code == 422


async def test_leads_come_in_pages_that_leave_nobody_out(
    api: httpx.AsyncClient, store: Store, campaign: dict[str, int]
) -> None:
    for last in range(5):
        await lead(store, campaign["id"], f"+861380013800{last}")
    seen, after = [], None
    while True:
        page = (
            await api.get("/campaigns/spring/leads", params={"limit": 2, **({"after": after} if after else {})})
        ).json()
        seen += [item["id"] for item in page["items"]]
        after = page["next"]
        if after is None:
            break
    assert len(seen) == len(set(seen)) == 5
    assert (await api.get("/campaigns/spring/leads", params={"state": "CLOSED"})).json()["items"] == []


KEYS = [
    "id", "lead", "number", "trunk", "worker", "placed_at", "ringing_at", "answered_at", "connected_at",
    "message_at", "opted_out_at", "abandon_limit_s", "screening", "ended_at", "outcome", "sip_status",
    "q850", "sip_call_id", "agent", "disposition", "recording", "mos", "script",
]  # fmt: skip


async def test_an_attempt_has_exactly_the_promised_keys(
    api: httpx.AsyncClient, store: Store, campaign: dict[str, int]
) -> None:
    lead_id = await lead(store, campaign["id"])
    await attempt(store, campaign["id"], lead_id, "0" * 31 + "1")
    page = (await api.get("/attempts", params={"campaign": "spring"})).json()
    assert list(page["items"][0]) == KEYS
    assert page["items"][0]["outcome"] is None
    assert (await api.get("/attempts", params={"since": "2026-11-23T03:00:00Z"})).json()["items"] == []
    assert (await api.get(f"/attempts/{'0' * 31}1")).json() == page["items"][0]


async def test_no_password_leaves_the_server(api: httpx.AsyncClient) -> None:
    trunks = await api.get("/trunks")
    assert trunks.json()[0]["address"] == "127.0.0.1:5060"
    assert "hunter2" not in trunks.text


async def test_what_is_not_there_is_said_in_the_same_form(api: httpx.AsyncClient) -> None:
    for path in (
        "/nothing",
        "/campaigns/none",
        "/attempts/" + "0" * 32,
        "/recordings/" + "0" * 32,
        "/leads/9/explanation",
    ):
        answer = await api.get(path)
        assert (answer.status_code, answer.json()["error"]["code"]) == (404, "not_found"), path
    wrong = await api.patch("/agents")
    assert (wrong.status_code, wrong.json()["error"]["code"]) == (405, "method_not_allowed")
