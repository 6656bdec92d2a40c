"""Verdicts are kept with their attempts, once, and counted beside what agents said."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from campaigns.attempt import AttemptOutcome
from dialer.domain import events as e
from dialer.ports import AttemptDraft
from tests.contract.store.shop import NOON, Shop


def screened(shop: Shop, call: AttemptDraft, verdict: str, treatment: str, delay_ms: int = 900) -> e.CallScreened:
    return e.CallScreened(
        **who(shop, call), mode="connect_first", verdict=verdict, reason="greeted", delay_ms=delay_ms,
        treatment=treatment,
    )  # fmt: skip


def who(shop: Shop, call: AttemptDraft) -> dict[str, Any]:
    return {
        "occurred_at": shop.now, "attempt_id": call.attempt_id, "campaign_id": call.campaign_id,
        "lead_id": call.lead_id,
    }  # fmt: skip


async def test_the_first_verdict_stands_and_what_followed_is_kept(shop: Shop) -> None:
    [lead] = await shop.has(1)
    call = await shop.dials(lead)
    await shop.store.record([screened(shop, call, "machine", "message", 2100)])
    await shop.store.record([screened(shop, call, "human", "served", 50), e.MessageLeft(**who(shop, call))])
    attempt = await shop.store.attempt(call.attempt_id)
    assert attempt is not None
    assert (attempt.screening_verdict, attempt.screening_treatment, attempt.screening_ms) == (
        "machine",
        "message",
        2100,
    )
    assert (attempt.screening_mode, attempt.screening_reason) == ("connect_first", "greeted")
    assert attempt.message_left_at == shop.now
    assert attempt.person_marked_at is None


async def test_calls_that_were_treated_and_labelled_alike_are_counted_together(shop: Shop) -> None:
    leads = await shop.has(4)
    for lead in leads[:2]:
        call = await shop.dials(lead)
        first, *rest = shop.conversation(call)
        await shop.store.record([first, screened(shop, call, "human", "served"), *rest])
    third, fourth = [await shop.dials(lead) for lead in leads[2:]]
    marked = e.CallMarkedPerson(**who(shop, third), agent_id="mei")
    for call, beside in ((third, [marked]), (fourth, [])):
        ended = e.CallEnded(**who(shop, call), outcome=AttemptOutcome.MACHINE)
        treated = "kept" if beside else "hung_up"
        await shop.store.record([screened(shop, call, "machine", treated, 2000), *beside, ended])
    found = await shop.store.screening.counted(since=NOON - timedelta(hours=1))
    assert [(r.verdict, r.treatment, r.disposition, r.marked, r.calls, r.delay_ms) for r in found] == [
        ("human", "served", "SALE", False, 2, 1800),
        ("machine", "hung_up", None, False, 1, 2000),
        ("machine", "kept", None, True, 1, 2000),
    ]
    assert {(r.campaign_id, r.trunk) for r in found} == {(shop.campaign_id, "carrier")}
    assert await shop.store.screening.counted(since=NOON - timedelta(hours=1), trunk="other") == []
    assert await shop.store.screening.counted(since=NOON + timedelta(hours=9)) == []
    assert await shop.store.screening.counted(since=NOON - timedelta(hours=1), campaign_id=shop.campaign_id) == found


async def test_calls_under_way_and_calls_without_a_verdict_do_not_count(shop: Shop) -> None:
    first, second = await shop.has(2)
    await shop.store.record([screened(shop, await shop.dials(first), "human", "served")])
    await shop.store.record(shop.conversation(await shop.dials(second)))
    assert await shop.store.screening.counted(since=NOON - timedelta(hours=1)) == []
