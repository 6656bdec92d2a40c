"""The funnel as people work it: who moved a customer and when, who answered, and what becomes of the lead."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from campaigns.handover import HandoverOrder, HandoverState, LossOrder, LossState
from campaigns.lead import CloseReason, Lead, LeadState
from campaigns.stage import Stage
from campaigns.stage_moves import StageMove
from dialer.domain import events as e
from dialer.errors import NotFound, WrongState
from dialer.ports.archive import Archive
from tests.contract.store.shop import NOON, Shop, open_shop

LATER = NOON + timedelta(hours=2)


@pytest.fixture
async def shop(archive: Archive) -> Shop:
    return await open_shop(archive)


async def customer(shop: Shop, archive: Archive, stage: Stage = Stage.LEAD) -> Lead:
    [lead] = await shop.has(1)
    for move, previous, to in (
        (StageMove.FOUND, Stage.LEAD, Stage.VALID),
        (StageMove.BOOKED, Stage.VALID, Stage.APPOINTMENT),
    ):
        if (await shop.lead(lead.lead_id)).stage is stage:
            break
        await archive.stages.move(lead.lead_id, move, expected=previous, to=to, at=NOON, by="mei", reason="talked")
    return await shop.lead(lead.lead_id)


async def names(archive: Archive) -> list[str]:
    return [entry.name for entry in await archive.outbox(limit=1000)]


async def test_every_move_keeps_who_and_when(shop: Shop, archive: Archive) -> None:
    lead = await customer(shop, archive, Stage.APPOINTMENT)
    steps = await archive.stages.steps(lead.lead_id)
    assert [(s.previous, s.stage, s.move, s.moved_by, s.at) for s in steps] == [
        (Stage.LEAD, Stage.VALID, StageMove.FOUND, "mei", NOON),
        (Stage.VALID, Stage.APPOINTMENT, StageMove.BOOKED, "mei", NOON),
    ]
    assert await archive.stages.funnel(shop.campaign_id) == {stage: int(stage is Stage.APPOINTMENT) for stage in Stage}
    assert (await names(archive)).count("lead.stage_moved") == 2


async def test_a_conversation_moves_the_customer_once(shop: Shop, archive: Archive) -> None:
    [lead] = await shop.has(1)
    moved = e.LeadStageMoved(
        occurred_at=NOON, campaign_id=shop.campaign_id, lead_id=lead.lead_id, previous=Stage.LEAD, stage=Stage.VALID,
        move=StageMove.FOUND, by="mei", attempt_id="a1",
    )  # fmt: skip
    await archive.record([moved])
    await archive.record([moved])
    assert [step.attempt_id for step in await archive.stages.steps(lead.lead_id)] == ["a1"]
    assert (await shop.lead(lead.lead_id)).stage is Stage.VALID


async def test_two_people_cannot_move_a_customer_at_once(shop: Shop, archive: Archive) -> None:
    [lead] = await shop.has(1)

    async def found(by: str) -> None:
        await archive.stages.move(
            lead.lead_id, StageMove.FOUND, expected=Stage.LEAD, to=Stage.VALID, at=NOON, by=by, reason=""
        )

    results = await asyncio.gather(found("mei"), found("lin"), return_exceptions=True)
    assert sum(isinstance(result, WrongState) for result in results) == 1
    assert len(await archive.stages.steps(lead.lead_id)) == 1


async def test_sales_confirm_a_customer(shop: Shop, archive: Archive) -> None:
    lead = await customer(shop, archive, Stage.APPOINTMENT)
    offered = await archive.stages.offer(lead.lead_id, to="Shop 3", note="wants the red one", at=NOON, by="mei")
    with pytest.raises(WrongState, match="wait for the answer"):
        await archive.stages.offer(lead.lead_id, to="Shop 4", note="", at=NOON, by="mei")
    settled = await archive.stages.settle(
        offered.handover_id, HandoverOrder.CONFIRM, at=LATER, by="boss", reason="", due_at=None
    )
    assert (settled.state, settled.settled_by, settled.settled_at) == (HandoverState.CONFIRMED, "boss", LATER)
    assert (await shop.lead(lead.lead_id)).stage is Stage.OPPORTUNITY
    with pytest.raises(WrongState):
        await archive.stages.settle(
            offered.handover_id, HandoverOrder.WITHDRAW, at=LATER, by="mei", reason="", due_at=None
        )
    assert await archive.stages.handovers(state=HandoverState.OFFERED) == []
    assert (await names(archive)).count("handover.changed") == 2


async def test_a_customer_given_back_is_called_again(shop: Shop, archive: Archive) -> None:
    lead = await customer(shop, archive, Stage.VALID)
    closed = e.LeadClosed(
        occurred_at=NOON, campaign_id=shop.campaign_id, lead_id=lead.lead_id, reason=CloseReason.DISPOSITION
    )
    await archive.record([closed])
    offered = await archive.stages.offer(lead.lead_id, to="Shop 3", note="", at=NOON, by="mei")
    await archive.stages.settle(
        offered.handover_id, HandoverOrder.RETURN, at=LATER, by="boss", reason="never heard of us", due_at=LATER
    )
    again = await shop.lead(lead.lead_id)
    assert (again.state, again.due_at, again.stage) == (LeadState.OPEN, LATER, Stage.VALID)
    assert [step.reason for step in await archive.stages.steps(lead.lead_id)][-1] == "never heard of us"


async def test_a_customer_proposed_as_lost_rests_until_the_decision(shop: Shop, archive: Archive) -> None:
    lead = await customer(shop, archive, Stage.VALID)
    proposed = await archive.stages.propose_loss(lead.lead_id, reason="bought elsewhere", note="", at=NOON, by="mei")
    resting = await shop.lead(lead.lead_id)
    assert (resting.state, resting.closed_reason, resting.stage) == (
        LeadState.CLOSED,
        CloseReason.LOSS_PROPOSED,
        Stage.VALID,
    )
    late = e.LeadRescheduled(
        occurred_at=NOON, campaign_id=shop.campaign_id, lead_id=lead.lead_id, due_at=NOON, reason="late news"
    )
    await archive.record([late])
    assert await shop.leases() == []
    sent_back = await archive.stages.decide_loss(
        proposed.loss_id, LossOrder.SEND_BACK, at=LATER, by="boss", remark="offer the leasing", due_at=LATER
    )
    assert (sent_back.state, sent_back.decided_by, sent_back.remark) == (
        LossState.SENT_BACK,
        "boss",
        "offer the leasing",
    )
    again = await shop.lead(lead.lead_id)
    assert (again.state, again.due_at) == (LeadState.OPEN, LATER)


async def test_a_loss_is_final_once_it_is_approved(shop: Shop, archive: Archive) -> None:
    lead = await customer(shop, archive, Stage.VALID)
    proposed = await archive.stages.propose_loss(lead.lead_id, reason="moved away", note="", at=NOON, by="mei")
    await archive.stages.decide_loss(proposed.loss_id, LossOrder.APPROVE, at=LATER, by="boss", remark="", due_at=LATER)
    gone = await shop.lead(lead.lead_id)
    assert (gone.state, gone.closed_reason, gone.stage) == (LeadState.CLOSED, CloseReason.LOST, Stage.LOST)
    with pytest.raises(WrongState, match="decided already"):
        await archive.stages.decide_loss(
            proposed.loss_id, LossOrder.SEND_BACK, at=LATER, by="boss", remark="no", due_at=LATER
        )
    with pytest.raises(WrongState):
        await archive.stages.propose_loss(lead.lead_id, reason="again", note="", at=LATER, by="mei")
    await archive.stages.move(
        lead.lead_id, StageMove.REOPENED, expected=Stage.LOST, to=Stage.VALID, at=LATER, by="boss", reason="",
        due_at=LATER,
    )  # fmt: skip
    back = await shop.lead(lead.lead_id)
    assert (back.state, back.due_at, back.stage) == (LeadState.OPEN, LATER, Stage.VALID)
    assert (await names(archive)).count("loss.changed") == 2


async def test_details_are_completed_and_what_was_there_before_stays_in_the_journal(
    shop: Shop, archive: Archive
) -> None:
    [lead] = await shop.has(1, fields={"city": "Ningbo", "car": "old"})
    await archive.stages.describe(
        lead.lead_id, name="王小明", fields={"car": "", "budget": "200000"}, at=NOON, by="mei"
    )
    described = await shop.lead(lead.lead_id)
    assert (described.name, described.fields) == ("王小明", {"city": "Ningbo", "budget": "200000"})
    [entry] = [entry for entry in await archive.outbox(limit=1000) if entry.name == "lead.described"]
    assert b'"before":{"car":"old","name":"Customer 1"}' in entry.payload
    await archive.stages.describe(lead.lead_id, name="王小明", fields={}, at=LATER, by="mei")
    assert (await names(archive)).count("lead.described") == 1


async def test_strangers_are_not_known(archive: Archive, shop: Shop) -> None:
    with pytest.raises(NotFound, match="no lead 99"):
        await archive.stages.offer(99, to="Shop", note="", at=NOON, by="mei")
    with pytest.raises(NotFound, match="no hand-over 99"):
        await archive.stages.settle(99, HandoverOrder.CONFIRM, at=NOON, by="mei", reason="", due_at=None)
    with pytest.raises(NotFound, match="no proposal 99"):
        await archive.stages.decide_loss(99, LossOrder.APPROVE, at=NOON, by="boss", remark="", due_at=NOON)
