from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Body, Query

from campaigns.campaign import CampaignSettings
from campaigns.visible import shown
from dialer.web.planning import campaign_planning, linting
from dialer.web.schemas.campaign import (
    CampaignView,
    ChangeSettings,
    ChangeView,
    CloneCampaign,
    EntryView,
    FindingView,
    LintView,
    SettingView,
    StartedView,
    UndoChange,
)
from dialer.web.schemas.page import By, Code, RowNumber
from dialer.web.services import ServicesHere

router = APIRouter(prefix="/campaigns", tags=["campaigns"])


@router.get("")
async def list_campaigns(services: ServicesHere) -> list[CampaignView]:
    return [CampaignView.of(campaign) for campaign in await services.store.campaigns()]


@router.post("", status_code=201)
async def create_campaign(
    settings: Annotated[CampaignSettings, Body()], services: ServicesHere, by: By = "api"
) -> CampaignView:
    return CampaignView.of(await campaign_planning(services).create(settings, by=by))


@router.get("/{code}")
async def show_campaign(code: Code, services: ServicesHere) -> CampaignView:
    return CampaignView.of(await services.campaign(code))


@router.patch("/{code}")
async def change_campaign(code: Code, wanted: ChangeSettings, services: ServicesHere, by: By = "api") -> CampaignView:
    """A new version, which holds from the next attempt on."""
    changed = await campaign_planning(services).change(
        code, wanted.changes, unset=wanted.unset, by=by, note=wanted.note, expected=wanted.version
    )
    return CampaignView.of(changed)


@router.post("/{code}/clone", status_code=201)
async def clone_campaign(code: Code, wanted: CloneCampaign, services: ServicesHere, by: By = "api") -> CampaignView:
    """The same settings under another code, without leads."""
    planning = campaign_planning(services)
    return CampaignView.of(await planning.clone(code, wanted.code, name=wanted.name, wanted=wanted.changes, by=by))


@router.post("/{code}/undo")
async def undo_change(
    code: Code, services: ServicesHere, wanted: UndoChange | None = None, by: By = "api"
) -> CampaignView:
    """A new version equal to an old one."""
    to = wanted.to if wanted else None
    return CampaignView.of(await campaign_planning(services).undo(code, to=to, by=by))


@router.get("/{code}/settings")
async def show_settings(
    code: Code,
    services: ServicesHere,
    everything: Annotated[bool, Query(description="also those that come from the policy pack or are defaults")] = False,
) -> list[SettingView]:
    campaign = await services.campaign(code)
    policy = services.policies.of(campaign.settings)
    return [SettingView.of(setting) for setting in shown(campaign.settings, policy, everything=everything)]


@router.get("/{code}/history")
async def show_history(code: Code, services: ServicesHere) -> list[EntryView]:
    return [EntryView.of(entry) for entry in await campaign_planning(services).history(code)]


@router.get("/{code}/diff")
async def compare_versions(code: Code, first: RowNumber, second: RowNumber, services: ServicesHere) -> list[ChangeView]:
    return [ChangeView.of(change) for change in await campaign_planning(services).diff(code, first, second)]


@router.get("/{code}/lint")
async def lint_campaign(code: Code, services: ServicesHere) -> LintView:
    return LintView.of(code, await linting(services).findings(await services.campaign(code)))


@router.post("/{code}/start")
async def start_campaign(code: Code, services: ServicesHere, by: By = "api") -> StartedView:
    """Refused while there are errors (see lint); warnings come with the answer."""
    engine = services.running()
    warnings = await linting(services).may_start(await services.campaign(code))
    await engine.start_campaign(code, by)
    view = StartedView.of(await services.campaign(code))
    return view.model_copy(update={"warnings": [FindingView.of(finding) for finding in warnings]})


@router.post("/{code}/pause")
async def pause_campaign(code: Code, services: ServicesHere, by: By = "api") -> CampaignView:
    engine = services.running()
    await services.campaign(code)
    await engine.pause_campaign(code, by)
    return CampaignView.of(await services.campaign(code))


@router.post("/{code}/drain")
async def drain_campaign(code: Code, services: ServicesHere, by: By = "api") -> CampaignView:
    engine = services.running()
    await services.campaign(code)
    await engine.drain_campaign(code, by)
    return CampaignView.of(await services.campaign(code))


@router.post("/{code}/stop")
async def stop_campaign(code: Code, services: ServicesHere, by: By = "api") -> CampaignView:
    engine = services.running()
    await services.campaign(code)
    await engine.stop_campaign(code, by)
    return CampaignView.of(await services.campaign(code))
