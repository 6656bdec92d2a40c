"""What set a lead's due time, and its appointment, stay with the lead."""

from __future__ import annotations

from datetime import datetime, timedelta

from campaigns.lead import CloseReason, Lead
from dialer.domain.events import LeadClosed, LeadRescheduled
from tests.contract.store.shop import NOON, Shop

VISIT = NOON + timedelta(days=5)


def again(lead: Lead, **changes: object) -> LeadRescheduled:
    values = {"reason": "busy: 10 min", "due_at": NOON + timedelta(days=1), **changes}
    return LeadRescheduled(occurred_at=NOON, campaign_id=lead.campaign_id, lead_id=lead.lead_id, **values)


def closed(lead: Lead) -> LeadClosed:
    return LeadClosed(
        occurred_at=NOON, campaign_id=lead.campaign_id, lead_id=lead.lead_id, reason=CloseReason.DISPOSITION
    )


async def told(shop: Shop, lead: Lead) -> tuple[str, datetime | None]:
    found = (await shop.store.dossier(lead.lead_id, now=NOON)).lead
    return found.due_reason, found.appointment_at


async def test_the_rule_that_set_the_due_time_is_kept_until_the_next_one_or_the_end(shop: Shop) -> None:
    [lead] = await shop.has(1)
    assert await told(shop, lead) == ("", None)
    await shop.store.record([again(lead)])
    assert (await told(shop, lead))[0] == "busy: 10 min"
    await shop.store.record([again(lead, reason="no answer: 3 h")])
    assert (await told(shop, lead))[0] == "no answer: 3 h"
    await shop.store.record([closed(lead)])
    assert (await told(shop, lead))[0] == ""


async def test_an_appointment_stays_until_it_is_moved_or_cancelled(shop: Shop) -> None:
    booked, other = await shop.has(2)
    await shop.store.record([again(booked, appointment_at=VISIT), again(other)])
    assert (await told(shop, booked))[1] == VISIT
    await shop.store.record([again(booked), closed(other)])
    assert (await told(shop, booked))[1] == VISIT
    await shop.store.record([again(booked, appointment_at=VISIT + timedelta(days=1))])
    assert (await told(shop, booked))[1] == VISIT + timedelta(days=1)
    await shop.store.record([again(booked, appointment_cancelled=True)])
    assert (await told(shop, booked))[1] is None
    assert (await told(shop, other))[1] is None
