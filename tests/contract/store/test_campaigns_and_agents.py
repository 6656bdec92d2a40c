"""Campaigns and their versions, agents, recordings, and the counts behind the statistics."""

from __future__ import annotations

from datetime import timedelta

import pytest

from campaigns.attempt import AttemptOutcome
from campaigns.campaign import CampaignState
from dialer.domain import events as e
from dialer.domain.agent import LegMode
from dialer.errors import AlreadyExists, NotFound
from dialer.ports import Agent, AttemptDraft
from tests.contract.store.shop import NOON, Shop, open_shop, settings


async def test_a_campaign_is_found_by_its_code(shop: Shop) -> None:
    found = await shop.store.campaign("autumn")
    assert found == shop.campaign
    assert (shop.campaign.state, shop.campaign.version, shop.campaign.created_at) == (CampaignState.DRAFT, 1, NOON)
    assert await shop.store.campaign("spring") is None


async def test_a_code_is_given_once(shop: Shop) -> None:
    with pytest.raises(AlreadyExists) as refusal:
        await shop.store.add_campaign(settings("autumn"), at=NOON)
    assert refusal.value.field == "code"
    assert len(await shop.store.campaigns()) == 1


async def test_changed_settings_are_a_new_version(shop: Shop) -> None:
    changed = await shop.store.update_campaign(
        shop.campaign_id, settings("autumn", ring_time_s=40), at=NOON, by="planner"
    )
    assert (changed.version, changed.settings.ring_time_s) == (2, 40)
    assert await shop.store.campaigns() == [changed]
    with pytest.raises(NotFound):
        await shop.store.update_campaign(4711, settings("autumn"), at=NOON, by="planner")


async def test_an_agent_is_kept_and_changed(shop: Shop) -> None:
    mei = Agent(agent_id="mei", name="王梅", phone="sip:mei@10.0.0.5", leg_mode=LegMode.ON_CONNECT)
    moved = Agent(agent_id="mei", name="王梅", phone="101", phone_trunk="pbx", active=False)
    await shop.store.save_agent(mei)
    assert await shop.store.agent("mei") == mei
    await shop.store.save_agent(moved)
    assert await shop.store.agents() == [moved]
    assert await shop.store.agent("li") is None


def reserved(call: AttemptDraft, recording_id: str = "r1") -> e.RecordingReserved:
    return e.RecordingReserved(
        occurred_at=NOON, recording_id=recording_id, attempt_id=call.attempt_id, path=f"2026/11/20/{recording_id}.wav"
    )


def finalized(recording_id: str = "r1", **changes: object) -> e.RecordingFinalized:
    fields = {"path": f"2026/11/20/{recording_id}.opus", "duration_s": 60.0, "size_bytes": 9, "sha256": "ab"} | changes
    return e.RecordingFinalized(occurred_at=NOON, recording_id=recording_id, **fields)  # type: ignore[arg-type]


async def test_a_recording_belongs_to_its_call(shop: Shop) -> None:
    [lead] = await shop.has(1)
    call = await shop.dials(lead)
    begun = e.RecordingBegun(occurred_at=NOON + timedelta(seconds=11), recording_id="r1")
    await shop.store.record([reserved(call), *shop.conversation(call), begun])
    [row] = await shop.store.recordings()
    assert (row.state, row.attempt_id, row.campaign_id, row.agent_id) == (
        "RECORDING",
        call.attempt_id,
        shop.campaign_id,
        "mei",
    )
    assert row.started_at == NOON + timedelta(seconds=11)
    await shop.store.record([finalized(repaired=True, remark="header rebuilt")])
    [row] = await shop.store.recordings(states={"FINALIZED"})
    assert (row.path, row.duration_s, row.size_bytes, row.sha256) == ("2026/11/20/r1.opus", 60.0, 9, "ab")
    assert (row.repaired, row.remark) == (True, "header rebuilt")
    attempt = await shop.store.attempt(call.attempt_id)
    assert attempt is not None
    assert (attempt.recording_id, attempt.recording_path) == ("r1", "2026/11/20/r1.opus")


async def test_a_finished_recording_is_not_lost_afterwards(shop: Shop) -> None:
    [lead] = await shop.has(1)
    call = await shop.dials(lead)
    await shop.store.record([reserved(call), finalized()])
    await shop.store.record([e.RecordingLost(occurred_at=NOON, recording_id="r1", reason="?"), reserved(call)])
    [row] = await shop.store.recordings()
    assert (row.state, row.remark) == ("FINALIZED", "")


