"""A form on a web page: its enquiry becomes a lead that is due at once."""

from __future__ import annotations

import httpx
import pytest

from tests.integration.api.conftest import CAMPAIGN

ASKS = {
    "name": "王芳", "numbers": [{"number": "138 0013 8000"}, {"number": "021-5555", "kind": "office"}],
    "fields": {"model": "S7"}, "source": "landing page", "external_id": "form-1",
    "consent": "Please call me", "consent_at": "2026-11-23T10:00:00+08:00",
}  # fmt: skip


async def test_an_enquiry_becomes_a_lead_that_is_due_at_once(api: httpx.AsyncClient, campaign: dict[str, int]) -> None:
    sent = await api.post("/campaigns/spring/leads", json=ASKS)
    assert sent.status_code == 201, sent.text
    lead = sent.json()["lead"]
    assert (sent.json()["received"], lead["due_kind"], lead["state"]) == ("added", "WEB", "OPEN")
    assert [n["number"] for n in lead["numbers"]] == ["+8613800138000"]
    assert lead["fields"] == {"model": "S7", "number 2 (not usable)": "021-5555"}
    assert (lead["source"], lead["time_zone"], lead["due_at"]) == ("landing page", "Asia/Shanghai", lead["created_at"])
    listed = await api.get("/campaigns/spring/leads", params={"kind": "WEB", "source": "landing page"})
    assert [item["id"] for item in listed.json()["items"]] == [lead["id"]]
    assert (await api.get("/campaigns/spring/leads", params={"owner": "mei"})).json()["items"] == []


async def test_sent_again_it_is_the_same_lead(api: httpx.AsyncClient, campaign: dict[str, int]) -> None:
    first = await api.post("/campaigns/spring/leads", json=ASKS)
    again = await api.post("/campaigns/spring/leads", json=ASKS)
    assert (again.status_code, again.json()["received"]) == (200, "repeated")
    assert again.json()["lead"] == first.json()["lead"]
    other = await api.post("/campaigns/spring/leads", json=ASKS | {"name": "李雷"})
    assert (other.status_code, other.json()["error"]["field"]) == (409, "external_id")


async def test_a_key_in_the_header_serves_as_well(api: httpx.AsyncClient, campaign: dict[str, int]) -> None:
    asks = {"numbers": [{"number": "13800138001"}]}
    answers = [
        await api.post("/campaigns/spring/leads", json=asks, headers={"idempotency-key": key})
        for key in ("a", "a", "b")
    ]
    assert [answer.json()["received"] for answer in answers] == ["added", "repeated", "known"]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"numbers": [{"number": "12"}]}, "numbers"),
        ({"numbers": []}, "numbers"),
        ({"time_zone": "Mars/Base"}, "time_zone"),
        ({"priority": 500}, "priority"),
        ({"nmae": "x"}, "nmae"),
    ],
)
async def test_what_cannot_be_dialled_is_refused_by_field(
    api: httpx.AsyncClient, campaign: dict[str, int], change: dict[str, object], field: str
) -> None:
    answer = await api.post("/campaigns/spring/leads", json=ASKS | change)
    assert (answer.status_code, answer.json()["error"]["field"]) == (422, field), answer.text
    assert (await api.get("/campaigns/spring/leads")).json()["items"] == []


async def test_the_do_not_call_list_holds_for_web_leads(api: httpx.AsyncClient, campaign: dict[str, int]) -> None:
    await api.post("/suppressions", json={"number": "13800138000"})
    sent = await api.post("/campaigns/spring/leads", json=ASKS)
    assert (sent.status_code, sent.json()["lead"]["state"]) == (201, "DO_NOT_CALL")


async def test_a_campaign_that_is_not_there_takes_no_leads(api: httpx.AsyncClient) -> None:
    assert (await api.post(f"/campaigns/{CAMPAIGN['code']}/leads", json=ASKS)).status_code == 404


async def test_a_lead_cannot_belong_to_a_stranger(api: httpx.AsyncClient, campaign: dict[str, int]) -> None:
    refused = await api.post("/campaigns/spring/leads", json=ASKS | {"owner": "zoe"})
    assert (refused.status_code, refused.json()["error"]["field"]) == (422, "owner")
    assert (await api.get("/campaigns/spring/leads")).json()["items"] == []
