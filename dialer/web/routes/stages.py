from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query

from campaigns.campaign import Campaign
from campaigns.handover import HandoverOrder, HandoverState, LossOrder, LossState
from campaigns.stage import Stage
from dialer.web.planning import stage_planning
from dialer.web.schemas.page import By, Code, Limit, Page, page_of
from dialer.web.schemas.stage import (
    Answer,
    Decision,
    Details,
    HandoverView,
    LossView,
    Move,
    Offer,
    Proposal,
    StandingView,
)
from dialer.web.services import Services, ServicesHere

router = APIRouter(tags=["stages"])
Id = Annotated[int, Path(ge=1, le=2**53)]
After = Annotated[int, Query(ge=0, le=2**53)]


@router.get("/campaigns/{code}/stages")
async def show_funnel(code: Code, services: ServicesHere) -> dict[Stage, int]:
    """Leads by stage."""
    return await stage_planning(services).funnel(await services.campaign(code))


@router.get("/leads/{lead_id}/stage")
async def show_stage(lead_id: Id, services: ServicesHere) -> StandingView:
    return StandingView.of(await stage_planning(services).standing(lead_id))


@router.post("/leads/{lead_id}/stage")
async def move_lead(lead_id: Id, wanted: Move, services: ServicesHere, by: By) -> StandingView:
    planning = stage_planning(services)
    return StandingView.of(await planning.move(lead_id, wanted.move, by=by, reason=wanted.reason))


@router.patch("/leads/{lead_id}/details")
async def complete_details(lead_id: Id, wanted: Details, services: ServicesHere, by: By) -> StandingView:
    planning = stage_planning(services)
    return StandingView.of(await planning.describe(lead_id, name=wanted.name, fields=wanted.fields, by=by))


@router.post("/leads/{lead_id}/handover", status_code=201)
async def hand_over(lead_id: Id, offer: Offer, services: ServicesHere, by: By) -> HandoverView:
    return HandoverView.of(await stage_planning(services).hand_over(lead_id, to=offer.to, note=offer.note, by=by))


@router.get("/handovers")
async def list_handovers(
    services: ServicesHere,
    campaign: str | None = None,
    state: HandoverState | None = None,
    after: After = 0,
    limit: Limit = 100,
) -> Page[HandoverView]:
    found = await stage_planning(services).handovers(
        await _campaign(campaign, services), state=state, after_id=after, limit=limit
    )
    return page_of([HandoverView.of(row) for row in found], limit, str(found[-1].handover_id) if found else "")


@router.post("/handovers/{handover_id}/confirm")
async def confirm_handover(handover_id: Id, answer: Answer, services: ServicesHere, by: By) -> HandoverView:
    """Sales found it real: an opportunity."""
    return await _answered(handover_id, HandoverOrder.CONFIRM, answer, services, by)


@router.post("/handovers/{handover_id}/return")
async def return_handover(handover_id: Id, answer: Answer, services: ServicesHere, by: By) -> HandoverView:
    """With a reason; the customer is called again."""
    return await _answered(handover_id, HandoverOrder.RETURN, answer, services, by)


@router.post("/handovers/{handover_id}/withdraw")
async def withdraw_handover(handover_id: Id, answer: Answer, services: ServicesHere, by: By) -> HandoverView:
    return await _answered(handover_id, HandoverOrder.WITHDRAW, answer, services, by)


@router.post("/leads/{lead_id}/loss", status_code=201)
async def propose_loss(lead_id: Id, proposal: Proposal, services: ServicesHere, by: By) -> LossView:
    """The customer is not called while a supervisor decides."""
    planning = stage_planning(services)
    return LossView.of(await planning.propose_loss(lead_id, reason=proposal.reason, note=proposal.note, by=by))


@router.get("/losses")
async def list_losses(
    services: ServicesHere,
    campaign: str | None = None,
    state: LossState | None = None,
    after: After = 0,
    limit: Limit = 100,
) -> Page[LossView]:
    found = await stage_planning(services).losses(
        await _campaign(campaign, services), state=state, after_id=after, limit=limit
    )
    return page_of([LossView.of(row) for row in found], limit, str(found[-1].loss_id) if found else "")


@router.post("/losses/{loss_id}/approve")
async def approve_loss(loss_id: Id, decision: Decision, services: ServicesHere, by: By) -> LossView:
    return await _decided(loss_id, LossOrder.APPROVE, decision, services, by)


@router.post("/losses/{loss_id}/send-back")
async def send_loss_back(loss_id: Id, decision: Decision, services: ServicesHere, by: By) -> LossView:
    """With a remark; the customer is called again."""
    return await _decided(loss_id, LossOrder.SEND_BACK, decision, services, by)


async def _campaign(code: str | None, services: Services) -> Campaign | None:
    return None if code is None else await services.campaign(code)


async def _answered(
    handover_id: int, order: HandoverOrder, answer: Answer, services: Services, by: str
) -> HandoverView:
    return HandoverView.of(await stage_planning(services).answer(handover_id, order, by=by, reason=answer.reason))


async def _decided(loss_id: int, order: LossOrder, decision: Decision, services: Services, by: str) -> LossView:
    return LossView.of(await stage_planning(services).decide_loss(loss_id, order, by=by, remark=decision.remark))
