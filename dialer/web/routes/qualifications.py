from __future__ import annotations

from fastapi import APIRouter

from dialer.web.planning import staff_planning
from dialer.web.schemas.agent import AgentView
from dialer.web.schemas.group import PassedScript, QualificationView, Skill, SkillLevel
from dialer.web.schemas.page import AgentId, By, RowNumber, Text
from dialer.web.services import ServicesHere

router = APIRouter(prefix="/agents", tags=["qualifications"])


@router.put("/{agent_id}/skills/{skill}")
async def set_skill(agent_id: AgentId, skill: Skill, services: ServicesHere, wanted: SkillLevel) -> AgentView:
    return AgentView.of(await staff_planning(services).set_skill(agent_id, skill, wanted.level))


@router.delete("/{agent_id}/skills/{skill}")
async def drop_skill(agent_id: AgentId, skill: Skill, services: ServicesHere) -> AgentView:
    return AgentView.of(await staff_planning(services).drop_skill(agent_id, skill))


@router.get("/{agent_id}/qualifications")
async def list_qualifications(agent_id: AgentId, services: ServicesHere) -> list[QualificationView]:
    await staff_planning(services).agent(agent_id)
    return [QualificationView.of(row) for row in await services.store.groups.qualifications(agent_id)]


@router.post("/{agent_id}/qualifications")
async def qualify(agent_id: AgentId, passed: PassedScript, services: ServicesHere, by: By = "api") -> AgentView:
    """The agent has passed this version of the script and gets the calls of campaigns that use it."""
    return AgentView.of(await staff_planning(services).qualify(agent_id, passed.script, passed.version, by=by))


@router.delete("/{agent_id}/qualifications")
async def disqualify(agent_id: AgentId, script: Text, version: RowNumber, services: ServicesHere) -> AgentView:
    return AgentView.of(await staff_planning(services).disqualify(agent_id, script, version))
