"""The funnel over the API: moved, handed over, given up, sent back."""

from __future__ import annotations

import httpx
import pytest

from dialer.ports.archive import Archive
from tests.integration.api.conftest import CAMPAIGN
from tests.integration.api.test_floor import done
from tests.integration.api.test_nouns import lead as make_lead


@pytest.fixture
async def lead(api: httpx.AsyncClient, store: Archive) -> int:
    settings = CAMPAIGN | {"required_details": ["city"], "loss_reasons": ["price", "moved away"]}
    created = await done(api.post("/campaigns", json=settings), 201)
    return await make_lead(store, created["id"])


async def test_a_customer_goes_up_with_complete_details_to_sales_and_back(api: httpx.AsyncClient, lead: int) -> None:
    refused = await done(api.post(f"/leads/{lead}/stage?by=mei", json={"move": "found"}), 422)
    assert refused["error"]["field"] == "city"
    shown = await done(api.patch(f"/leads/{lead}/details?by=mei", json={"fields": {"city": "Ningbo"}}))
    assert (shown["stage"], shown["missing"]) == ("LEAD", [])
    shown = await done(api.post(f"/leads/{lead}/stage?by=mei", json={"move": "found", "reason": "he is it"}))
    assert (shown["stage"], [(s["by"], s["reason"]) for s in shown["steps"]]) == ("VALID", [("mei", "he is it")])
    offered = await done(api.post(f"/leads/{lead}/handover?by=mei", json={"to": "Shop 3"}), 201)
    unsaid = await done(api.post(f"/handovers/{offered['id']}/return?by=boss", json={}), 422)
    assert unsaid["error"]["field"] == "reason"
    await done(api.post(f"/handovers/{offered['id']}/confirm?by=boss", json={}))
    assert (await done(api.get(f"/leads/{lead}/stage")))["stage"] == "OPPORTUNITY"
    await done(api.post(f"/handovers/{offered['id']}/return?by=boss", json={"reason": "did not come"}))
    assert (await done(api.get("/campaigns/spring/stages")))["VALID"] == 1
    listed = await done(api.get("/handovers?campaign=spring&state=RETURNED"))
    assert [row["reason"] for row in listed["items"]] == ["did not come"]


async def test_a_loss_needs_a_known_reason_and_somebody_else_to_approve_it(api: httpx.AsyncClient, lead: int) -> None:
    unknown = await done(api.post(f"/leads/{lead}/loss?by=mei", json={"reason": "mood"}), 422)
    assert unknown["error"]["field"] == "reason"
    proposed = await done(api.post(f"/leads/{lead}/loss?by=mei", json={"reason": "price"}), 201)
    own = await done(api.post(f"/losses/{proposed['id']}/approve?by=mei", json={}), 409)
    assert own["error"]["field"] == "by"
    silent = await done(api.post(f"/losses/{proposed['id']}/send-back?by=boss", json={}), 422)
    assert silent["error"]["field"] == "remark"
    await done(api.post(f"/losses/{proposed['id']}/approve?by=boss", json={}))
    assert (await done(api.get(f"/leads/{lead}/stage")))["stage"] == "LOST"
    assert [row["decided_by"] for row in (await done(api.get("/losses?state=APPROVED")))["items"]] == ["boss"]
    again = await done(api.post(f"/leads/{lead}/stage?by=boss", json={"move": "reopened"}))
    assert again["stage"] == "VALID"


async def test_an_answer_cannot_be_given_by_hand(api: httpx.AsyncClient, lead: int) -> None:
    refused = await done(api.post(f"/leads/{lead}/stage?by=mei", json={"move": "confirmed"}), 422)
    assert refused["error"]["field"] == "move"
    assert (await api.get("/leads/999/stage")).status_code == 404
