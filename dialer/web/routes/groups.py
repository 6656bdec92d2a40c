from __future__ import annotations

from fastapi import APIRouter

from dialer.web.planning import staff_planning
from dialer.web.schemas.group import GroupView, NewGroup
from dialer.web.schemas.page import AgentId, Code
from dialer.web.services import ServicesHere

router = APIRouter(prefix="/groups", tags=["groups"])


@router.get("")
async def list_groups(services: ServicesHere) -> list[GroupView]:
    return [GroupView.of(group) for group in await services.store.groups.every()]


@router.post("", status_code=201)
async def create_group(new: NewGroup, services: ServicesHere) -> GroupView:
    return GroupView.of(await staff_planning(services).create_group(new.code, new.name))


@router.get("/{code}")
async def show_group(code: Code, services: ServicesHere) -> GroupView:
    return GroupView.of(await staff_planning(services).group(code))


@router.delete("/{code}")
async def remove_group(code: Code, services: ServicesHere) -> GroupView:
    """Its agents stay; campaigns that name it have fewer agents from now on."""
    return GroupView.of(await staff_planning(services).remove_group(code))


@router.put("/{code}/agents/{agent_id}")
async def add_to_group(code: Code, agent_id: AgentId, services: ServicesHere) -> GroupView:
    return GroupView.of(await staff_planning(services).join(code, agent_id))


@router.delete("/{code}/agents/{agent_id}")
async def remove_from_group(code: Code, agent_id: AgentId, services: ServicesHere) -> GroupView:
    return GroupView.of(await staff_planning(services).leave(code, agent_id))
