"""However the news of a call is cut into batches, repeated or delayed, its row ends the same."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any

import structlog
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from campaigns.attempt import AttemptOutcome
from dialer.db.projection import DURABLE, PROJECT, changes_of, needs_the_disk
from dialer.db.store import open_store
from dialer.domain import events as e
from dialer.ports import AttemptDraft, AttemptRow, Store
from tests.contract.store.shop import NOON, Shop, open_shop

KINDS = st.sampled_from(
    [e.CallPlaced, e.CallRinging, e.CallAnswered, e.CallWaiting, e.CallConnected, e.CallEnded, e.CallDisposed]
)
NEWS = st.lists(st.tuples(KINDS, st.integers(0, 90)), min_size=1, max_size=12)
FIELDS: dict[type[e.CallEvent], dict[str, Any]] = {
    e.CallPlaced: {"sip_call_id": "c", "trunk": "carrier", "worker": "w1"},
    e.CallConnected: {"agent_id": "mei"},
    e.CallEnded: {"outcome": AttemptOutcome.HUMAN, "agent_id": "mei"},
    e.CallDisposed: {"agent_id": "mei", "code": "SALE"},
}


def told(shop: Shop, call: AttemptDraft, news: list[tuple[type[e.CallEvent], int]]) -> list[e.DomainEvent]:
    return [shop.event(kind, call, after_s=after, **FIELDS.get(kind, {})) for kind, after in news]


async def ends_as(shop: Shop, lead_number: int, news: Any, batches: Any) -> dict[str, Any]:
    lead = (await shop.store.leads(shop.campaign_id))[lead_number]
    call = await shop.dials(lead)
    events = told(shop, call, news)
    for batch in batches(events):
        await shop.store.record(batch)
    row = await shop.store.attempt(call.attempt_id)
    assert row is not None
    if row.ended_at is None:  # make room for the next example
        await shop.store.record([shop.ended(call, AttemptOutcome.LOST)])
    return {name: getattr(row, name) for name in AttemptRow.__slots__ if name not in _OWN}


_OWN = {"attempt_id", "lead_id", "lead_name", "number", "sip_call_id"}


def test_cutting_and_repeating_changes_nothing(tmp_path: Path) -> None:
    with asyncio.Runner() as runner:
        store: Store = runner.run(open_store(f"sqlite:///{tmp_path / 'test.db'}"))
        shop = runner.run(open_shop(store))
        runner.run(shop.has(3))

        @settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
        @given(NEWS)
        def holds(news: list[tuple[type[e.CallEvent], int]]) -> None:
            at_once = runner.run(ends_as(shop, 0, news, lambda events: [events]))
            one_by_one = runner.run(ends_as(shop, 1, news, lambda events: [[event] for event in events]))
            twice = runner.run(ends_as(shop, 2, news, lambda events: [events + events, events]))
            assert at_once == one_by_one == twice

        holds()
        runner.run(store.close())


def test_every_event_that_decides_something_goes_to_the_disk() -> None:
    calls = {e.CallPlaced, e.CallRinging, e.CallAnswered, e.CallConnected}
    heard = {e.SafeHarbourStarted, e.CallScreened, e.CallMarkedPerson, e.MessageLeft}
    progress = calls | heard | {e.AgentStateChanged, e.CampaignIdled, e.RecordingBegun}
    assert set(PROJECT) - DURABLE == progress
    call = {"attempt_id": "a", "campaign_id": 1, "lead_id": 1, "occurred_at": NOON}
    ringing, ended = e.CallRinging(**call), e.CallEnded(**call, outcome=AttemptOutcome.BUSY)
    assert not needs_the_disk([ringing])
    assert needs_the_disk([ringing, ended])


def test_the_first_of_a_kind_counts_within_a_batch() -> None:
    call = {"attempt_id": "a", "campaign_id": 1, "lead_id": 1}
    changes = changes_of([e.CallRinging(**call, occurred_at=NOON + timedelta(seconds=s)) for s in (3, 1)])
    assert changes.attempts["a"] == {"ringing_at": NOON + timedelta(seconds=3)}


async def test_news_of_a_call_that_was_never_opened_is_journaled_and_reported(tmp_path: Path) -> None:
    store = await open_store(f"sqlite:///{tmp_path / 'test.db'}")
    stray = e.CallRinging(attempt_id="ghost", campaign_id=1, lead_id=1, occurred_at=NOON)
    reserved = e.RecordingReserved(occurred_at=NOON, recording_id="r1", attempt_id="ghost", path="x.wav")
    with structlog.testing.capture_logs() as logs:
        await store.record([stray, reserved])
    assert [entry["log_level"] for entry in logs] == ["error", "error"]
    assert len(await store.outbox(limit=10)) == 2
    assert await store.recordings() == []
    await store.close()
