"""Leases: who may dial which lead, and for how long."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from campaigns.lead import CloseReason, LeadState
from dialer.domain import events as e
from tests.contract.store.shop import NOON, Shop, number, open_shop, row

ZONES = ("Europe/London", "Asia/Shanghai", "Asia/Tokyo")


async def test_leads_are_leased_by_priority_then_by_due_time(shop: Shop) -> None:
    await shop.imports(row(1), row(2, priority=5), row(3))
    await shop.imports(row(4, priority=5), row(5), due_at=NOON - timedelta(hours=1))
    assert [lead.row for lead in await shop.leases(3)] == [4, 2, 5]
    assert [lead.row for lead in await shop.leases(3)] == [1, 3]


async def test_a_leased_lead_comes_whole(shop: Shop) -> None:
    await shop.imports(row(7, number(1), number(2), name="王芳", fields={"model": "S7"}, priority=3))
    [lead] = await shop.leases()
    assert [n.e164 for n in lead.numbers] == [number(1), number(2)]
    assert [n.position for n in lead.numbers] == [0, 1]
    assert (lead.name, lead.fields, lead.priority, lead.row) == ("王芳", {"model": "S7"}, 3, 7)
    assert (lead.country, lead.time_zone, lead.state, lead.due_at) == ("CN", "Asia/Shanghai", LeadState.OPEN, NOON)


async def test_no_more_leads_are_leased_than_asked_for(shop: Shop) -> None:
    await shop.has(5)
    assert len(await shop.leases(2)) == 2
    assert len(await shop.leases(2)) == 2
    assert len(await shop.leases(2)) == 1
    assert await shop.leases(2) == []
    assert await shop.leases(0) == []


async def test_concurrent_leases_never_overlap(shop: Shop) -> None:
    await shop.has(60)
    leased = await asyncio.gather(*(shop.leases(7, owner=f"engine {n}") for n in range(12)))
    taken = [lead.lead_id for leads in leased for lead in leads]
    assert len(taken) == len(set(taken)) == 60
    assert all(len(leads) <= 7 for leads in leased)


async def test_a_lead_is_not_leased_before_it_is_due(shop: Shop) -> None:
    await shop.imports(row(1), due_at=NOON + timedelta(minutes=5))
    assert await shop.leases() == []
    shop.passes(minutes=5)
    assert len(await shop.leases()) == 1


async def test_an_expired_lease_counts_as_free(shop: Shop) -> None:
    await shop.has(1)
    assert await shop.leases(owner="a dead engine", minutes=1)
    assert await shop.leases() == []
    shop.passes(minutes=1)
    assert len(await shop.leases()) == 1


async def test_only_the_asked_time_zones_are_leased(shop: Shop) -> None:
    await shop.imports(row(1), row(2, time_zone="Asia/Urumqi"), row(3, time_zone=""))
    assert await shop.store.places(shop.campaign_id) == {("CN", "Asia/Shanghai"), ("CN", "Asia/Urumqi"), ("CN", "")}
    assert [lead.row for lead in await shop.leases(time_zones={"Asia/Urumqi", "Europe/Paris"})] == [2]
    assert await shop.leases(time_zones=set()) == []


async def test_whom_we_abandoned_is_leased_apart(shop: Shop) -> None:
    first, _ = await shop.has(2)
    again = e.LeadRescheduled(
        occurred_at=NOON,
        campaign_id=shop.campaign_id,
        lead_id=first.lead_id,
        due_at=NOON,
        reason="abandoned",
        agent_guaranteed=True,
    )
    await shop.store.record([again])
    assert [lead.row for lead in await shop.leases(agent_guaranteed=False)] == [2]
    [lead] = await shop.leases(agent_guaranteed=True)
    assert (lead.row, lead.agent_guaranteed) == (1, True)


async def test_a_released_lead_stays_due_as_it_was(shop: Shop) -> None:
    await shop.has(1)
    [lead] = await shop.leases()
    await shop.store.release(lead.lead_id, owner="somebody else")
    assert await shop.leases() == []
    await shop.store.release(lead.lead_id, owner="engine")
    assert (await shop.leases())[0].due_at == NOON


async def test_a_postponed_lead_comes_back_later(shop: Shop) -> None:
    await shop.has(1)
    [lead] = await shop.leases()
    await shop.store.postpone(lead.lead_id, owner="engine", until=NOON + timedelta(hours=1))
    assert await shop.leases() == []
    shop.passes(hours=1)
    assert [again.lead_id for again in await shop.leases()] == [lead.lead_id]


async def test_postponing_does_not_open_a_lead_that_was_closed_meanwhile(shop: Shop) -> None:
    await shop.has(1)
    [lead] = await shop.leases()
    closed = e.LeadClosed(
        occurred_at=NOON, campaign_id=shop.campaign_id, lead_id=lead.lead_id, reason=CloseReason.PLANNER
    )
    await shop.store.record([closed])
    await shop.store.postpone(lead.lead_id, owner="engine", until=NOON + timedelta(hours=1))
    kept = await shop.lead(lead.lead_id)
    assert (kept.state, kept.closed_reason, kept.due_at) == (LeadState.CLOSED, CloseReason.PLANNER, None)


async def test_a_lead_in_a_long_call_is_not_leased_again(shop: Shop) -> None:
    [lead] = await shop.has(1)
    await shop.leases(minutes=1)
    await shop.dials(lead)
    shop.passes(minutes=30)
    assert await shop.leases() == []


async def test_next_due_is_the_earliest_open_unleased_lead(shop: Shop) -> None:
    assert await shop.store.next_due(shop.campaign_id, now=NOON) is None
    await shop.imports(row(1), due_at=NOON - timedelta(hours=2))
    await shop.imports(row(2), due_at=NOON + timedelta(hours=2))
    assert await shop.store.next_due(shop.campaign_id, now=NOON) == NOON - timedelta(hours=2)
    await shop.leases()
    assert await shop.store.next_due(shop.campaign_id, now=NOON) == NOON + timedelta(hours=2)


async def test_next_due_looks_only_at_the_zones_it_is_asked_for(shop: Shop) -> None:
    await shop.imports(row(1, time_zone="Europe/London"), due_at=NOON - timedelta(hours=2))
    await shop.imports(row(2), due_at=NOON + timedelta(hours=2))
    at = {zone: await shop.store.next_due(shop.campaign_id, now=NOON, time_zones={zone}) for zone in ZONES}
    assert list(at.values()) == [NOON - timedelta(hours=2), NOON + timedelta(hours=2), None]


async def test_a_list_is_not_used_up_while_its_last_lead_is_leased(shop: Shop) -> None:
    [lead] = await shop.has(1)
    await shop.leases(minutes=10)
    assert await shop.store.next_due(shop.campaign_id, now=NOON) is not None
    closed = e.LeadClosed(
        occurred_at=NOON, campaign_id=shop.campaign_id, lead_id=lead.lead_id, reason=CloseReason.DISPOSITION
    )
    await shop.store.record([closed])
    assert await shop.store.next_due(shop.campaign_id, now=NOON) is None


async def test_a_campaign_leases_only_its_own_leads(shop: Shop) -> None:
    other = await open_shop(shop.store, "winter")
    await shop.has(2)
    await other.has(1)
    assert len(await other.leases()) == 1
    assert len(await shop.leases()) == 2
