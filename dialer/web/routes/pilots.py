from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Query

from campaigns.forecast import Forecast
from campaigns.lint import Finding
from campaigns.pilot import PilotPlan
from dialer.errors import WrongState
from dialer.web.planning import outlook, pilot_planning
from dialer.web.schemas.campaign import CampaignView, FindingView
from dialer.web.schemas.page import By, Code
from dialer.web.schemas.pilot import DecidePilot, PilotStep, PilotView, StartPilot
from dialer.web.services import Services, ServicesHere

router = APIRouter(prefix="/campaigns/{code}", tags=["pilots"])


@router.post("/pilot")
async def start_pilot(code: Code, wanted: StartPilot, services: ServicesHere, by: By = "api") -> PilotStep:
    """Refused while lint finds errors, and while the last pilot is not decided; without a plan that one goes on."""
    planning, campaign = pilot_planning(services), await services.campaign(code)
    if wanted.empty and await planning.undecided(campaign) is not None:
        return await _step(code, services, await planning.resume(campaign, by=by))
    usual = PilotPlan()
    plan = PilotPlan(
        calls=usual.calls if wanted.calls is None else wanted.calls,
        calls_per_agent=usual.calls_per_agent if wanted.calls_per_agent is None else wanted.calls_per_agent,
        agents=tuple(wanted.agents),
    )
    return await _step(code, services, await planning.start(campaign, plan, groups=wanted.groups, by=by))


@router.get("/pilot")
async def show_pilot(code: Code, services: ServicesHere) -> PilotView:
    """The last one, with its report: as of now, and once decided as it was then."""
    return PilotView.of(await pilot_planning(services).latest(await services.campaign(code)))


@router.post("/pilot/decision")
async def decide_pilot(code: Code, wanted: DecidePilot, services: ServicesHere, by: By = "api") -> PilotStep:
    planning, campaign = pilot_planning(services), await services.campaign(code)
    return await _step(code, services, await planning.decide(campaign, wanted.decision, by=by, remark=wanted.remark))


@router.get("/pilots")
async def list_pilots(code: Code, services: ServicesHere) -> list[PilotView]:
    """From the first to the last, with what was decided and changed."""
    return [PilotView.of(pilot) for pilot in await pilot_planning(services).history(await services.campaign(code))]


@router.get("/forecast")
async def forecast_campaign(
    code: Code,
    services: ServicesHere,
    days: Annotated[int, Query(ge=1, le=365, description="calls of so many days back are the sample")] = 7,
) -> Forecast:
    """When it will be done, and whether by its deadline and with its goal."""
    campaign = await services.campaign(code)
    since = services.clock.now() - timedelta(days=days)
    found = await outlook(services).forecast(campaign, since=since)
    if found is None:
        raise WrongState(
            f"campaign {code} made no calls in the last {days} days: nothing can be forecast from that", field="days"
        )
    return found


async def _step(code: str, services: Services, warnings: tuple[Finding, ...]) -> PilotStep:
    campaign = await services.campaign(code)
    return PilotStep(
        campaign=CampaignView.of(campaign),
        pilot=PilotView.of(await pilot_planning(services).latest(campaign)),
        warnings=[FindingView.of(finding) for finding in warnings],
    )
