"""In which order leads are leased, and to whom: the order of `campaigns.order`, served by every store."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import timedelta
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from campaigns import order
from campaigns.lead import DueKind, Lead
from campaigns.order import Turns
from dialer.domain import events as e
from tests.contract.store.shop import NOON, Shop, row


async def again(shop: Shop, lead: Lead, kind: DueKind, *, minutes: float = 0, **changes: Any) -> None:
    rescheduled = e.LeadRescheduled(
        occurred_at=NOON, campaign_id=shop.campaign_id, lead_id=lead.lead_id, due_at=NOON + timedelta(minutes=minutes),
        reason="again", due_kind=kind.value, **changes,
    )  # fmt: skip
    await shop.store.record([rescheduled])


async def rows(shop: Shop, limit: int = 100, **filters: Any) -> list[int | None]:
    return [lead.row for lead in await shop.leases(limit, **filters)]


async def test_promises_come_first_then_web_leads_then_priority_then_expected_value(shop: Shop) -> None:
    await shop.imports(
        row(1),
        row(2, priority=9),
        row(3, priority=9, value=5.0),
        row(4),
        row(5),
        row(6),
        row(7),
        row(8),
        row(9, value=7),
    )
    leads = {lead.row: lead for lead in await shop.store.leads(shop.campaign_id)}
    for number, kind in (
        (4, DueKind.RETRY), (5, DueKind.CADENCE), (6, DueKind.WEB), (7, DueKind.REMINDER), (8, DueKind.CALLBACK),
    ):  # fmt: skip
        await again(shop, leads[number], kind)
    assert await rows(shop, 4) == [8, 7, 6, 3]
    assert await rows(shop) == [2, 5, 9, 4, 1]


async def test_ten_thousand_important_leads_do_not_delay_a_promise(shop: Shop) -> None:
    await shop.imports(*(row(n, priority=100) for n in range(1, 200)), row(200, priority=-100))
    promised = (await shop.store.leads(shop.campaign_id, limit=200))[-1]
    await again(shop, promised, DueKind.CALLBACK, minutes=30)
    assert 200 not in await rows(shop, 5)
    shop.passes(minutes=30)
    assert await rows(shop, 1) == [200]


async def test_what_waits_for_an_absent_agent_blocks_nobody(shop: Shop) -> None:
    leads = await shop.has(4)
    for lead in leads[:3]:
        await again(shop, lead, DueKind.CALLBACK, for_agent="mei", escalates_at=NOON + timedelta(minutes=15))
    assert await rows(shop, 1, agents_ready={"lan"}) == [4]
    assert await rows(shop, 1, agents_ready={"mei", "lan"}) == [1]
    assert await rows(shop, agents_ready=set()) == []
    assert await shop.store.falls_due(shop.campaign_id, now=NOON) == NOON + timedelta(minutes=10)  # a lease ends
    shop.passes(minutes=12)
    for lead_row in (1, 4):
        await shop.store.release(leads[lead_row - 1].lead_id, owner="engine")
    now = shop.now
    assert await shop.store.falls_due(shop.campaign_id, now=now) == NOON + timedelta(minutes=15)
    shop.passes(minutes=3)
    assert await rows(shop, agents_ready=set()) == [1, 2, 3, 4]


async def test_a_promise_for_one_agent_only_waits_for_him(shop: Shop) -> None:
    [lead] = await shop.has(1)
    await again(shop, lead, DueKind.CALLBACK, for_agent="mei")
    shop.passes(days=3)
    assert await rows(shop, agents_ready={"lan"}) == []
    assert await rows(shop, agents_ready={"mei"}) == [1]


async def test_only_what_waits_for_the_asked_agents_is_leased_where_that_is_asked_for(shop: Shop) -> None:
    hers, his, _ = await shop.has(3, priority=9)
    await again(shop, hers, DueKind.CALLBACK, for_agent="mei")
    await again(shop, his, DueKind.CALLBACK, for_agent="lan")
    shop.passes(days=3)
    assert await rows(shop, agents_ready={"mei"}, own_only=True) == [1]
    assert await rows(shop, agents_ready={"mei"}, own_only=True) == []


async def test_a_lead_that_asks_for_a_skill_is_leased_for_it(shop: Shop) -> None:
    await shop.imports(row(1, skill="cantonese", priority=5), row(2), row(3, skill="vip"))
    assert await rows(shop, skills={"vip"}) == [2, 3]
    assert await rows(shop, skills=set()) == []
    assert await rows(shop) == [1]


async def test_lists_get_attempts_in_proportion_to_their_shares(shop: Shop) -> None:
    sources = ("fair", "web shop", "bought")
    await shop.imports(*(row(n, source=sources[n % 3]) for n in range(300)))
    turns: Turns[str] = Turns(shares={"fair": 3, "bought": 2})
    seen: Counter[str] = Counter()
    for _ in range(20):
        leased = await shop.leases(3, turns=turns)
        turns = turns.after(lead.source for lead in leased)
        seen.update(lead.source for lead in leased)
    assert seen == {"fair": 30, "bought": 20, "web shop": 10}


async def test_a_list_that_is_used_up_leaves_its_turns_to_the_others(shop: Shop) -> None:
    await shop.imports(row(1, source="fair"), *(row(n, source="bought") for n in range(2, 8)))
    assert await rows(shop, turns=Turns(shares={"fair": 50})) == [2, 1, 3, 4, 5, 6, 7]


async def test_equal_leads_of_all_open_zones_are_taken_in_one_order(shop: Shop) -> None:
    zones = ("Asia/Shanghai", "Asia/Tokyo", "Europe/London")
    await shop.imports(*(row(n, time_zone=zones[n % 3], value=float(n // 3)) for n in range(30)))
    leased = await shop.leases(30, time_zones={"Asia/Shanghai", "Asia/Tokyo"})
    assert [lead.row for lead in leased] == [n for v in range(9, -1, -1) for n in (3 * v, 3 * v + 1)]


async def test_concurrent_leases_find_all_there_is(shop: Shop) -> None:
    """Each its share, although all of them look at the same first leads."""
    await shop.imports(*(row(n, source=f"list {n % 3}", time_zone=f"Etc/GMT+{n % 2 + 1}") for n in range(120)))
    leased = await asyncio.gather(*(shop.leases(30, owner=f"engine {n}") for n in range(4)))
    taken = [lead.lead_id for leads in leased for lead in leads]
    assert len(taken) == len(set(taken)) == 120


async def test_more_than_falls_due_in_one_step_is_still_found(shop: Shop) -> None:
    leads = await shop.has(40)
    batch = [
        e.LeadRescheduled(
            occurred_at=NOON, campaign_id=shop.campaign_id, lead_id=lead.lead_id, due_at=NOON + timedelta(hours=1),
            reason="again", due_kind="RETRY",
        )
        for lead in leads
    ]  # fmt: skip
    await shop.store.record(batch)
    assert await shop.leases() == []
    assert await shop.store.falls_due(shop.campaign_id, now=NOON) == NOON + timedelta(hours=1)
    shop.passes(hours=1)
    assert len(await shop.leases()) == 40


async def test_leads_are_listed_by_kind_source_and_owner(shop: Shop) -> None:
    await shop.imports(row(1, source="fair"), row(2, owner="mei"), row(3))
    leads = await shop.store.leads(shop.campaign_id)
    await again(shop, leads[2], DueKind.CADENCE)
    found = shop.store.leads
    assert [lead.row for lead in await found(shop.campaign_id, source="fair")] == [1]
    assert [lead.row for lead in await found(shop.campaign_id, owner="mei")] == [2]
    assert [lead.row for lead in await found(shop.campaign_id, kind=DueKind.CADENCE)] == [3]


LEADS = st.lists(
    st.tuples(st.sampled_from(DueKind), st.integers(-2, 2), st.integers(0, 2), st.integers(0, 3), st.booleans()),
    min_size=1, max_size=12,
)  # fmt: skip


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(wanted=LEADS)
async def test_every_store_leases_in_the_order_of_the_one_definition(shop: Shop, wanted: list[Any]) -> None:
    while left := await shop.leases():
        for lead in left:
            await again(shop, lead, DueKind.FRESH, minutes=10_000)
    known = len(await shop.store.leads(shop.campaign_id, limit=1000))
    new = [row(known + n, value=float(v), priority=p) for n, (_, p, v, _, _) in enumerate(wanted)]
    await shop.imports(*new)
    leads = (await shop.store.leads(shop.campaign_id, limit=1000))[known:]
    for lead, (kind, _, _, minutes, touched) in zip(leads, wanted, strict=True):
        if touched:
            await again(shop, lead, kind, minutes=-minutes)
    expected = sorted((await shop.store.leads(shop.campaign_id, limit=1000))[known:], key=order.key)
    assert [lead.lead_id for lead in await shop.leases()] == [lead.lead_id for lead in expected]
