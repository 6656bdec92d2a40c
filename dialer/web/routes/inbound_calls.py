"""Calls from customers: what came of them, the card for the agent's screen, and unknown callers to be adopted."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import AwareDatetime

from campaigns.inbound import RINGS, InboundOutcome, InboundStatistics, inbound_statistics
from dialer.engine.inbound_adoption import adopt
from dialer.web.schemas.inbound import Adopt, CardView, InboundCallView
from dialer.web.schemas.page import AgentId, By, Code, Id, Limit, Page, RowNumber, page_of
from dialer.web.services import ServicesHere

router = APIRouter(tags=["inbound calls"])
_HISTORY = 50


@router.get("/inbound-calls")
async def list_inbound_calls(
    *,
    services: ServicesHere,
    campaign: Code | None = None,
    lead: RowNumber | None = None,
    agent: AgentId | None = None,
    outcome: InboundOutcome | None = None,
    to_adopt: Annotated[bool, Query(description="only unknown callers who are no leads yet")] = False,
    since: Annotated[AwareDatetime | None, Query(description="arrived at this time or later")] = None,
    after: Annotated[str, Query(pattern=r"^([0-9a-f]{32})?$")] = "",
    limit: Limit = 100,
) -> Page[InboundCallView]:
    """In the order in which they came."""
    rows = await services.store.inbound.page(
        campaign_id=(await services.campaign(campaign)).campaign_id if campaign else None,
        lead_id=lead,
        agent_id=agent,
        outcome=outcome,
        to_adopt=to_adopt,
        since=since,
        after=after,
        limit=limit,
    )
    return page_of([InboundCallView.of(row) for row in rows], limit, rows[-1].inbound_id if rows else "")


@router.get("/statistics/inbound")
async def count_inbound_calls(
    services: ServicesHere,
    since: Annotated[AwareDatetime | None, Query(description="arrived at this time or later")] = None,
    until: Annotated[AwareDatetime | None, Query(description="arrived before this time")] = None,
    campaign: Code | None = None,
) -> InboundStatistics:
    """How many were answered, and the share that was answered within three rings."""
    wanted = (await services.campaign(campaign)).campaign_id if campaign else None
    counts = await services.store.inbound.counts(since=since, until=until, campaign_id=wanted, within_rings=RINGS)
    return inbound_statistics(counts)


@router.get("/inbound-calls/{inbound_id}")
async def show_inbound_call(inbound_id: Id, services: ServicesHere) -> InboundCallView:
    return InboundCallView.of(await services.inbound_call(inbound_id))


@router.get("/inbound-calls/{inbound_id}/card")
async def show_card(inbound_id: Id, services: ServicesHere) -> CardView:
    """For the agent's screen: the customer, what he was promised, and the calls with him."""
    row = await services.inbound_call(inbound_id)
    if row.lead_id is None:
        return CardView.of(row, None, [], [])
    dossier = await services.store.dossier(row.lead_id, now=services.clock.now())
    attempts = await services.store.attempts(lead_id=row.lead_id, limit=_HISTORY)
    calls = await services.store.inbound.page(lead_id=row.lead_id, limit=_HISTORY)
    return CardView.of(row, dossier, attempts, calls)


@router.post("/inbound-calls/{inbound_id}/adopt")
async def adopt_caller(inbound_id: Id, new: Adopt, services: ServicesHere, by: By = "api") -> InboundCallView:
    """The unknown caller becomes a lead, due at once where nobody has talked to him."""
    if new.owner is not None:
        await services.agent(new.owner)
    if services.engine is not None:
        await services.engine.adopt_caller(
            inbound_id, name=new.name, owner=new.owner or "", code=new.campaign or "", by=by
        )
    else:
        await adopt(
            services.store, services.clock, services.store.record, inbound_id, name=new.name, owner=new.owner or "",
            code=new.campaign or "", by=by,
        )  # fmt: skip
    services.list_changed()
    return InboundCallView.of(await services.inbound_call(inbound_id))


@router.post("/inbound-calls/{inbound_id}/hangup")
async def hang_up_inbound_call(inbound_id: Id, services: ServicesHere) -> InboundCallView:
    """End a call that is up; it shows as ended once the line says so."""
    engine = services.running()
    await services.inbound_call(inbound_id)
    await engine.hang_up(inbound_id)
    return InboundCallView.of(await services.inbound_call(inbound_id))
