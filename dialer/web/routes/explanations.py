"""Why a lead is dialled or not, and why a campaign stands still: answered by the rules that decide."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Query

from campaigns.campaign import Campaign, dials
from campaigns.idle import IdleReason
from campaigns.idle_minutes import DIALLING, SERVER_DOWN, by_reason, runs
from campaigns.lead import Dossier
from campaigns.verdict import Verdict, verdict
from dialer.engine.funnel import count_funnel
from dialer.errors import NotFound
from dialer.web.schemas.explanation import CampaignExplanationView, IdleDayView, IdleRunView
from dialer.web.schemas.lead import LeadExplanation
from dialer.web.schemas.page import Code, RowNumber
from dialer.web.services import Services, ServicesHere

router = APIRouter(tags=["explanations"])


@router.get("/campaigns/{code}/explanation")
async def explain_campaign(code: Code, services: ServicesHere) -> CampaignExplanationView:
    """How many leads may be dialled now, what excludes the others, and why the campaign is idle."""
    campaign = await services.campaign(code)
    if services.engine is not None:
        live = await services.engine.explain_campaign(code)
        return CampaignExplanationView.of(code, live.state, live.funnel, idle=live.idle, next_due=live.next_due)
    now = services.clock.now()
    funnel = await count_funnel(services.store, services.policies, campaign, now)
    next_due = await services.store.next_due(campaign.campaign_id, now=now)
    return CampaignExplanationView.of(code, campaign.state, funnel, idle=IdleReason.NOT_RUNNING, next_due=next_due)


@router.get("/campaigns/{code}/idle")
async def explain_day(
    code: Code, services: ServicesHere, day: Annotated[date | None, Query(description="today unless given")] = None
) -> IdleDayView:
    """Why the campaign placed no calls, for each minute of a day in the site's time zone."""
    campaign = await services.campaign(code)
    zone, now = ZoneInfo(services.config.site.time_zone), services.clock.now()
    wanted = day or now.astimezone(zone).date()
    start, end = (datetime.combine(wanted + timedelta(days=n), time(), zone).astimezone(UTC) for n in (0, 1))
    end = min(end, now)
    found = await services.store.plans.idle(campaign.campaign_id, start=start, end=end)
    if services.engine is None and (heard := await services.store.last_heard()) is not None and heard < end:
        found = [*found, (heard, SERVER_DOWN)]
    told = runs(found, start, end)
    return IdleDayView(
        campaign=code,
        day=wanted,
        time_zone=zone.key,
        by_reason=by_reason(told),
        dialling_minutes=sum(run.minutes for run in told if run.reason == DIALLING),
        runs=[IdleRunView.of(run) for run in told],
    )


@router.get("/leads/{lead_id}/explanation")
async def explain_lead(lead_id: RowNumber, services: ServicesHere) -> LeadExplanation:
    """Every rule for this lead, now."""
    dossier = await services.store.dossier(lead_id, now=services.clock.now())
    campaign = await _campaign_of(dossier, services)
    found = await services.engine.explain_lead(lead_id) if services.engine else _verdict(campaign, dossier, services)
    return LeadExplanation.of(dossier, campaign.settings.code, found, services.clock.now())


def _verdict(campaign: Campaign, dossier: Dossier, services: Services) -> Verdict:
    """By the campaign's state: what the next engine will do with the lead."""
    policy = services.policies.of(campaign.settings, dossier.lead.country)
    return verdict(dossier, campaign.settings, policy, services.clock.now(), running=dials(campaign.state))


async def _campaign_of(dossier: Dossier, services: Services) -> Campaign:
    for campaign in await services.store.campaigns():
        if campaign.campaign_id == dossier.lead.campaign_id:
            return campaign
    raise NotFound(f"the campaign of lead {dossier.lead.lead_id} is gone", field="lead")
