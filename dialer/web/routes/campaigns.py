from __future__ import annotations

from typing import Annotated, Final

from fastapi import APIRouter, Body

from campaigns.campaign import CampaignSettings
from dialer.errors import AlreadyExists, Invalid
from dialer.web.schemas.campaign import CampaignView
from dialer.web.schemas.page import Code
from dialer.web.services import Services, ServicesHere

router = APIRouter(prefix="/campaigns", tags=["campaigns"])
BY: Final = "api"


@router.get("")
async def list_campaigns(services: ServicesHere) -> list[CampaignView]:
    return [CampaignView.of(campaign) for campaign in await services.store.campaigns()]


@router.post("", status_code=201)
async def create_campaign(settings: Annotated[CampaignSettings, Body()], services: ServicesHere) -> CampaignView:
    await _check(settings, services)
    if services.engine is not None:
        return CampaignView.of(await services.engine.create_campaign(settings))
    return CampaignView.of(await services.store.add_campaign(settings, at=services.clock.now()))


@router.get("/{code}")
async def show_campaign(code: Code, services: ServicesHere) -> CampaignView:
    return CampaignView.of(await services.campaign(code))


@router.post("/{code}/start")
async def start_campaign(code: Code, services: ServicesHere) -> CampaignView:
    engine = services.running()
    await services.campaign(code)
    await engine.start_campaign(code, BY)
    return CampaignView.of(await services.campaign(code))


@router.post("/{code}/pause")
async def pause_campaign(code: Code, services: ServicesHere) -> CampaignView:
    engine = services.running()
    await services.campaign(code)
    await engine.pause_campaign(code, BY)
    return CampaignView.of(await services.campaign(code))


@router.post("/{code}/drain")
async def drain_campaign(code: Code, services: ServicesHere) -> CampaignView:
    engine = services.running()
    await services.campaign(code)
    await engine.drain_campaign(code, BY)
    return CampaignView.of(await services.campaign(code))


@router.post("/{code}/stop")
async def stop_campaign(code: Code, services: ServicesHere) -> CampaignView:
    engine = services.running()
    await services.campaign(code)
    await engine.stop_campaign(code, BY)
    return CampaignView.of(await services.campaign(code))


async def _check(settings: CampaignSettings, services: Services) -> None:
    """What only the site knows: its trunks, agents and policies."""
    if await services.store.campaign(settings.code) is not None:
        raise AlreadyExists(f"there is a campaign '{settings.code}' already; choose another code", field="code")
    services.policies.of(settings)
    _known("trunks", settings.trunks, [trunk.name for trunk in services.config.trunks])
    if settings.agents:
        _known("agents", settings.agents, [agent.agent_id for agent in await services.store.agents()])


def _known(field: str, wanted: tuple[str, ...], known: list[str]) -> None:
    for index, name in enumerate(wanted):
        if name not in known:
            choice = ", ".join(sorted(known)) or "none is set up yet"
            raise Invalid(f"{field}[{index}] is '{name}', which this site does not know; known: {choice}", field=field)
