"""Calls from customers, as every store keeps them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from campaigns.attempt import AttemptOutcome
from campaigns.inbound import InboundOutcome, inbound_statistics
from campaigns.lead import DueKind
from dialer.domain import events as e
from dialer.domain.ids import new_id
from dialer.ports import AttemptConflict
from dialer.ports.inbound import NewCaller
from tests.contract.store.shop import Shop, number

STRANGER = "+8613999999999"


def arrived(shop: Shop, caller: str = "", **fields: Any) -> e.InboundArrived:
    return e.InboundArrived(
        occurred_at=shop.now, inbound_id=new_id(shop.now), trunk="carrier", worker="w1", sip_call_id="in@carrier",
        caller=caller or number(1), called="+862112345678", **{"campaign_id": shop.campaign_id, **fields},
    )  # fmt: skip


def later(kind: type[Any], call: e.InboundArrived, after_s: float, **fields: Any) -> Any:
    return kind(occurred_at=call.occurred_at + timedelta(seconds=after_s), inbound_id=call.inbound_id, **fields)


async def talks(shop: Shop, call: e.InboundArrived, *, agent: str = "mei", ring_s: float = 7.0, rings: int = 2) -> None:
    await shop.store.record([
        call,
        later(e.InboundAnswered, call, ring_s, agent_id=agent, ring_s=ring_s, rings=rings),
        later(e.InboundEnded, call, ring_s + 60, outcome=InboundOutcome.ANSWERED, mos=4.1),
    ])  # fmt: skip


async def test_a_call_is_kept_from_its_first_ring_to_its_disposition_and_a_replay_changes_nothing(shop: Shop) -> None:
    lead = (await shop.has(1))[0]
    call = arrived(shop, lead_id=lead.lead_id)
    await shop.store.record([call])
    assert [row.inbound_id for row in await shop.store.inbound.active()] == [call.inbound_id]
    await talks(shop, call)
    disposed = later(
        e.InboundDisposed, call, 70, campaign_id=shop.campaign_id, lead_id=lead.lead_id, agent_id="mei", code="SALE"
    )
    await shop.store.record([disposed])
    await talks(shop, call, agent="somebody else", ring_s=99, rings=20)
    row = await shop.store.inbound.find(call.inbound_id)
    assert row is not None
    assert (row.lead_name, row.campaign_code, row.known) == ("Customer 1", "autumn", True)
    assert (row.agent_id, row.ring_s, row.rings, row.outcome) == ("mei", 7.0, 2, InboundOutcome.ANSWERED)
    assert (row.disposition, row.mos) == ("SALE", 4.1)
    assert await shop.store.inbound.active() == []
    names = [entry.name for entry in await shop.store.outbox(limit=100) if entry.name.startswith("inbound")]
    assert names == ["inbound.arrived", "inbound.answered", "inbound.ended", "inbound.disposed"]


async def test_a_corrected_disposition_takes_the_place_of_the_one_that_was_saved(shop: Shop) -> None:
    lead = (await shop.has(1))[0]
    call = arrived(shop, lead_id=lead.lead_id)
    await talks(shop, call)
    who = {"campaign_id": shop.campaign_id, "lead_id": lead.lead_id, "agent_id": "mei"}
    later_on = shop.now + timedelta(days=1)
    corrected = later(
        e.InboundCorrected, call, 90, **who, previous="SALE", code="CALLBACK", by="lan", callback_at=later_on
    )
    await shop.store.record([corrected])
    untouched = await shop.store.inbound.find(call.inbound_id)
    assert untouched is not None
    assert untouched.disposition is None
    await shop.store.record([later(e.InboundDisposed, call, 70, **who, code="SALE"), corrected])
    row = await shop.store.inbound.find(call.inbound_id)
    assert row is not None
    assert (row.disposition, row.callback_at, row.disposed_at) == (
        "CALLBACK", later_on, call.occurred_at + timedelta(seconds=70),
    )  # fmt: skip


async def test_while_a_customer_calls_us_he_is_not_dialled_from_any_list(shop: Shop) -> None:
    first, second = await shop.has(2)
    call = arrived(shop, lead_id=first.lead_id)
    await shop.store.record([call])
    assert (await shop.store.dossier(first.lead_id, now=shop.now)).active_numbers == {number(1)}
    with pytest.raises(AttemptConflict, match="calls us"):
        await shop.dials(first)
    await shop.dials(second)
    await shop.store.record([later(e.InboundEnded, call, 5, outcome=InboundOutcome.ABANDONED)])
    assert (await shop.store.dossier(first.lead_id, now=shop.now)).active_numbers == frozenset()
    await shop.dials(first)


async def test_a_known_number_brings_its_leads_with_whom_we_tried_and_who_talked(shop: Shop) -> None:
    lead = (await shop.has(1, owner="wei"))[0]
    attempt = await shop.dials(lead)
    await shop.store.record(shop.conversation(attempt, agent="mei", disposition="CALLBACK"))
    shop.passes(days=1)
    await talks(shop, arrived(shop, lead_id=lead.lead_id), agent="lan")
    [known] = await shop.store.inbound.acquaintances(number(1))
    assert (known.lead_id, known.campaign_id, known.running) == (lead.lead_id, shop.campaign_id, False)
    assert known.last_attempt_at == attempt.placed_at
    assert known.agents == ("wei", "lan")
    assert await shop.store.inbound.acquaintances(STRANGER) == []
    assert await shop.store.inbound.acquaintances("") == []


async def test_an_unknown_caller_becomes_a_lead_once(shop: Shop) -> None:
    call = arrived(shop, STRANGER)
    await shop.store.record([call, later(e.InboundEnded, call, 30, outcome=InboundOutcome.MISSED)])
    assert [row.caller for row in await shop.store.inbound.page(to_adopt=True)] == [STRANGER]
    new = NewCaller(
        campaign_id=shop.campaign_id, number=STRANGER, name="Caller", country="CN", time_zone="Asia/Shanghai"
    )
    lead_id = await shop.store.inbound.enter(new, due_at=shop.now, at=shop.now)
    assert await shop.store.inbound.enter(new, due_at=shop.now, at=shop.now) == lead_id
    await shop.store.record([later(e.InboundAdopted, call, 60, campaign_id=shop.campaign_id, lead_id=lead_id)])
    lead = await shop.lead(lead_id)
    assert (lead.due_kind, lead.source, lead.due_at) == (DueKind.CALLBACK, "inbound", shop.now)
    assert [lead.lead_id for lead in await shop.leases()] == [lead_id]
    assert await shop.store.inbound.page(to_adopt=True) == []
    row = await shop.store.inbound.find(call.inbound_id)
    assert row is not None
    assert (row.lead_id, row.known) == (lead_id, False)


async def test_answer_within_three_rings_is_counted_over_all_calls_that_are_over(shop: Shop) -> None:
    for ring_s, rings in ((4.0, 1), (14.0, 3), (16.0, 4)):
        await talks(shop, arrived(shop), ring_s=ring_s, rings=rings)
        shop.passes(seconds=200)
    left = arrived(shop, STRANGER)
    await shop.store.record([left, later(e.InboundEnded, left, 12, outcome=InboundOutcome.ABANDONED)])
    shop.passes(seconds=1)
    await shop.store.record([arrived(shop, STRANGER)])  # rings still
    counts = await shop.store.inbound.counts(since=None, until=None, campaign_id=None, within_rings=3)
    found = inbound_statistics(counts)
    assert (found.arrived, found.answered, found.abandoned) == (4, 3, 1)
    assert (found.within_three_rings.hits, found.within_three_rings.of) == (2, 4)
    assert found.mean_ring_s == pytest.approx(34 / 3)
    assert found.mean_talk_s == pytest.approx(60)
    assert found.by_agent == {"mei": 3}
    since = await shop.store.inbound.counts(since=left.occurred_at, until=None, campaign_id=None, within_rings=3)
    assert dict(since.by_outcome) == {"ABANDONED": 1}


async def test_a_recording_of_a_callers_conversation_is_listed_like_any_other(shop: Shop) -> None:
    lead = (await shop.has(1))[0]
    call, recording = arrived(shop, lead_id=lead.lead_id), new_id(shop.now)
    await talks(shop, call)
    await shop.store.record([
        e.RecordingReserved(
            occurred_at=shop.now, recording_id=recording, attempt_id=call.inbound_id, path="2026/a.opus", inbound=True
        ),
        e.RecordingBegun(occurred_at=shop.now, recording_id=recording),
        e.RecordingFinalized(
            occurred_at=shop.now, recording_id=recording, path="2026/a.opus", duration_s=60, size_bytes=9, sha256="00"
        ),
    ])  # fmt: skip
    [row] = await shop.store.recordings(campaign_id=shop.campaign_id, agent_id="mei")
    assert (row.attempt_id, row.inbound, row.state) == (call.inbound_id, True, "FINALIZED")
    found = await shop.store.inbound.find(call.inbound_id)
    assert found is not None
    assert (found.recording_id, found.recording_path) == (recording, "2026/a.opus")


async def test_an_ordinary_call_is_none_of_this(shop: Shop) -> None:
    await shop.fails((await shop.has(1))[0], AttemptOutcome.BUSY)
    assert await shop.store.inbound.page() == []
