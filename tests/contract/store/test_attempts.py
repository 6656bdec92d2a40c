"""The row before the INVITE: at most one call at a time, never to a suppressed number."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from campaigns.attempt import AttemptOutcome
from campaigns.statistics import ScriptCounts
from dialer.domain import events as e
from dialer.ports import AttemptConflict, Suppressed
from tests.contract.store.shop import NOON, Shop, number, open_shop, row


async def test_an_opened_attempt_is_active_until_it_ends(shop: Shop) -> None:
    [lead] = await shop.has(1)
    call = await shop.dials(lead, reserved_agent="mei", policy="cn 1", rules="[]")
    [active] = await shop.store.active_attempts()
    assert (active.attempt_id, active.number, active.lead_name) == (call.attempt_id, number(1), "Customer 1")
    assert (active.campaign_code, active.placed_at, active.outcome) == ("autumn", NOON, None)
    await shop.store.record([shop.ended(call, AttemptOutcome.BUSY, sip_status=486, q850=17)])
    assert await shop.store.active_attempts() == []
    ended = await shop.store.attempt(call.attempt_id)
    assert ended is not None
    assert (ended.outcome, ended.sip_status, ended.q850) == (AttemptOutcome.BUSY, 486, 17)


async def test_a_lead_has_one_active_attempt(shop: Shop) -> None:
    await shop.imports(row(1, number(1), number(2)))
    [lead] = await shop.leases()
    call = await shop.dials(lead)
    with pytest.raises(AttemptConflict):
        await shop.dials(lead, number=number(2))
    await shop.store.record([shop.ended(call, AttemptOutcome.NO_ANSWER)])
    await shop.dials(lead, number=number(2))


async def test_a_number_has_one_active_attempt_over_all_campaigns(shop: Shop) -> None:
    other = await open_shop(shop.store, "winter")
    [lead] = await shop.has(1)
    [same_person] = await other.has(1)
    call = await shop.dials(lead)
    with pytest.raises(AttemptConflict):
        await other.dials(same_person)
    await shop.store.record([shop.ended(call, AttemptOutcome.NO_ANSWER)])
    await other.dials(same_person)


async def test_of_attempts_on_one_number_at_the_same_time_exactly_one_wins(shop: Shop) -> None:
    [lead, another] = await shop.has(2)
    drafts = [shop.draft(lead) for _ in range(8)]
    results = await asyncio.gather(
        *(shop.store.open_attempt(draft) for draft in drafts), shop.dials(another), return_exceptions=True
    )
    assert [type(result) for result in results[:-1]].count(AttemptConflict) == 7
    assert not isinstance(results[-1], BaseException), "another lead's attempt must not suffer from the conflict"
    active = await shop.store.active_attempts()
    assert len(active) == 2
    winner = next(draft for draft, result in zip(drafts, results, strict=False) if result is None)
    assert winner.attempt_id in {attempt.attempt_id for attempt in active}


async def test_a_number_suppressed_before_the_call_is_not_dialled(shop: Shop) -> None:
    [lead] = await shop.leases() or await shop.has(1)
    await shop.store.suppress(number(1), reason="asked", source="agent", at=NOON)
    with pytest.raises(Suppressed):
        await shop.dials(lead)
    assert await shop.store.active_attempts() == []


async def test_a_number_suppressed_during_a_call_to_it_is_not_dialled_again(shop: Shop) -> None:
    [lead] = await shop.has(1)
    call = await shop.dials(lead)
    await shop.store.record(
        [
            e.NumberSuppressed(occurred_at=NOON, e164=number(1), reason="asked", source="agent"),
            shop.ended(call, AttemptOutcome.HUMAN),
        ]
    )
    with pytest.raises(Suppressed):
        await shop.dials(lead)


async def test_attempts_are_listed_in_order_and_by_page(shop: Shop) -> None:
    leads = await shop.has(5)
    calls = [await shop.fails(lead) for lead in leads]
    ids = [call.attempt_id for call in calls]
    listed = await shop.store.attempts(campaign_id=shop.campaign_id, limit=3)
    assert [attempt.attempt_id for attempt in listed] == ids[:3]
    rest = await shop.store.attempts(campaign_id=shop.campaign_id, after=ids[2])
    assert [attempt.attempt_id for attempt in rest] == ids[3:]


async def test_attempts_are_found_by_lead_agent_campaign_and_time(shop: Shop) -> None:
    other = await open_shop(shop.store, "winter")
    first, second = await shop.has(2)
    await other.imports(row(9))
    [elsewhere] = await other.leases()
    early = await shop.fails(first)
    shop.passes(hours=1)
    late = await shop.dials(second)
    await shop.store.record(shop.conversation(late, agent="mei"))
    foreign = await other.fails(elsewhere)

    async def found(**wanted: object) -> set[str]:
        return {attempt.attempt_id for attempt in await shop.store.attempts(**wanted)}  # type: ignore[arg-type]

    assert await found() == {early.attempt_id, late.attempt_id, foreign.attempt_id}
    assert await found(campaign_id=shop.campaign_id) == {early.attempt_id, late.attempt_id}
    assert await found(lead_id=first.lead_id) == {early.attempt_id}
    assert await found(agent_id="mei") == {late.attempt_id}
    assert await found(since=NOON + timedelta(minutes=30)) == {late.attempt_id}


async def test_an_unknown_attempt_is_none(shop: Shop) -> None:
    assert await shop.store.attempt("nobody") is None


async def test_results_are_counted_by_script_version(shop: Shop) -> None:
    first, second, third = await shop.has(3)
    for lead, label, result in (
        (first, "spring 1", "NOT_INTERESTED"),
        (second, "spring 2", "SALE"),
        (third, "", "DO_NOT_CALL"),
    ):
        call = await shop.dials(lead, script_version=label)
        await shop.store.record(shop.conversation(call, disposition=result))
    assert (await shop.store.counts(shop.campaign_id)).by_script == {
        "": ScriptCounts(attempts=1, contacts=1, successes=0, dispositions={"DO_NOT_CALL": 1}),
        "spring 1": ScriptCounts(attempts=1, contacts=1, successes=0, dispositions={"NOT_INTERESTED": 1}),
        "spring 2": ScriptCounts(attempts=1, contacts=1, successes=1, dispositions={"SALE": 1}),
    }
