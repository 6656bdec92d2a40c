from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Header, Query, Response

from campaigns.lead import DueKind, LeadState
from dialer.errors import Invalid
from dialer.planning import web_leads
from dialer.ports.web_leads import Received
from dialer.web.schemas.lead import LeadView, ReceivedView, SentLead
from dialer.web.schemas.page import Code, Limit, Page, Text, page_of
from dialer.web.services import ServicesHere

router = APIRouter(prefix="/campaigns/{code}/leads", tags=["leads"])
Key = Annotated[Text, Header(alias="Idempotency-Key", max_length=120)]
Filter = Annotated[Text | None, Query(max_length=80)]


@router.get("")
async def list_leads(
    code: Code,
    services: ServicesHere,
    state: LeadState | None = None,
    kind: DueKind | None = None,
    source: Filter = None,
    owner: Filter = None,
    after: Annotated[int, Query(ge=0, le=2**53)] = 0,
    limit: Limit = 100,
) -> Page[LeadView]:
    """By number; `kind` is why a lead is due."""
    campaign = await services.campaign(code)
    leads = await services.store.leads(
        campaign.campaign_id, state=state, kind=kind, source=source, owner=owner, after=after, limit=limit
    )
    return page_of([LeadView.of(lead) for lead in leads], limit, str(leads[-1].lead_id) if leads else "")


@router.post("", status_code=201, responses={200: {"model": ReceivedView, "description": "known, or sent again"}})
async def receive_lead(
    code: Code, sent: SentLead, services: ServicesHere, response: Response, key: Key = ""
) -> ReceivedView:
    """A lead that comes in by itself, such as a form on a web page: due at once and dialled before all fresh ones."""
    campaign = await services.campaign(code)
    if sent.owner and await services.store.agent(sent.owner) is None:
        raise Invalid(f"owner is '{sent.owner}', and there is no such agent; leave it out or add him", field="owner")
    lead_id, received = await web_leads.receive(
        services.store.web_leads, services.clock, campaign, sent.asked(), key=key
    )
    services.list_changed()
    if received is not Received.ADDED:
        response.status_code = 200
    dossier = await services.store.dossier(lead_id, now=services.clock.now())
    return ReceivedView(received=received, lead=LeadView.of(dossier.lead))