async def test_a_lost_recording_keeps_its_reason(shop: Shop) -> None:
    [lead] = await shop.has(1)
    call = await shop.dials(lead)
    await shop.store.record([reserved(call), e.RecordingLost(occurred_at=NOON, recording_id="r1", reason="disk full")])
    [row] = await shop.store.recordings(states={"LOST"})
    assert (row.remark, row.started_at, row.duration_s) == ("disk full", None, None)


async def test_a_deleted_recording_keeps_its_row_and_why_it_went(shop: Shop) -> None:
    [lead] = await shop.has(1)
    call = await shop.dials(lead)
    gone = e.RecordingDeleted(occurred_at=NOON, recording_id="r1", reason="older than 180 days")
    await shop.store.record([reserved(call), gone])
    assert [row.state for row in await shop.store.recordings()] == ["RESERVED"]  # only what is finished is deleted
    await shop.store.record([finalized(), gone])
    [row] = await shop.store.recordings(states={"DELETED"})
    assert (row.remark, row.sha256) == ("older than 180 days", "ab")


async def test_a_recording_is_held_and_released_as_often_as_it_is_ordered(shop: Shop) -> None:
    [lead] = await shop.has(1)
    call = await shop.dials(lead)
    held = e.RecordingHeld(occurred_at=NOON, recording_id="r1", by="bo", reason="case 7")
    released = e.RecordingReleased(occurred_at=NOON, recording_id="r1", by="li", reason="won")
    await shop.store.record([reserved(call), *shop.conversation(call), held])
    for n in (1, 2):
        row = await shop.store.recording("r1")
        assert row is not None
        assert (row.legal_hold, row.hold_by, row.hold_reason, row.agent_id) == (True, "bo", "case 7", "mei")
        await shop.store.record([finalized()])  # its end changes nothing about the hold
        assert [row.legal_hold for row in await shop.store.recordings(states={"FINALIZED"})] == [True]
        await shop.store.record([held, released])
        row = await shop.store.recording("r1")
        assert row is not None
        assert (row.legal_hold, row.hold_by, row.hold_reason) == (False, "", "")
        await shop.store.record([released, held])
        told = [
            entry.name for entry in await shop.store.outbox(limit=100) if entry.topic_subject.startswith("recording")
        ]
        assert told.count("recording.held") == 1 + 2 * n
    assert await shop.store.recording("r2") is None


async def test_recordings_are_found_by_campaign_agent_time_and_page(shop: Shop) -> None:
    other = await open_shop(shop.store, "winter")
    for n, (where, agent) in enumerate(((shop, "mei"), (shop, "li"), (other, "mei")), start=1):
        where.passes(hours=n)
        await where.has(1) if n != 2 else None
        [lead] = await where.store.leads(where.campaign_id)
        call = await where.dials(lead)
        begun = e.RecordingBegun(occurred_at=where.now, recording_id=f"r{n}")
        await where.store.record([reserved(call, f"r{n}"), begun, *where.conversation(call, agent=agent)])

    async def found(**wanted: object) -> list[str]:
        return [row.recording_id for row in await shop.store.recordings(**wanted)]  # type: ignore[arg-type]

    assert await found() == ["r1", "r2", "r3"]
    assert await found(campaign_id=shop.campaign_id) == ["r1", "r2"]
    assert await found(agent_id="mei") == ["r1", "r3"]
    assert await found(since=NOON + timedelta(hours=2)) == ["r2", "r3"]
    assert await found(until=NOON + timedelta(hours=2)) == ["r1"]
    assert await found(after="r1", limit=1) == ["r2"]


async def test_counts_add_up(shop: Shop) -> None:
    leads = await shop.has(6)
    sale, chat, short, machine, busy = leads[:5]
    for lead, agent, talk_s, code in (
        (sale, "mei", 60, "SALE"),
        (chat, "li", 45, "NOT_INTERESTED"),
        (short, "mei", 5, "CALLBACK"),
    ):
        await shop.store.record(shop.conversation(await shop.dials(lead), agent=agent, talk_s=talk_s, disposition=code))
    await shop.fails(machine, AttemptOutcome.MACHINE)
    await shop.fails(busy, AttemptOutcome.BUSY)
    await shop.dials(leads[5])
    counts = await shop.store.counts(shop.campaign_id)
    assert (counts.leads, counts.leads_by_state) == (6, {"OPEN": 6})
    assert counts.attempts == 6
    assert counts.outcomes == {"HUMAN": 3, "MACHINE": 1, "BUSY": 1}
    assert counts.dispositions == {"SALE": 1, "NOT_INTERESTED": 1, "CALLBACK": 1}
    assert (counts.connected, counts.answered_by_person, counts.contacts, counts.successes) == (3, 3, 3, 1)
    assert counts.effective_calls == 2
    assert counts.talk_s == pytest.approx(110)
    assert counts.answer_to_agent_ms == pytest.approx((250, 250, 250))
    assert counts.by_agent["mei"]["calls"] == 2
    assert counts.by_agent["mei"]["talk_s"] == pytest.approx(65)
    assert counts.by_agent["mei"]["successes"] == 1
    assert counts.by_agent["li"]["successes"] == 0


