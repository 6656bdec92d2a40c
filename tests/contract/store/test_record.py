"""Events become rows, journal and outbox: once, together, in order."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta

import pytest

from campaigns.attempt import AttemptOutcome
from campaigns.campaign import CampaignState
from campaigns.lead import CloseReason, LeadState
from dialer.domain import events as e
from dialer.domain.agent import AgentState
from dialer.ports import Store
from tests.contract.store.shop import NOON, Shop, number, row


async def names(store: Store) -> list[str]:
    return [entry.name for entry in await store.outbox(limit=1000)]


async def test_a_conversation_leaves_its_whole_story_in_the_row(shop: Shop) -> None:
    [lead] = await shop.has(1)
    call = await shop.dials(lead)
    await shop.store.record(shop.conversation(call, talk_s=60))
    attempt = await shop.store.attempt(call.attempt_id)
    assert attempt is not None
    assert attempt.ringing_at == NOON + timedelta(seconds=2)
    assert attempt.answered_at == NOON + timedelta(seconds=10)
    assert attempt.connected_at == NOON + timedelta(seconds=10.25)
    assert attempt.ended_at == NOON + timedelta(seconds=70.25)
    assert attempt.disposed_at == NOON + timedelta(seconds=75.25)
    assert (attempt.outcome, attempt.sip_status, attempt.mos) == (AttemptOutcome.HUMAN, 200, 4.2)
    assert (attempt.agent_id, attempt.disposition, attempt.note) == ("mei", "SALE", "wants a ride")


async def test_a_call_recorded_event_by_event_ends_the_same(shop: Shop) -> None:
    first, second = await shop.has(2)
    at_once, step_by_step = await shop.dials(first), await shop.dials(second)
    await shop.store.record(shop.conversation(at_once))
    for event in shop.conversation(step_by_step):
        await shop.store.record([event])
    one, other = await shop.store.attempt(at_once.attempt_id), await shop.store.attempt(step_by_step.attempt_id)
    assert one is not None
    assert other is not None
    for field in (
        "ringing_at",
        "answered_at",
        "connected_at",
        "ended_at",
        "outcome",
        "agent_id",
        "disposition",
        "note",
    ):
        assert getattr(one, field) == getattr(other, field), field


async def test_what_is_told_twice_happens_once(shop: Shop) -> None:
    [lead] = await shop.has(1)
    call = await shop.dials(lead)
    story = shop.conversation(call)
    await shop.store.record(story)
    before, journaled = await shop.store.attempt(call.attempt_id), await names(shop.store)
    await shop.store.record(story)
    for event in story:
        await shop.store.record([event])
    assert await shop.store.attempt(call.attempt_id) == before
    assert await names(shop.store) == journaled


async def test_late_news_of_a_call_does_not_move_what_is_known(shop: Shop) -> None:
    [lead] = await shop.has(1)
    call = await shop.dials(lead)
    await shop.store.record(shop.conversation(call))
    before = await shop.store.attempt(call.attempt_id)
    await shop.store.record(
        [
            shop.event(e.CallAnswered, call, after_s=500),
            shop.event(e.CallConnected, call, after_s=501, agent_id="li"),
            shop.ended(call, AttemptOutcome.LOST, after_s=600, sip_status=503, reason="worker died"),
            shop.event(e.CallDisposed, call, after_s=700, agent_id="li", code="NO_TALK"),
        ]
    )
    assert await shop.store.attempt(call.attempt_id) == before


async def test_a_batch_with_a_bad_event_changes_nothing(shop: Shop) -> None:
    class Unheard(e.DomainEvent, frozen=True, kw_only=True):
        pass

    [lead] = await shop.has(1)
    call = await shop.dials(lead)
    with pytest.raises(Exception):  # noqa: B017 - a bug, whatever its name
        await shop.store.record([*shop.conversation(call), Unheard(occurred_at=NOON)])
    [active] = await shop.store.active_attempts()
    assert active.answered_at is None
    assert await shop.store.outbox(limit=10) == []


async def test_the_outbox_holds_the_events_in_their_order(shop: Shop) -> None:
    leads = await shop.has(10)
    calls = [await shop.dials(lead) for lead in leads]
    await shop.store.record(shop.conversation(calls[0]))
    assert await names(shop.store) == [
        "call.placed",
        "call.ringing",
        "call.answered",
        "call.connected",
        "call.ended",
        "call.disposed",
    ]
    await asyncio.gather(*(shop.store.record(shop.conversation(call)) for call in calls[1:]))
    entries = await shop.store.outbox(limit=1000)
    assert [entry.seq for entry in entries] == sorted({entry.seq for entry in entries})
    assert len(entries) == 60
    for call in calls:
        own = [entry.name for entry in entries if call.attempt_id in entry.topic_subject]
        assert own == await names_of_one(entries[:6])


async def names_of_one(entries: list[object]) -> list[str]:
    return [entry.name for entry in entries]  # type: ignore[attr-defined]


async def test_what_the_feed_has_taken_is_not_offered_again(shop: Shop) -> None:
    [lead] = await shop.has(1)
    call = await shop.dials(lead)
    await shop.store.record(shop.conversation(call))
    first, second, *_ = await shop.store.outbox(limit=3)
    await shop.store.published(second.seq)
    rest = await shop.store.outbox(limit=100)
    assert len(rest) == 4
    assert all(entry.seq > second.seq for entry in rest)
    await shop.store.published(first.seq)  # an old acknowledgement takes nothing back
    assert await shop.store.outbox(limit=100) == rest


async def test_acknowledging_more_than_there_is_does_not_swallow_the_future(shop: Shop) -> None:
    first, second = await shop.has(2)
    await shop.store.record([shop.ended(await shop.dials(first), AttemptOutcome.BUSY)])
    await shop.store.published(10**9)
    assert await shop.store.outbox(limit=10) == []
    await shop.store.record([shop.ended(await shop.dials(second), AttemptOutcome.BUSY)])
    assert await names(shop.store) == ["call.ended"]


async def test_a_payload_tells_what_happened(shop: Shop) -> None:
    [lead] = await shop.has(1)
    call = await shop.dials(lead)
    await shop.store.record([shop.event(e.CallConnected, call, after_s=9, agent_id="mei")])
    [entry] = await shop.store.outbox(limit=10)
    payload = json.loads(entry.payload)
    assert entry.topic_subject == f"call/{call.attempt_id}/connected"
    assert not entry.retained
    assert payload["event_id"] == entry.event_id
    assert (payload["seq"], payload["name"], payload["schema"]) == (entry.seq, "call.connected", 1)
    assert (payload["attempt_id"], payload["agent_id"]) == (call.attempt_id, "mei")
    assert payload["occurred_at"] == "2026-11-20T04:00:09Z"
    assert entry.occurred_at == NOON + timedelta(seconds=9)


async def test_states_are_kept_by_the_broker(shop: Shop) -> None:
    await shop.store.record(
        [
            e.AgentStateChanged(occurred_at=NOON, agent_id="mei", previous=AgentState.PAUSED, state=AgentState.READY),
            e.CampaignStateChanged(
                occurred_at=NOON,
                campaign_id=shop.campaign_id,
                previous=CampaignState.DRAFT,
                state=CampaignState.RUNNING,
            ),
            e.TrunkWentDown(occurred_at=NOON, trunk="carrier", reason="no answer"),
        ]
    )
    entries = await shop.store.outbox(limit=10)
    assert [(entry.topic_subject, entry.retained) for entry in entries] == [
        ("agent/mei/state", True),
        (f"campaign/{shop.campaign_id}/state", True),
        ("trunk/carrier/state", True),
    ]


async def test_a_campaign_keeps_its_state(shop: Shop) -> None:
    running = e.CampaignStateChanged(
        occurred_at=NOON, campaign_id=shop.campaign_id, previous=CampaignState.DRAFT, state=CampaignState.RUNNING
    )
    await shop.store.record([running])
    campaign = await shop.store.campaign("autumn")
    assert campaign is not None
    assert campaign.state is CampaignState.RUNNING


def again(shop: Shop, lead_id: int, *, hours: float = 3) -> e.LeadRescheduled:
    return e.LeadRescheduled(
        occurred_at=shop.now,
        campaign_id=shop.campaign_id,
        lead_id=lead_id,
        due_at=shop.now + timedelta(hours=hours),
        reason="no answer",
    )


async def test_a_rescheduled_lead_is_free_and_due_later(shop: Shop) -> None:
    await shop.has(1)
    [lead] = await shop.leases(minutes=600)
    await shop.store.record([again(shop, lead.lead_id)])
    assert await shop.leases() == []
    shop.passes(hours=3)
    assert [lead.due_at for lead in await shop.leases()] == [NOON + timedelta(hours=3)]


async def test_the_last_word_about_a_lead_counts(shop: Shop) -> None:
    [lead] = await shop.has(1)
    closed = e.LeadClosed(
        occurred_at=NOON, campaign_id=shop.campaign_id, lead_id=lead.lead_id, reason=CloseReason.ATTEMPTS_EXHAUSTED
    )
    await shop.store.record([again(shop, lead.lead_id), closed])
    kept = await shop.lead(lead.lead_id)
    assert (kept.state, kept.closed_reason, kept.due_at) == (LeadState.CLOSED, CloseReason.ATTEMPTS_EXHAUSTED, None)
    assert await shop.leases() == []


async def test_whoever_asked_not_to_be_called_is_never_called(shop: Shop) -> None:
    [lead, other] = await shop.has(2)
    await shop.leases()
    suppressed = e.NumberSuppressed(occurred_at=NOON, e164=number(1), reason="asked", source="agent mei")
    await shop.store.record([suppressed, again(shop, lead.lead_id)])
    assert (await shop.lead(lead.lead_id)).state is LeadState.DO_NOT_CALL
    await shop.store.record([again(shop, lead.lead_id)])
    shop.passes(hours=5)
    assert [free.lead_id for free in await shop.leases()] == [other.lead_id]
    assert "asked" in (await shop.store.suppressed([number(1), number(2)]))[number(1)]


async def test_a_lead_with_another_usable_number_stays_open(shop: Shop) -> None:
    await shop.imports(row(1, number(1), number(2)))
    [lead] = await shop.leases()
    await shop.store.record([e.NumberSuppressed(occurred_at=NOON, e164=number(1), reason="asked", source="agent")])
    assert (await shop.lead(lead.lead_id)).state is LeadState.OPEN
    await shop.store.record([e.NumberSuppressed(occurred_at=NOON, e164=number(2), reason="asked", source="agent")])
    assert (await shop.lead(lead.lead_id)).state is LeadState.DO_NOT_CALL


async def test_an_unusable_number_does_not_keep_a_suppressed_lead_open(shop: Shop) -> None:
    await shop.imports(row(1, number(1), number(2)))
    [lead] = await shop.leases()
    await shop.store.record([e.NumberInvalidated(occurred_at=NOON, lead_id=lead.lead_id, e164=number(2))])
    assert [n.usable for n in (await shop.lead(lead.lead_id)).numbers] == [True, False]
    await shop.store.suppress(number(1), reason="register", source="national list", at=NOON)
    assert (await shop.lead(lead.lead_id)).state is LeadState.DO_NOT_CALL


async def test_nothing_to_record_is_nothing(shop: Shop) -> None:
    await shop.store.record([])
    assert await shop.store.outbox(limit=10) == []


async def test_the_journal_forgets_only_what_is_old_and_published(shop: Shop) -> None:
    first, second = await shop.has(2)
    await shop.store.record([shop.ended(await shop.dials(first), AttemptOutcome.BUSY)])
    shop.passes(days=40)
    await shop.store.record([shop.ended(await shop.dials(second), AttemptOutcome.BUSY)])
    month_ago = shop.now - timedelta(days=30)
    assert await shop.store.purge(before=month_ago) == 0
    [_, late] = await shop.store.outbox(limit=10)
    await shop.store.published(late.seq)
    assert await shop.store.purge(before=month_ago) == 1
    assert await shop.store.purge(before=shop.now + timedelta(days=1)) == 1
    await shop.store.record([e.TrunkWentUp(occurred_at=NOON, trunk="carrier")])
    [new] = await shop.store.outbox(limit=10)
    assert new.seq > late.seq, "numbers are not given twice"


async def test_a_busy_moment_brings_three_of_everything_at_once(shop: Shop) -> None:
    """The journal writes whatever gathered while it was busy: every statement must take many rows."""
    leads = await shop.has(9)
    calls = [await shop.dials(lead) for lead in leads[:3]]
    ids = [f"r{n}" for n in range(9)]
    batch: list[e.DomainEvent] = [event for call in calls for event in shop.conversation(call)]
    for n, recording_id in enumerate(ids):
        of = calls[n % 3].attempt_id
        batch.append(e.RecordingReserved(occurred_at=NOON, recording_id=recording_id, attempt_id=of, path=recording_id))
        batch.append(e.RecordingBegun(occurred_at=NOON, recording_id=recording_id))
    for recording_id in ids[:6]:
        fields = {"path": recording_id, "duration_s": 1.0, "size_bytes": 1, "sha256": "aa"}
        batch.append(e.RecordingFinalized(occurred_at=NOON, recording_id=recording_id, **fields))  # type: ignore[arg-type]
    batch += [e.RecordingLost(occurred_at=NOON, recording_id=recording_id, reason="torn") for recording_id in ids[6:]]
    batch += [e.RecordingDeleted(occurred_at=NOON, recording_id=recording_id, reason="old") for recording_id in ids[:3]]
    held = [e.RecordingHeld(occurred_at=NOON, recording_id=name, by="bo", reason="case 7") for name in ids[3:6]]
    batch += [*held, *(e.RecordingReleased(occurred_at=NOON, recording_id=r, by="bo", reason="won") for r in ids[3:5])]
    batch += held[:1]
    for lead in leads[3:6]:
        batch.append(
            e.LeadClosed(
                occurred_at=NOON, campaign_id=shop.campaign_id, lead_id=lead.lead_id, reason=CloseReason.DISPOSITION
            )
        )
        batch.append(e.NumberInvalidated(occurred_at=NOON, lead_id=lead.lead_id, e164=lead.numbers[0].e164))
    batch += [again(shop, lead.lead_id) for lead in leads[:3]]
    batch += [
        e.NumberSuppressed(occurred_at=NOON, e164=lead.numbers[0].e164, reason="asked", source="mei")
        for lead in leads[6:]
    ]
    await shop.store.record(batch)
    states = [(await shop.lead(lead.lead_id)).state for lead in leads]
    assert states == [LeadState.OPEN] * 3 + [LeadState.CLOSED] * 3 + [LeadState.DO_NOT_CALL] * 3
    found = {row.recording_id: row.state for row in await shop.store.recordings()}
    assert [found[name] for name in ids] == ["DELETED"] * 3 + ["FINALIZED"] * 3 + ["LOST"] * 3
    assert [row.recording_id for row in await shop.store.recordings() if row.legal_hold] == ["r3", "r5"]
