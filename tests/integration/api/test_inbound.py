"""Calls from customers over the API: listed, counted, shown as a card, and unknown callers adopted without a server."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import httpx
import pytest

from campaigns.inbound import InboundOutcome
from dialer.domain import events as e
from dialer.domain.ids import new_id
from dialer.ports import NewLead, Store

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
KNOWN, STRANGER = "+8613800000001", "+8613999999999"


@pytest.fixture
async def calls(api: httpx.AsyncClient, campaign: dict[str, object], store: Store) -> dict[str, str]:
    found = await store.campaign("spring")
    assert found is not None
    importing = await store.begin_import(found.campaign_id, file_name="l.csv", sha256="", at=NOW)
    lead = NewLead(row=1, name="Ms Wu", numbers=(("main", KNOWN),), country="CN", time_zone="Asia/Shanghai")
    await store.add_leads(importing, [lead], due_at=NOW)
    await store.finish_import(importing, at=NOW, rows=1, accepted=1, duplicates=0, refused=0, refused_file="")
    [stored] = await store.leads(found.campaign_id)
    ids = {}
    for n, (caller, lead_id) in enumerate(((KNOWN, stored.lead_id), (STRANGER, None))):
        at = NOW + timedelta(minutes=n)
        ids[caller] = call = new_id(at)
        await store.record([
            e.InboundArrived(
                occurred_at=at, inbound_id=call, trunk="carrier", worker="w1", sip_call_id="x", caller=caller,
                called="+862112345678", campaign_id=found.campaign_id, lead_id=lead_id,
            )
        ])  # fmt: skip
    answered = e.InboundAnswered(
        occurred_at=NOW + timedelta(seconds=6), inbound_id=ids[KNOWN], agent_id="mei", ring_s=6.0, rings=2
    )
    ends = [
        e.InboundEnded(occurred_at=NOW + timedelta(minutes=2), inbound_id=ids[KNOWN], outcome=InboundOutcome.ANSWERED),
        e.InboundEnded(occurred_at=NOW + timedelta(minutes=2), inbound_id=ids[STRANGER], outcome=InboundOutcome.MISSED),
    ]
    await store.record([answered, *ends])
    return ids


async def test_calls_are_listed_and_the_share_within_three_rings_is_counted(
    api: httpx.AsyncClient, calls: dict[str, str]
) -> None:
    listed = (await api.get("/inbound-calls")).json()["items"]
    assert [(row["caller"], row["outcome"], row["rings"]) for row in listed] == [
        (KNOWN, "ANSWERED", 2),
        (STRANGER, "MISSED", None),
    ]
    figures = (await api.get("/statistics/inbound", params={"campaign": "spring"})).json()
    assert (figures["arrived"], figures["answered"], figures["to_adopt"]) == (2, 1, 1)
    assert figures["within_three_rings"]["value"] == 0.5


async def test_the_card_shows_who_calls_and_what_there_was_with_him(
    api: httpx.AsyncClient, calls: dict[str, str]
) -> None:
    card = (await api.get(f"/inbound-calls/{calls[KNOWN]}/card")).json()
    assert card["lead"]["name"] == "Ms Wu"
    assert card["attempts"] == []
    assert (await api.get(f"/inbound-calls/{calls[STRANGER]}/card")).json()["lead"] is None
    assert (await api.get(f"/inbound-calls/{'0' * 32}/card")).status_code == 404


async def test_an_unknown_caller_is_adopted_once_also_while_no_engine_runs(
    api: httpx.AsyncClient, calls: dict[str, str]
) -> None:
    to_adopt = (await api.get("/inbound-calls", params={"to_adopt": "true"})).json()["items"]
    assert [row["id"] for row in to_adopt] == [calls[STRANGER]]
    adopted = await api.post(f"/inbound-calls/{calls[STRANGER]}/adopt", json={"name": "Mr Li"})
    assert adopted.status_code == 200, adopted.text
    assert adopted.json()["lead_name"] == "Mr Li"
    again = await api.post(f"/inbound-calls/{calls[STRANGER]}/adopt", json={})
    assert again.json()["lead"] == adopted.json()["lead"]
    leads = (await api.get("/campaigns/spring/leads")).json()["items"]
    assert {(lead["name"], lead["source"], lead["due_kind"]) for lead in leads} >= {("Mr Li", "inbound", "CALLBACK")}
    unknown_agent = await api.post(f"/inbound-calls/{calls[STRANGER]}/adopt", json={"owner": "nobody"})
    assert unknown_agent.status_code == 404
