"""Who asks by himself is called at once, once, and with his history."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, cast

import pytest

from campaigns.lead import CloseReason, DueKind, Lead, LeadState
from dialer.domain import events as e
from dialer.errors import AlreadyExists
from dialer.ports.archive import Archive
from dialer.ports.web_leads import Enquiry, Received
from tests.contract.store.shop import NOON, Shop, number, row


async def asks(shop: Shop, *numbers: str, key: str = "", sha256: str = "aa", **changes: Any) -> tuple[Lead, Received]:
    store = cast(Archive, shop.store)
    enquiry = Enquiry(lead=row(0, *numbers, source="web", **changes), key=key, sha256=sha256, consent="yes, please")
    lead_id, received = await store.web_leads.receive(shop.campaign_id, enquiry, at=shop.now)
    return await shop.lead(lead_id), received


async def test_a_web_lead_is_the_next_to_be_dialled(shop: Shop) -> None:
    await shop.imports(*(row(n, priority=100) for n in range(1, 30)))
    lead, received = await asks(shop, number(50), number(51))
    assert (received, lead.due_kind, lead.due_at) == (Received.ADDED, DueKind.WEB, NOON)
    assert [n.e164 for n in lead.numbers] == [number(50), number(51)]
    assert [leased.lead_id for leased in await shop.leases(1)] == [lead.lead_id]


async def test_the_same_enquiry_sent_again_changes_nothing(shop: Shop) -> None:
    lead, _ = await asks(shop, number(1), key="x:form 1")
    await shop.leases()
    assert await asks(shop, number(1), key="x:form 1") == (lead, Received.REPEATED)
    assert await shop.leases() == []
    with pytest.raises(AlreadyExists):
        await asks(shop, number(2), key="x:form 1", sha256="bb")


async def test_a_known_lead_is_due_at_once_with_his_history(shop: Shop) -> None:
    [lead] = await shop.has(1)
    await shop.fails(lead)
    closed = e.LeadClosed(
        occurred_at=NOON, campaign_id=shop.campaign_id, lead_id=lead.lead_id, reason=CloseReason.PLANNER
    )
    await shop.store.record([closed])
    again, received = await asks(shop, number(7), number(1), fields={"model": "S7"})
    assert (again.lead_id, received) == (lead.lead_id, Received.KNOWN)
    assert (again.state, again.due_kind, again.closed_reason) == (LeadState.OPEN, DueKind.WEB, None)
    assert [n.e164 for n in again.numbers] == [number(1), number(7)]
    assert again.fields == {"model": "S7"}
    assert len((await shop.store.dossier(lead.lead_id, now=NOON)).history) == 1


async def test_who_asked_not_to_be_called_is_kept_and_not_called(shop: Shop) -> None:
    await shop.store.suppress(number(1), reason="asked", source="agent", at=NOON)
    lead, _ = await asks(shop, number(1))
    assert (lead.state, lead.due_at) == (LeadState.DO_NOT_CALL, None)
    again, received = await asks(shop, number(1))
    assert (again.state, received) == (LeadState.DO_NOT_CALL, Received.KNOWN)
    assert await shop.leases() == []


async def test_who_is_being_talked_to_is_not_called_beside_it(shop: Shop) -> None:
    [lead] = await shop.has(1)
    await shop.dials(lead)
    assert (await asks(shop, number(1)))[0].due_kind is DueKind.FRESH


async def test_a_promise_that_is_due_stays_one(shop: Shop) -> None:
    [lead] = await shop.has(1)
    promised = e.LeadRescheduled(
        occurred_at=NOON, campaign_id=shop.campaign_id, lead_id=lead.lead_id, due_at=NOON, reason="promised",
        due_kind="CALLBACK", for_agent="mei", escalates_at=NOON + timedelta(minutes=15),
    )  # fmt: skip
    await shop.store.record([promised])
    assert (await asks(shop, number(1)))[0].for_agent == "mei"