async def test_a_customers_wait_ends_with_the_agent_the_message_or_his_own_patience(shop: Shop) -> None:
    """And who came to an agent after the limit of his call is counted by himself."""
    calls = [await shop.dials(lead, abandon_limit_s=2.0) for lead in await shop.has(4)]
    for call, agent_at, message_at, over_at, outcome in (
        (calls[0], 0.3, None, 60.0, AttemptOutcome.HUMAN),
        (calls[1], 2.1, None, 60.0, AttemptOutcome.HUMAN),
        (calls[2], None, 1.8, 12.0, AttemptOutcome.ABANDONED),
        (calls[3], None, None, 0.9, AttemptOutcome.HUMAN),
    ):
        told: list[e.DomainEvent] = [shop.event(e.CallAnswered, call)]
        if agent_at is not None:
            told.append(shop.event(e.CallConnected, call, after_s=agent_at, agent_id="mei"))
        if message_at is not None:
            told.append(shop.event(e.SafeHarbourStarted, call, after_s=message_at))
            told.append(shop.event(e.CallOptedOut, call, after_s=message_at + 3, key="9"))
        await shop.store.record([*told, shop.event(e.CallEnded, call, after_s=over_at, outcome=outcome)])
    counts = await shop.store.counts(shop.campaign_id)
    assert sorted(counts.customer_waits_ms) == pytest.approx([300, 900, 1800, 2100])
    assert (counts.connected_in_time, counts.connected_late) == (1, 1)
    row = await shop.store.attempt(calls[2].attempt_id)
    assert row is not None
    assert (row.message_at, row.opted_out_at) == tuple(
        calls[2].placed_at + timedelta(seconds=seconds) for seconds in (1.8, 4.8)
    )
    assert row.abandon_limit_s == 2.0


async def test_abandoned_calls_were_answered_by_a_person(shop: Shop) -> None:
    [lead] = await shop.has(1)
    await shop.fails(lead, AttemptOutcome.ABANDONED)
    counts = await shop.store.counts(shop.campaign_id)
    assert (counts.answered_by_person, counts.connected) == (1, 0)


async def test_only_finished_recordings_count(shop: Shop) -> None:
    first, second = await shop.has(2)
    await shop.store.record([reserved(await shop.dials(first), "r1"), finalized("r1", duration_s=42.5)])
    await shop.store.record([reserved(await shop.dials(second), "r2")])
    counts = await shop.store.counts(shop.campaign_id)
    assert (counts.recordings, counts.recording_s) == (1, pytest.approx(42.5))


async def test_hours_are_those_of_the_campaigns_zone(shop: Shop) -> None:
    india = await open_shop(shop.store, "diwali", time_zone="Asia/Kolkata")  # UTC+5:30: hours begin at half past
    first, second = await india.has(2)
    await india.store.record(india.conversation(await india.dials(first)))
    india.passes(minutes=30)
    await india.fails(second)
    counts = await india.store.counts(india.campaign_id)
    assert counts.by_hour == {
        "2026-11-20T09": {"attempts": 1, "humans": 1, "successes": 1},
        "2026-11-20T10": {"attempts": 1, "humans": 0, "successes": 0},
    }


async def test_a_new_campaign_counts_nothing(shop: Shop) -> None:
    counts = await shop.store.counts(shop.campaign_id)
    assert (counts.leads, counts.attempts, counts.talk_s, counts.recording_s) == (0, 0, 0, 0)
    assert (counts.outcomes, counts.by_agent, counts.by_hour, counts.answer_to_agent_ms) == ({}, {}, {}, ())


async def test_attempts_are_judged_by_the_dispositions_they_were_made_under(shop: Shop) -> None:
    [lead] = await shop.has(1)
    await shop.store.record(shop.conversation(await shop.dials(lead), disposition="SALE"))
    renamed = [
        d.model_copy(update={"code": "DEAL"}) if d.code == "SALE" else d for d in shop.campaign.settings.dispositions
    ]
    await shop.store.update_campaign(
        shop.campaign_id, settings("autumn", dispositions=tuple(renamed)), at=NOON, by="planner"
    )
    assert (await shop.store.counts(shop.campaign_id)).successes == 1
