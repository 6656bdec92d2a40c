from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Body

from campaigns.requirement import Requirement
from dialer.web.planning import requirement_planning
from dialer.web.schemas.campaign import CampaignView
from dialer.web.schemas.page import By, Code
from dialer.web.schemas.requirement import (
    Agreement,
    ChangeRequirement,
    Evaluation,
    MadeCampaignView,
    MakeCampaign,
    RequirementView,
    StepView,
)
from dialer.web.services import ServicesHere

router = APIRouter(prefix="/requirements", tags=["requirements"])


@router.get("")
async def list_requirements(services: ServicesHere) -> list[RequirementView]:
    return [RequirementView.of(row) for row in await services.store.requirements.every()]


@router.post("", status_code=201)
async def create_requirement(
    content: Annotated[Requirement, Body()], services: ServicesHere, by: By = "api"
) -> RequirementView:
    return RequirementView.of(await requirement_planning(services).create(content, by=by))


@router.get("/{code}")
async def show_requirement(code: Code, services: ServicesHere) -> RequirementView:
    return RequirementView.of(await requirement_planning(services).find(code))


@router.patch("/{code}")
async def change_requirement(
    code: Code, wanted: ChangeRequirement, services: ServicesHere, by: By = "api"
) -> RequirementView:
    """A new version, to which both parties have to agree again."""
    planning = requirement_planning(services)
    return RequirementView.of(await planning.change(code, wanted.changes, unset=wanted.unset, by=by))


@router.post("/{code}/agreement")
async def agree(code: Code, agreement: Agreement, services: ServicesHere, by: By) -> RequirementView:
    """`by` is the name under the agreement."""
    return RequirementView.of(await requirement_planning(services).agree(code, agreement.party, by=by))


@router.post("/{code}/campaign", status_code=201)
async def make_campaign(code: Code, wanted: MakeCampaign, services: ServicesHere, by: By = "api") -> MadeCampaignView:
    """A DRAFT campaign from an agreed requirement."""
    campaign, derivation = await requirement_planning(services).make_campaign(
        code, campaign=wanted.code, trunks=tuple(wanted.trunks), wanted=wanted.changes, by=by
    )
    return MadeCampaignView.of(CampaignView.of(campaign), derivation)


@router.post("/{code}/evaluation")
async def evaluate(code: Code, evaluation: Evaluation, services: ServicesHere, by: By = "api") -> RequirementView:
    """Kept with the figures of its campaigns as they are now."""
    return RequirementView.of(await requirement_planning(services).evaluate(code, evaluation.words, by=by))


@router.get("/{code}/history")
async def show_history(code: Code, services: ServicesHere) -> list[StepView]:
    return [StepView.of(taken) for taken in await requirement_planning(services).history(code)]


@router.get("/{code}/figures")
async def show_figures(code: Code, services: ServicesHere) -> dict[str, float]:
    """Of all campaigns made from it, together."""
    planning = requirement_planning(services)
    await planning.find(code)
    return await planning.figures(code)
