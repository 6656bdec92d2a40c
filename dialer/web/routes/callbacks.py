"""Promised calls, and the 31-day cabinet of everything that is to be followed up."""

from __future__ import annotations

from datetime import date
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Query
from pydantic import AwareDatetime

from campaigns.callback import CallbackState, follow_ups
from campaigns.tickler import DAYS, arrange, edges
from dialer.engine.callback_desk import CallbackDesk
from dialer.errors import NotFound
from dialer.web.schemas.callback import (
    CabinetView,
    CallbackView,
    CancelledCallback,
    FollowUpView,
    MovedCallback,
    NewCallback,
)
from dialer.web.schemas.page import AgentId, By, Code, Id, Limit, Page, RowNumber, page_of
from dialer.web.services import Services, ServicesHere

router = APIRouter(tags=["callbacks"])
Agents = Annotated[list[AgentId] | None, Query(max_length=500)]


@router.get("/callbacks")
async def list_callbacks(
    services: ServicesHere,
    state: Annotated[list[CallbackState] | None, Query()] = None,
    campaign: Code | None = None,
    lead: RowNumber | None = None,
    agent: Agents = None,
    since: Annotated[AwareDatetime | None, Query(description="due at this time or later")] = None,
    until: Annotated[AwareDatetime | None, Query(description="due before this time")] = None,
    after: Annotated[str, Query(pattern=r"^[0-9a-f]{0,32}$")] = "",
    limit: Limit = 100,
) -> Page[CallbackView]:
    """In the order in which they were promised; several agents or states may be named."""
    wanted = await services.campaign(campaign) if campaign else None
    rows = await services.store.callbacks.page(
        states=state, campaign_id=wanted.campaign_id if wanted else None, lead_id=lead, agents=agent, due_from=since,
        due_until=until, after=after, limit=limit,
    )  # fmt: skip
    now = services.clock.now()
    return page_of([CallbackView.of(row, now) for row in rows], limit, rows[-1].callback.callback_id if rows else "")


@router.get("/callbacks/counts")
async def count_callbacks(
    services: ServicesHere,
    since: AwareDatetime,
    until: AwareDatetime,
    campaign: Code | None = None,
    agent: Agents = None,
) -> FollowUpView:
    """Follow-ups done and due: of the callbacks that fell due from `since` and before `until`."""
    wanted = await services.campaign(campaign) if campaign else None
    by_state = await services.store.callbacks.counts(
        due_from=since, due_until=until, campaign_id=wanted.campaign_id if wanted else None, agents=agent
    )
    return FollowUpView.of(follow_ups(by_state))


@router.get("/callbacks/{callback_id}")
async def show_callback(callback_id: Id, services: ServicesHere) -> CallbackView:
    return await _view(callback_id, services)


@router.post("/leads/{lead_id}/callback", status_code=201)
async def make_callback(lead_id: RowNumber, new: NewCallback, services: ServicesHere, by: By = "api") -> CallbackView:
    """Refused outside the calling hours at the customer's, with the nearest times that are allowed."""
    made = await _desk(services).make(lead_id, new.at, agent_id=new.agent, note=new.note, by=by)
    services.list_changed()
    return await _view(made, services)


@router.post("/callbacks/{callback_id}/move")
async def move_callback(callback_id: Id, change: MovedCallback, services: ServicesHere, by: By = "api") -> CallbackView:
    """To another time, another agent, or both."""
    await _desk(services).move(callback_id, due_at=change.at, agent=change.agent, by=by, reason=change.reason)
    services.list_changed()
    return await _view(callback_id, services)


@router.post("/callbacks/{callback_id}/cancel")
async def cancel_callback(
    callback_id: Id, cancelled: CancelledCallback, services: ServicesHere, by: By = "api"
) -> CallbackView:
    await _desk(services).cancel(callback_id, by=by, reason=cancelled.reason)
    services.list_changed()
    return await _view(callback_id, services)


@router.get("/tickler")
async def open_cabinet(
    services: ServicesHere,
    agent: Agents = None,
    team: Annotated[str | None, Query(max_length=64, description="an agent group: its members' together")] = None,
    since: Annotated[date | None, Query(alias="from", description="first day shown; today unless given")] = None,
    days: Annotated[int, Query(ge=1, le=366)] = DAYS,
    limit: Annotated[int, Query(ge=1, le=5000)] = 1000,
) -> CabinetView:
    """What is due each day: callbacks, planned follow-ups, reminders and retries of customers somebody knows. Nobody
    named: everybody's, and what nobody owns. Days are those of the site's zone."""
    agents = agent if team is None else [*(agent or ()), *await _members(team, services)]
    now, zone = services.clock.now(), ZoneInfo(services.config.site.time_zone)
    bounds = edges(now, zone, days=days, start=since)
    items, counts = await services.store.callbacks.follow_ups(agents=agents, until=bounds[-1], days=bounds, limit=limit)
    return CabinetView.of(arrange(items, counts, bounds, zone, now), zone.key)


async def _members(team: str, services: Services) -> tuple[str, ...]:
    group = await services.store.groups.by_code(team)
    if group is None:
        known = ", ".join(group.code for group in await services.store.groups.every()) or "none yet"
        raise NotFound(f"there is no agent group '{team}'; known: {known}", field="team")
    return group.members


def _desk(services: Services) -> CallbackDesk:
    """The running engine's, else one that writes to the store itself."""
    if services.engine is not None:
        return services.engine.callbacks
    return CallbackDesk(
        store=services.store, clock=services.clock, policies=services.policies, commit=services.store.record
    )


async def _view(callback_id: str, services: Services) -> CallbackView:
    row = await services.store.callbacks.find(callback_id)
    if row is None:
        raise NotFound(f"there is no callback '{callback_id}'", field="callback")
    return CallbackView.of(row, services.clock.now())
