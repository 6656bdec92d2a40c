from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import AwareDatetime

from dialer.web.schemas.attempt import AttemptView
from dialer.web.schemas.page import AgentId, Code, Id, Limit, Page, RowNumber, page_of
from dialer.web.services import ServicesHere

router = APIRouter(prefix="/attempts", tags=["attempts"])


@router.get("")
async def list_attempts(
    *,
    services: ServicesHere,
    campaign: Code | None = None,
    lead: RowNumber | None = None,
    agent: AgentId | None = None,
    since: Annotated[AwareDatetime | None, Query(description="placed at this time or later")] = None,
    after: Annotated[str, Query(pattern=r"^([0-9a-f]{32})?$")] = "",
    limit: Limit = 100,
) -> Page[AttemptView]:
    """In the order in which they were placed."""
    rows = await services.store.attempts(
        campaign_id=(await services.campaign(campaign)).campaign_id if campaign else None,
        lead_id=lead,
        agent_id=agent,
        since=since,
        after=after,
        limit=limit,
    )
    return page_of([AttemptView.of(row) for row in rows], limit, rows[-1].attempt_id if rows else "")


@router.get("/{attempt_id}")
async def show_attempt(attempt_id: Id, services: ServicesHere) -> AttemptView:
    return AttemptView.of(await services.attempt(attempt_id))
