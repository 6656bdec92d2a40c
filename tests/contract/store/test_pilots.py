"""Pilots in every store: what was planned, who has talked, what was decided; and the figures of a period."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from campaigns.attempt import AttemptOutcome
from campaigns.lead import CloseReason
from campaigns.pilot import PilotDecision, PilotPlan
from dialer.domain import events as e
from dialer.domain.ids import new_id
from dialer.ports import Store
from dialer.ports.archive import Archive
from tests.contract.store.shop import NOON, Shop, open_shop, row

PLAN = PilotPlan(calls=50, agents=("mei", "lin", "王"), calls_per_agent=10)
PILOT = new_id(NOON)


def started(shop: Shop, pilot_id: str = PILOT) -> e.PilotStarted:
    return e.PilotStarted(
        occurred_at=shop.now, pilot_id=pilot_id, campaign_id=shop.campaign_id, version=1, calls=PLAN.calls,
        calls_per_agent=PLAN.calls_per_agent, agents=PLAN.agents, by="li",
    )  # fmt: skip


def completed(shop: Shop) -> e.PilotCompleted:
    return e.PilotCompleted(occurred_at=shop.now, pilot_id=PILOT, campaign_id=shop.campaign_id, conversations=50)


def decided(shop: Shop, decision: PilotDecision = PilotDecision.ADJUST, by: str = "wang") -> e.PilotDecided:
    return e.PilotDecided(
        occurred_at=shop.now, pilot_id=PILOT, campaign_id=shop.campaign_id, decision=decision.value, version=2, by=by,
        remark="开场太长", changed=({"field": "ring_time_s", "before": 25, "after": 30},),
        report={"calls": 50, "contact_rate": {"value": 0.3}},
    )  # fmt: skip


async def test_who_has_talked_in_a_pilot_is_found_again(store: Store, shop: Shop) -> None:
    """Before it, in it and in another campaign: only those in it count; each attempt once."""
    leads = await shop.has(5)
    before = await shop.dials(leads[0])
    await store.record(shop.conversation(before))
    shop.passes(minutes=10)
    await store.record([started(shop)])
    shop.passes(minutes=1)
    mine, ringing = await shop.dials(leads[1]), await shop.dials(leads[2])
    await store.record(shop.conversation(mine, agent="lin"))
    other = await open_shop(store, "other")
    other.now = shop.now
    await other.imports(row(9))
    [stranger] = await store.leads(other.campaign_id)
    await store.record(other.conversation(await other.dials(stranger)))
    [found] = await store.pilots_under_way()
    assert (found.pilot_id, found.campaign_id, found.plan, found.completed) == (PILOT, shop.campaign_id, PLAN, False)
    assert found.started_at == NOON + timedelta(minutes=10)
    assert found.conversations == {mine.attempt_id: "lin"}
    talking = shop.event(e.CallConnected, ringing, after_s=4, agent_id="mei")
    await store.record([talking, talking])
    [found] = await store.pilots_under_way()
    assert found.conversations == {mine.attempt_id: "lin", ringing.attempt_id: "mei"}


async def test_a_pilot_is_told_once_and_under_way_until_it_is_decided(store: Store, shop: Shop) -> None:
    await store.record([started(shop)])
    await store.record([started(shop)])
    await store.record([completed(shop)])
    [found] = await store.pilots_under_way()
    assert found.completed
    await store.record([decided(shop)])
    assert await store.pilots_under_way() == []
    names = [entry.name for entry in await store.outbox(limit=100)]
    assert [name for name in names if name.startswith("pilot")] == ["pilot.started", "pilot.completed", "pilot.decided"]


async def test_the_figures_of_a_period_leave_out_what_was_before_and_after(store: Store, shop: Shop) -> None:
    leads = await shop.has(4)
    since = NOON + timedelta(minutes=10)
    until = NOON + timedelta(minutes=20)
    for minutes, lead, code in ((0, leads[0], "SALE"), (10, leads[1], "NOT_INTERESTED"), (20, leads[2], "SALE")):
        shop.now = NOON + timedelta(minutes=minutes)
        await store.record(shop.conversation(await shop.dials(lead), disposition=code))
    found = await store.counts(shop.campaign_id, since=since, until=until)
    assert (found.attempts, found.contacts, found.successes, found.dispositions) == (1, 1, 0, {"NOT_INTERESTED": 1})
    assert (len(found.answer_to_agent_ms), sum(hour["attempts"] for hour in found.by_hour.values())) == (1, 1)
    assert (await store.counts(shop.campaign_id, since=since)).attempts == 2
    assert (await store.counts(shop.campaign_id)).attempts == 3


async def test_a_decision_is_kept_with_its_report_and_never_overwritten(archive: Archive) -> None:
    shop = await open_shop(archive)
    await archive.record([started(shop)])
    shop.passes(hours=1)
    await archive.record([completed(shop)])
    shop.passes(hours=1)
    await archive.record([decided(shop)])
    shop.passes(hours=1)
    await archive.record([decided(shop, PilotDecision.GO, by="somebody late")])
    [kept] = await archive.pilots.of_campaign(shop.campaign_id)
    assert (kept.plan, kept.started_at, kept.started_by, kept.version) == (PLAN, NOON, "li", 1)
    assert (kept.ended_at, kept.decided_at) == (NOON + timedelta(hours=1), NOON + timedelta(hours=2))
    assert (kept.decision, kept.decided_by, kept.decided_version) == (PilotDecision.ADJUST, "wang", 2)
    assert kept.remark == "开场太长"
    assert kept.changed == ({"field": "ring_time_s", "before": 25, "after": 30},)
    assert kept.report == {"calls": 50, "contact_rate": {"value": 0.3}}


async def test_there_is_one_undecided_pilot_of_a_campaign(archive: Archive) -> None:
    shop = await open_shop(archive)
    first, second = new_id(NOON), new_id(NOON)
    await asyncio.gather(archive.record([started(shop, first)]), archive.record([started(shop, second)]))
    assert len(await archive.pilots_under_way()) == 1


async def test_what_ended_in_a_period_is_the_sample_of_a_forecast(archive: Archive) -> None:
    shop = await open_shop(archive)
    leads = await shop.has(6)
    await shop.fails(leads[0])
    shop.passes(minutes=10)
    since = shop.now
    await shop.fails(leads[1])
    busy = await shop.dials(leads[2])
    await archive.record([shop.ended(busy, AttemptOutcome.NO_ANSWER, after_s=40)])
    talk = await shop.dials(leads[3])
    closed = e.LeadClosed(
        occurred_at=shop.now, campaign_id=shop.campaign_id, lead_id=leads[3].lead_id, reason=CloseReason.DISPOSITION,
    )  # fmt: skip
    await archive.record([*shop.conversation(talk, disposition="APPOINTMENT"), closed])
    await shop.dials(leads[4])  # still ringing
    found = await archive.pilots.ended(shop.campaign_id, since=since)
    assert (found.attempts, found.settled, found.appointments) == (3, 1, 1)
    assert found.line_s == pytest.approx(30)
    later = await archive.pilots.ended(shop.campaign_id, since=since + timedelta(hours=1))
    assert (later.attempts, later.settled, later.line_s) == (0, 0, None)
