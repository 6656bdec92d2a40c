"""What pacing keeps over a restart, and whom its abandonment rate counts."""

from __future__ import annotations

from datetime import timedelta

from campaigns.attempt import AttemptOutcome
from campaigns.lead import CloseReason
from campaigns.pacing import Predictive
from dialer.domain import events as e
from dialer.ports import AttemptDraft
from dialer.ports.pacing import DecisionPage
from tests.contract.store.shop import Shop

SAYINGS = {"SALE": True, "MACHINE": False}


async def test_what_was_learned_is_found_again_replaced_and_forgotten(shop: Shop) -> None:
    book, fresh = shop.store.pacing, Predictive()
    assert await book.learned(shop.campaign_id) is None
    await book.keep_learned({shop.campaign_id: {"version": 0}}, at=shop.now)
    await book.keep_learned({shop.campaign_id: fresh.to_dict()}, at=shop.passes(minutes=1))
    found = await book.learned(shop.campaign_id)
    assert found is not None
    assert found.at == shop.now
    assert dict(found.state) == fresh.to_dict()
    assert await book.forget(shop.campaign_id)
    assert not await book.forget(shop.campaign_id)


async def test_pages_of_decisions_are_found_by_time_and_dropped_when_old(shop: Shop) -> None:
    book, start = shop.store.pacing, shop.now
    pages = [
        DecisionPage(
            campaign_id=shop.campaign_id,
            first=start + timedelta(minutes=n),
            last=start + timedelta(minutes=n, seconds=50),
            decisions=3,
            body=bytes([n, 0, 255]),
        )
        for n in range(5)
    ]
    await book.log(pages)
    await book.log([])
    assert await book.logged(shop.campaign_id, at=start + timedelta(minutes=2, seconds=10)) == pages[1:4]
    assert await book.logged(shop.campaign_id, at=start + timedelta(hours=1)) == pages[3:]
    assert await book.logged(shop.campaign_id, at=start - timedelta(hours=1)) == pages[:1]
    assert await book.logged(shop.campaign_id + 1, at=start) == []
    assert await book.purge(before=start + timedelta(minutes=3)) == 3
    assert await book.logged(shop.campaign_id, at=start + timedelta(minutes=2)) == pages[3:4]


async def test_persons_are_counted_at_their_answer_and_abandoned_by_the_limit(shop: Shop) -> None:
    """Served, served too late, left to the message, hung up before; a machine, a busy line, one who talks still."""
    leads, start = await shop.has(8), shop.now
    told: list[e.DomainEvent] = []
    for lead, waits, outcome in (
        (leads[0], 0.5, AttemptOutcome.HUMAN),
        (leads[1], 2.5, AttemptOutcome.HUMAN),
        (leads[2], None, AttemptOutcome.ABANDONED),
        (leads[3], None, AttemptOutcome.HUMAN),
        (leads[4], None, AttemptOutcome.MACHINE),
    ):
        call = await shop.dials(lead)
        told += [*_answered(shop, call, waits), shop.ended(call, outcome, after_s=40)]
    await shop.store.record(told)
    await shop.fails(leads[5])
    await shop.dials(leads[6])
    shop.passes(minutes=10)
    await shop.store.record(_answered(shop, await shop.dials(leads[7]), 0.5))
    found = await shop.store.pacing.counted(shop.campaign_id, since=start - timedelta(days=1), sayings=SAYINGS)
    assert [(one.at_s, one.answered, one.abandoned) for one in found] == [
        (int(start.timestamp()), 4, 2), (int(start.timestamp()) + 600, 1, 0),
    ]  # fmt: skip
    assert await shop.store.pacing.counted(shop.campaign_id, since=shop.passes(days=1), sayings=SAYINGS) == []


async def test_what_agents_and_the_detector_say_decides_who_was_a_person(shop: Shop) -> None:
    """Each row alone: what was heard, what was said, and whether it counts."""
    stories = (
        (None, "", False, True), (None, "MACHINE", False, False), (None, "NO_TALK", False, True),
        ("machine", "", False, False), ("machine", "SALE", False, True), ("machine", "NO_TALK", False, False),
        ("machine", "NO_TALK", True, True), ("human", "MACHINE", True, False), ("uncertain", "", False, True),
    )  # fmt: skip
    leads, start = await shop.has(len(stories)), shop.now
    for lead, (verdict, code, marked, _) in zip(leads, stories, strict=True):
        call = await shop.dials(lead)
        told = _answered(shop, call, 0.5)
        if verdict:
            heard = {"verdict": verdict, "reason": "x", "delay_ms": 900, "treatment": "checked"}
            told.append(shop.event(e.CallScreened, call, after_s=12, mode="connect_first", **heard))
        if marked:
            told.append(shop.event(e.CallMarkedPerson, call, after_s=13, agent_id="mei"))
        if code:
            told.append(shop.event(e.CallDisposed, call, after_s=14, agent_id="mei", code=code))
        await shop.store.record([*told, shop.ended(call, AttemptOutcome.HUMAN, after_s=40)])
    found = await shop.store.pacing.counted(shop.campaign_id, since=start - timedelta(days=1), sayings=SAYINGS)
    assert sum(one.answered for one in found) == sum(counts for *_, counts in stories)


async def test_each_attempt_was_late_by_its_own_limit(shop: Shop) -> None:
    leads, start = await shop.has(3), shop.now
    for lead, limit_s in zip(leads, (1.0, 1.5, 3.0), strict=True):
        call = await shop.dials(lead, abandon_limit_s=limit_s)
        await shop.store.record([*_answered(shop, call, 2.0), shop.ended(call, AttemptOutcome.HUMAN, after_s=40)])
    found = await shop.store.pacing.counted(shop.campaign_id, since=start - timedelta(days=1), sayings=SAYINGS)
    assert sum(one.abandoned for one in found) == 2


def _answered(shop: Shop, call: AttemptDraft, waits: float | None) -> list[e.DomainEvent]:
    answered: list[e.DomainEvent] = [shop.event(e.CallAnswered, call, after_s=10)]
    if waits is not None:
        answered.append(shop.event(e.CallConnected, call, after_s=10 + waits, agent_id="mei"))
    return answered


async def test_leads_that_need_an_agent_of_their_own_are_found_while_they_are_open(shop: Shop) -> None:
    leads = await shop.has(3)
    assert await shop.store.pacing.guaranteed(shop.campaign_id) == {}
    due_at = shop.now + timedelta(hours=2)
    await shop.store.record(
        [
            e.LeadRescheduled(
                occurred_at=shop.now, campaign_id=shop.campaign_id, lead_id=lead.lead_id, due_at=due_at,
                reason="abandoned", agent_guaranteed=True,
            )
            for lead in leads[:2]
        ]
    )  # fmt: skip
    assert await shop.store.pacing.guaranteed(shop.campaign_id) == dict.fromkeys([x.lead_id for x in leads[:2]], due_at)
    closed = e.LeadClosed(
        occurred_at=shop.now, campaign_id=shop.campaign_id, lead_id=leads[0].lead_id, reason=CloseReason.DECLINED
    )
    await shop.store.record([closed])
    assert list(await shop.store.pacing.guaranteed(shop.campaign_id)) == [leads[1].lead_id]
