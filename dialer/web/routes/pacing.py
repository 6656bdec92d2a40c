"""How campaigns are paced: what was learned and counted, and why each decision was made; leads shown to agents."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import AwareDatetime

from campaigns.campaign import Campaign
from campaigns.pacing import warm_up
from campaigns.policy import limits
from dialer.engine.pacer import Pacer
from dialer.engine.pacing_keeper import COUNTED, KEPT, said_by, tally_of
from dialer.engine.pacing_log import around, unpack
from dialer.errors import Invalid, NotFound
from dialer.web.schemas.attempt import AttemptView
from dialer.web.schemas.pacing import PacingView, PreviewView, SkipReason, WhyView, WindowView
from dialer.web.schemas.page import AgentId, By, Code
from dialer.web.services import Services, ServicesHere

router = APIRouter(tags=["pacing"])
_HISTORY = 20


@router.get("/campaigns/{code}/pacing")
async def show_pacing(code: Code, services: ServicesHere) -> PacingView:
    """What its pacing has learned and counted."""
    campaign = await services.campaign(code)
    pacer = await _pacer(campaign, services)
    last, learned = pacer.last, pacer.learned
    kept = await services.store.pacing.learned(campaign.campaign_id)
    return PacingView(
        campaign=code,
        mode=pacer.mode,
        lines_per_agent=campaign.settings.lines_per_agent,
        abandon_rate_max=pacer.bounds.abandon_rate_max,
        abandon_limit_s=pacer.bounds.abandon_limit_s,
        preview_s=campaign.settings.preview_s,
        over_dials=pacer.over_dials,
        note=None if services.engine is None else str((last.note if last is not None else None) or ""),
        words=last.words() if last is not None else "",
        words_zh=last.words(chinese=True) if last is not None else "",
        windows=[WindowView.of(window) for window in pacer.windows(services.clock.now())],
        learned=learned.summary(),
        rates={key: round(learned.factor(key), 3) for key in sorted(learned.rates) if ":" in key},
        learned_at=kept.at if kept is not None else None,
    )


@router.get("/campaigns/{code}/pacing/decisions")
async def why(
    code: Code,
    services: ServicesHere,
    at: Annotated[AwareDatetime | None, Query(description="now unless given; the last 24 hours are kept")] = None,
) -> WhyView:
    """The decision in force at that time, in words and numbers, with its neighbours."""
    campaign, now = await services.campaign(code), services.clock.now()
    wanted = at or now
    if wanted < now - KEPT - timedelta(minutes=5):
        raise Invalid(
            f"decisions are kept for 24 hours; ask for a time after {now - KEPT:%Y-%m-%d %H:%M} UTC", field="at"
        )
    if services.engine is not None:
        await services.engine.keep_pacing()
    entries = unpack(await services.store.pacing.logged(campaign.campaign_id, at=wanted))
    if not entries:
        raise NotFound(f"campaign {code} has made no decision yet, or none within 24 hours", field="at")
    return WhyView.of(code, wanted, *around(entries, wanted))


@router.post("/campaigns/{code}/pacing/reset")
async def reset_pacing(code: Code, services: ServicesHere, by: By = "api") -> PacingView:
    """Forgets what was learned: it begins again with what is believed of a campaign nobody knows. What was counted
    stays."""
    campaign = await services.campaign(code)
    if services.engine is not None:
        await services.engine.reset_pacing(code, by)
    else:
        await services.store.pacing.forget(campaign.campaign_id)
    return await show_pacing(code, services)


@router.get("/agents/{agent_id}/preview")
async def show_preview(agent_id: AgentId, services: ServicesHere) -> PreviewView:
    """The lead that the agent looks at, with the attempts made so far."""
    await services.agent(agent_id)
    shown = services.running().preview(agent_id)
    if shown is None:
        raise NotFound(f"no lead is shown to agent {agent_id} now", field="agent_id")
    rows = await services.store.attempts(lead_id=shown.lead.lead_id, limit=_HISTORY)
    return PreviewView.of(shown, [AttemptView.of(row) for row in rows])


@router.post("/agents/{agent_id}/preview/accept")
async def accept_lead(agent_id: AgentId, services: ServicesHere) -> PreviewView:
    """Call the lead that the agent looks at; he is kept for it."""
    await services.agent(agent_id)
    return PreviewView.of(await services.running().accept_lead(agent_id))


@router.post("/agents/{agent_id}/preview/skip")
async def skip_lead(agent_id: AgentId, wanted: SkipReason, services: ServicesHere) -> PreviewView:
    """The lead goes back, and not to this agent again today."""
    await services.agent(agent_id)
    return PreviewView.of(await services.running().skip_lead(agent_id, wanted.reason))


async def _pacer(campaign: Campaign, services: Services) -> Pacer:
    """The engine's own, or one made of what is stored."""
    if services.engine is not None:
        return await services.engine.pacer(campaign.settings.code)
    await asyncio.to_thread(warm_up)  # what was learned is said by the compiled rules
    bounds = limits(campaign.settings, services.policies.of(campaign.settings))
    book, now = services.store.pacing, services.clock.now()
    counted = await book.counted(campaign.campaign_id, since=now - COUNTED, sayings=said_by(campaign.settings))
    kept = await book.learned(campaign.campaign_id)
    return Pacer(campaign, bounds, tally_of(counted), kept.state if kept is not None else None)
