from __future__ import annotations

from fastapi import APIRouter

from dialer.errors import AlreadyExists, Invalid
from dialer.web.planning import staff_planning
from dialer.web.schemas.agent import AgentView, ChangeAgent, NewAgent, PauseReason
from dialer.web.schemas.page import AgentId
from dialer.web.services import Services, ServicesHere

router = APIRouter(prefix="/agents", tags=["agents"])


@router.get("")
async def list_agents(services: ServicesHere) -> list[AgentView]:
    views = [AgentView.of(agent) for agent in await services.store.agents()]
    return [_live(view, services) for view in views]


@router.post("", status_code=201)
async def add_agent(new: NewAgent, services: ServicesHere) -> AgentView:
    if await services.store.agent(new.id) is not None:
        raise AlreadyExists(f"there is an agent '{new.id}' already; choose another id", field="id")
    _check_phone(new, services)
    await services.store.save_agent(new.agent())
    if services.engine is not None:
        await services.engine.staff_changed()
    return AgentView.of(new.agent())


@router.get("/{agent_id}")
async def show_agent(agent_id: AgentId, services: ServicesHere) -> AgentView:
    return _live(AgentView.of(await services.agent(agent_id)), services)


@router.patch("/{agent_id}")
async def change_agent(agent_id: AgentId, change: ChangeAgent, services: ServicesHere) -> AgentView:
    """Who is made inactive leaves after the call he has."""
    wanted, present = change.wanted(), await services.agent(agent_id)
    phone, trunk = wanted.get("phone", present.phone), wanted.get("phone_trunk", present.phone_trunk)
    if wanted.keys() & {"phone", "phone_trunk"}:
        trunk = "" if phone.startswith("sip:") and "phone_trunk" not in wanted else trunk
        _check_phone(NewAgent(id=agent_id, phone=phone, phone_trunk=trunk), services)
        wanted |= {"phone": phone, "phone_trunk": trunk}
    return _live(AgentView.of(await staff_planning(services).change(agent_id, **wanted)), services)


@router.post("/{agent_id}/login")
async def log_in(agent_id: AgentId, services: ServicesHere) -> AgentView:
    agent = await services.agent(agent_id)
    await services.running().log_in(agent_id)
    return _live(AgentView.of(agent), services)


@router.post("/{agent_id}/ready")
async def make_ready(agent_id: AgentId, services: ServicesHere) -> AgentView:
    agent = await services.agent(agent_id)
    await services.running().make_ready(agent_id)
    return _live(AgentView.of(agent), services)


@router.post("/{agent_id}/pause")
async def pause(agent_id: AgentId, reason: PauseReason, services: ServicesHere) -> AgentView:
    agent = await services.agent(agent_id)
    await services.running().pause_agent(agent_id, reason.reason)
    return _live(AgentView.of(agent), services)


@router.post("/{agent_id}/logout")
async def log_out(agent_id: AgentId, services: ServicesHere) -> AgentView:
    agent = await services.agent(agent_id)
    await services.running().log_out(agent_id)
    return _live(AgentView.of(agent), services)


@router.post("/{agent_id}/wrap-up/extension")
async def extend_wrap_up(agent_id: AgentId, services: ServicesHere) -> AgentView:
    agent = await services.agent(agent_id)
    await services.running().extend_wrap_up(agent_id)
    return _live(AgentView.of(agent), services)


def _check_phone(new: NewAgent, services: Services) -> None:
    """An extension needs a trunk to be reached over; a SIP address needs none."""
    trunks = [trunk.name for trunk in services.config.trunks]
    if new.phone.startswith("sip:"):
        if new.phone_trunk:
            raise Invalid("a sip: address is called directly; leave phone_trunk out", field="phone_trunk")
    elif new.phone_trunk not in trunks:
        known = ", ".join(trunks) or "none is configured"
        raise Invalid(f"an extension is reached over one of the trunks: {known}", field="phone_trunk")


def _live(view: AgentView, services: Services) -> AgentView:
    if services.engine is None:
        return view
    seat = next((seat for seat in services.engine.floor().agents if seat.agent_id == view.id), None)
    if seat is None:
        return view
    return view.model_copy(update={"state": seat.state, "since": seat.since, "call": seat.call})
