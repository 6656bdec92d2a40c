"""The funnel of a campaign, counted in sets, is that of asking the rules for every single lead."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from campaigns.attempt import AttemptOutcome
from campaigns.campaign import CampaignState
from campaigns.explain import Funnel, FunnelCount
from campaigns.verdict import verdict
from dialer.domain import events as e
from dialer.engine.funnel import count_funnel
from dialer.policies import PolicyBook
from tests.contract.store.shop import Shop, number, open_shop, row

BOOK = PolicyBook.load()
ZONES = ("Asia/Shanghai", "Europe/London", "")


async def one_by_one(shop: Shop) -> Funnel:
    count = FunnelCount()
    async for dossier in await shop.store.dossiers(shop.campaign_id, now=shop.now):
        policy = BOOK.of(shop.campaign.settings, dossier.lead.country)
        running = shop.campaign.state is CampaignState.RUNNING
        count.add(verdict(dossier, shop.campaign.settings, policy, shop.now, running=running))
    return count.result()


async def crowd(shop: Shop) -> None:
    """Leads in every state the rules know, of every zone."""
    await shop.imports(*(row(n, time_zone=ZONES[n % 3], country="XX" if n % 17 == 0 else "CN") for n in range(1, 80)))
    leads = await shop.store.leads(shop.campaign_id, limit=100)
    for lead in leads[:8]:
        await shop.fails(lead, AttemptOutcome.NO_ANSWER)
    for lead in leads[8:10]:
        for _ in range(3):
            await shop.fails(lead, AttemptOutcome.BUSY)
    told = {"occurred_at": shop.now, "campaign_id": shop.campaign_id}
    later = [
        e.LeadRescheduled(**told, lead_id=lead.lead_id, due_at=shop.now + timedelta(minutes=30 * n), reason="no answer")
        for n, lead in enumerate([*leads[4:8], *leads[20:30]])
    ]
    closed = [
        e.LeadClosed(**told, lead_id=lead.lead_id, reason=reason)
        for lead, reason in zip(leads[30:33], ("disposition", "disposition", "planner"), strict=True)
    ]
    invalid = [
        e.NumberInvalidated(occurred_at=shop.now, lead_id=lead.lead_id, e164=lead.numbers[0].e164)
        for lead in leads[33:35]
    ]
    await shop.store.record([*later, *closed, *invalid])
    await shop.dials(leads[35])
    await _suppresses(shop)


async def _suppresses(shop: Shop) -> None:
    lists = shop.store.suppressions  # type: ignore[attr-defined]
    words = {"reason": "asked", "source": "planner", "by": "lin", "at": shop.now}
    await lists.add(number(40), **words)
    await lists.add(number(41), **words, expires_at=shop.now + timedelta(hours=2))
    await lists.add(number(42), **words, campaign_id=shop.campaign_id)
    await lists.add("+8613800000043", **words, prefix=True)
    await lists.add(number(44), **words, expires_at=shop.now - timedelta(hours=2))
    register = await lists.begin_register("national", dated=date(2026, 11, 1), at=shop.now, by="lin")
    await lists.add_to_register(register, [number(45), number(46)])
    await lists.finish_register(register, at=shop.now)
    other = await open_shop(shop.store, "winter")
    await other.imports(row(47), row(48))
    for lead in await other.leases():
        await other.fails(lead)


@pytest.mark.parametrize(
    ("state", "hours"),
    [*((CampaignState.RUNNING, hours) for hours in (-2, 3, 12, 60)), (CampaignState.DRAFT, 3)],
    ids=["morning", "afternoon", "night", "weekend", "draft"],
)
@pytest.mark.parametrize(
    "changes",
    [{}, {"lead_lifetime_days": 1}, {"deadline": date(2026, 11, 20)}, {"date_windows": ({"date": "2026-11-20"},)}],
    ids=["plain", "lifetime", "deadline", "closed date"],
)
async def test_the_funnel_in_sets_is_the_funnel_lead_by_lead(
    shop: Shop, changes: dict[str, object], hours: int, state: CampaignState
) -> None:
    await crowd(shop)
    settings = type(shop.campaign.settings).model_validate({**shop.campaign.settings.model_dump(), **changes})
    shop.campaign = replace(shop.campaign, settings=settings, state=state)
    shop.passes(hours=hours)
    found = await count_funnel(shop.store, BOOK, shop.campaign, shop.now)
    assert found == await one_by_one(shop)
    assert found.leads == 79
