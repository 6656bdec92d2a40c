"""Promised calls: written with what they follow from, found by who has to keep them, and never dropped by a list."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from campaigns.attempt import AttemptOutcome
from campaigns.callback import CallbackState
from campaigns.lead import CloseReason, DueKind, Lead, LeadState
from campaigns.tickler import arrange, edges
from dialer.domain import events as e
from dialer.domain.ids import new_id
from tests.contract.store.shop import NOON, Shop, row

_S = CallbackState
HOUR = timedelta(hours=1)


def promise(shop: Shop, lead: Lead, *, hours: float = 3, agent: str | None = None, **more: Any) -> e.CallbackPromised:
    return e.CallbackPromised(
        occurred_at=shop.now, callback_id=new_id(shop.passes(milliseconds=1)), campaign_id=lead.campaign_id,
        lead_id=lead.lead_id, due_at=NOON + timedelta(hours=hours), agent_id=agent, by="mei", **more,
    )  # fmt: skip


def due(lead: Lead, made: e.CallbackPromised) -> e.LeadRescheduled:
    return e.LeadRescheduled(
        occurred_at=made.occurred_at, campaign_id=lead.campaign_id, lead_id=lead.lead_id, due_at=made.due_at,
        reason="callback", due_kind=DueKind.CALLBACK, for_agent=made.agent_id,
        escalates_at=made.due_at + timedelta(minutes=15) if made.agent_id else None,
    )  # fmt: skip


async def promised(shop: Shop, lead: Lead, **how: Any) -> str:
    made = promise(shop, lead, **how)
    await shop.store.record([made, due(lead, made)])
    return made.callback_id


def settled(shop: Shop, lead: Lead, callback_id: str, state: CallbackState, **more: Any) -> e.CallbackSettled:
    return e.CallbackSettled(
        occurred_at=shop.now, callback_id=callback_id, campaign_id=lead.campaign_id, lead_id=lead.lead_id,
        state=state, **more,
    )  # fmt: skip


async def state(shop: Shop, callback_id: str) -> CallbackState:
    found = await shop.store.callbacks.find(callback_id)
    assert found is not None
    return found.callback.state


async def test_a_promise_stands_with_its_lead_until_a_conversation_keeps_it(shop: Shop) -> None:
    [lead] = await shop.has(1, owner="mei")
    callback_id = await promised(shop, lead, agent="mei", note="asks for the price")
    dossier = await shop.store.dossier(lead.lead_id, now=shop.now)
    assert dossier.callback is not None
    assert dossier.callback.callback_id == callback_id
    assert (dossier.lead.due_kind, dossier.lead.for_agent) == (DueKind.CALLBACK, "mei")
    found = await shop.store.callbacks.find(callback_id)
    assert found is not None
    assert (found.lead_name, found.campaign_code, found.callback.note) == ("Customer 1", "autumn", "asks for the price")
    await shop.store.record([settled(shop, lead, callback_id, _S.KEPT, attempt_id="a1", by="mei")])
    kept = await shop.store.callbacks.settled_by("a1")
    assert kept is not None
    assert kept.callback_id == callback_id
    assert kept.settled_at == shop.now
    assert (await shop.store.dossier(lead.lead_id, now=shop.now)).callback is None


async def test_what_is_settled_stays_settled_and_may_be_told_twice(shop: Shop) -> None:
    [lead] = await shop.has(1)
    made = promise(shop, lead)
    await shop.store.record([made, due(lead, made)])
    await shop.store.record([settled(shop, lead, made.callback_id, _S.ATTACHED, attempt_id="in-1")])
    await shop.store.record([made, settled(shop, lead, made.callback_id, _S.CANCELLED, reason="changed his mind")])
    assert await state(shop, made.callback_id) is _S.ATTACHED


async def test_one_promise_at_a_time_and_the_last_one_counts(shop: Shop) -> None:
    [lead] = await shop.has(1)
    first = await promised(shop, lead, hours=2)
    second = await promised(shop, lead, hours=4)
    assert [await state(shop, first), await state(shop, second)] == [_S.CANCELLED, _S.OPEN]
    [waiting] = await shop.store.callbacks.page(states=[_S.OPEN], lead_id=lead.lead_id)
    assert waiting.callback.due_at == NOON + 4 * HOUR


async def test_made_and_moved_and_cancelled_and_made_again_in_one_batch(shop: Shop) -> None:
    [lead] = await shop.has(1)
    first, second = promise(shop, lead, agent="mei"), promise(shop, lead, hours=5)
    moved = e.CallbackMoved(
        occurred_at=shop.now, callback_id=first.callback_id, campaign_id=lead.campaign_id, lead_id=lead.lead_id,
        due_at=NOON + 4 * HOUR, agent_id="tom", previous_due_at=first.due_at, previous_agent_id="mei", by="planner",
    )  # fmt: skip
    cancelled = settled(shop, lead, first.callback_id, _S.CANCELLED, reason="is abroad")
    await shop.store.record([first, moved, cancelled, second, due(lead, second)])
    old = await shop.store.callbacks.find(first.callback_id)
    assert old is not None
    assert (old.callback.due_at, old.callback.agent_id) == (NOON + 4 * HOUR, "tom")
    assert (old.callback.state, old.callback.reason) == (_S.CANCELLED, "is abroad")
    assert await state(shop, second.callback_id) is _S.OPEN


async def test_a_callback_that_was_no_conversation_is_open_again_unless_another_was_promised(shop: Shop) -> None:
    first, second = await shop.has(2)
    for lead in (first, second):
        callback_id = await promised(shop, lead)
        await shop.store.record([settled(shop, lead, callback_id, _S.KEPT, attempt_id=f"a{lead.lead_id}")])
        if lead is second:
            await promised(shop, lead, hours=6)
        reopened = e.CallbackReopened(
            occurred_at=shop.now, callback_id=callback_id, campaign_id=lead.campaign_id, lead_id=lead.lead_id,
            attempt_id=f"a{lead.lead_id}",
        )  # fmt: skip
        await shop.store.record([reopened])
        assert await state(shop, callback_id) is (_S.OPEN if lead is first else _S.KEPT)


async def test_whoever_closes_the_lead_the_promise_shows_as_missed(shop: Shop) -> None:
    [lead] = await shop.has(1)
    callback_id = await promised(shop, lead)
    closed = e.LeadClosed(
        occurred_at=shop.now, campaign_id=lead.campaign_id, lead_id=lead.lead_id, reason=CloseReason.PLANNER
    )
    await shop.store.record([closed])
    assert await state(shop, callback_id) is _S.MISSED


async def test_taking_back_a_list_leaves_the_customers_who_were_promised_a_call(shop: Shop) -> None:
    import_id = await shop.imports(row(1), row(2))
    first, second = await shop.store.leads(shop.campaign_id)
    callback_id = await promised(shop, second)
    assert await shop.store.undo_import(import_id, at=shop.now) == (1, 0)
    left = await shop.lead(second.lead_id)
    assert left.state is LeadState.OPEN
    await shop.store.record([settled(shop, second, callback_id, _S.KEPT, attempt_id="a1")])
    gone = await shop.lead(second.lead_id)
    assert (gone.state, gone.closed_reason) == (LeadState.CLOSED, CloseReason.IMPORT_UNDONE)
    assert first.lead_id != second.lead_id


async def test_a_promise_given_in_a_call_opens_the_lead_of_a_list_that_was_taken_back(shop: Shop) -> None:
    import_id = await shop.imports(row(1))
    [lead] = await shop.store.leads(shop.campaign_id)
    await shop.fails(lead, AttemptOutcome.HUMAN)
    await shop.store.undo_import(import_id, at=shop.now)
    assert (await shop.lead(lead.lead_id)).state is LeadState.CLOSED
    await promised(shop, lead)
    assert (await shop.lead(lead.lead_id)).state is LeadState.OPEN


async def test_those_one_agent_must_keep_are_found_until_they_escalate(shop: Shop) -> None:
    for_mei, for_anyone, escalated = await shop.has(3)
    callback_id = await promised(shop, for_mei, hours=1, agent="mei")
    await promised(shop, for_anyone, hours=1)
    other = await promised(shop, escalated, hours=1, agent="mei")
    up = e.CallbackEscalated(
        occurred_at=shop.now, callback_id=other, campaign_id=shop.campaign_id, lead_id=escalated.lead_id,
        agent_id="mei", reason="not logged in",
    )  # fmt: skip
    await shop.store.record([up])
    waiting = await shop.store.callbacks.waiting(now=shop.now, limit=10)
    assert [found.callback.callback_id for found in waiting] == [callback_id]
    assert await shop.store.callbacks.waiting(now=NOON + 2 * HOUR, limit=10) == []


async def test_callbacks_are_listed_by_agent_day_and_state_and_counted_by_what_became_of_them(shop: Shop) -> None:
    leads = await shop.has(5, owner="tom")
    ids = [await promised(shop, lead, hours=n + 1, agent="mei" if n < 3 else None) for n, lead in enumerate(leads)]
    await shop.store.record([settled(shop, leads[0], ids[0], _S.KEPT), settled(shop, leads[1], ids[1], _S.CANCELLED)])
    mine = await shop.store.callbacks.page(agents=["mei"])
    assert [found.callback.callback_id for found in mine] == ids[:3]
    toms = await shop.store.callbacks.page(agents=["tom"], due_until=NOON + 5 * HOUR)
    assert [found.callback.callback_id for found in toms] == ids[3:4]  # anyone's are his who knows the customer
    counts = await shop.store.callbacks.counts(due_from=NOON, due_until=NOON + timedelta(hours=4), agents=["mei"])
    assert counts == {_S.KEPT: 1, _S.CANCELLED: 1, _S.OPEN: 1}


async def test_the_cabinet_holds_callbacks_follow_ups_reminders_and_owned_retries_and_nothing_else(shop: Shop) -> None:
    zone, leads = ZoneInfo("Asia/Shanghai"), await shop.has(6, owner="mei")
    await shop.imports(row(7))
    nobodys = (await shop.store.leads(shop.campaign_id))[-1]
    await promised(shop, leads[0], hours=-1, agent="mei")
    plan = [(leads[1], "CADENCE", 24), (leads[2], "REMINDER", 25), (leads[3], "RETRY", 2), (nobodys, "CADENCE", 3)]
    for lead, kind, hours in plan:
        again = e.LeadRescheduled(
            occurred_at=shop.now, campaign_id=lead.campaign_id, lead_id=lead.lead_id, reason=kind, due_kind=kind,
            due_at=NOON + timedelta(hours=hours),
        )  # fmt: skip
        await shop.store.record([again])
    days = edges(NOON, zone)
    items, counts = await shop.store.callbacks.follow_ups(agents=["mei"], until=days[-1], days=days, limit=100)
    cabinet = arrange(items, counts, days, zone, NOON)
    assert [item.kind for item in cabinet.overdue.items] == [DueKind.CALLBACK]
    assert [(day.count, [item.kind for item in day.items]) for day in cabinet.days[:3]] == [
        (1, [DueKind.RETRY]), (2, [DueKind.CADENCE, DueKind.REMINDER]), (0, []),
    ]  # fmt: skip
    everybodys, counts = await shop.store.callbacks.follow_ups(agents=None, until=days[-1], days=days, limit=2)
    assert (len(everybodys), sum(counts)) == (2, 5)  # what does not fit on the page is counted all the same
    assert datetime(2026, 11, 20, 16, tzinfo=UTC) == days[1]
