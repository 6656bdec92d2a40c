"""Why a campaign dials as many leads as it does, without looking at each of them.

The rules are asked once for all leads that they cannot tell apart, and by itself only for a lead that has a history or
something else of its own. The result is that of asking for every lead.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from campaigns.campaign import Campaign, dials
from campaigns.explain import Funnel, FunnelCount
from campaigns.lead import Dossier, Lead, LeadNumber, LeadState
from campaigns.rule import Rule
from campaigns.verdict import Verdict, verdict
from dialer.engine.settings import Policies
from dialer.ports import Store
from dialer.ports.standing import Alike, Standing

_MOST_IN_VAIN: Final = (
    2000  # due one after another, of which none can ever be dialled: they fall due after the last day
)
_ANY: Final = LeadNumber(number_id=0, e164="+10000000000")
Judge = Callable[[Dossier], Verdict]


async def count_funnel(store: Store, policies: Policies, campaign: Campaign, now: datetime) -> Funnel:
    running = dials(campaign.state)

    def judge(dossier: Dossier) -> Verdict:
        policy = policies.of(campaign.settings, dossier.lead.country)
        return verdict(dossier, campaign.settings, policy, now, running=running)

    count = FunnelCount()
    by_age = campaign.settings.lead_lifetime_days is not None
    standing = await store.standings.standing(campaign.campaign_id, now=now, by_age=by_age)
    waiting = _add_alike(count, standing, judge, campaign, now)
    async for dossier in store.standings.dossiers(standing.singled_out, now=now):
        count.add(judge(dossier))
    if waiting:
        count.clears(Rule.DUE, await _first_clear(store, campaign, judge, now, frozenset(standing.singled_out)))
    return count.result()


def _add_alike(count: FunnelCount, standing: Standing, judge: Judge, campaign: Campaign, now: datetime) -> bool:
    """Whether there are leads that are not due yet and may be dialled once they are."""
    waiting = False
    for closed in standing.closed:
        lead = replace(_lead(campaign), state=closed.state, closed_reason=closed.reason)
        count.add(judge(Dossier(lead=lead, history=())), closed.leads)
    for alike in standing.alike:
        found = judge(Dossier(lead=_open(campaign, alike, now), history=()))
        waiting = waiting or (not alike.due and found.clears_at is not None)
        # When the first lead that is not due yet may be dialled is found out from those leads themselves.
        count.add(found if alike.due else found.never(), alike.leads)
    return waiting


def _open(campaign: Campaign, alike: Alike, now: datetime) -> Lead:
    due_at = now if alike.due else now + timedelta(microseconds=1)
    return replace(
        _lead(campaign), country=alike.country, time_zone=alike.time_zone, created_at=alike.created_at,
        state=LeadState.OPEN, due_at=due_at,
    )  # fmt: skip


def _lead(campaign: Campaign) -> Lead:
    return Lead(
        lead_id=0, campaign_id=campaign.campaign_id, name="", numbers=(_ANY,), country=campaign.settings.country,
        time_zone="",
    )  # fmt: skip


async def _first_clear(
    store: Store, campaign: Campaign, judge: Judge, now: datetime, apart_from: Collection[int]
) -> datetime | None:
    """Nobody may be dialled before he is due: who falls due later than the first so far cannot come before him."""
    first: datetime | None = None
    seen = 0
    async for dossier in store.standings.first_due(campaign.campaign_id, now=now, apart_from=apart_from):
        due_at = dossier.lead.due_at
        if first is not None and (due_at is None or due_at >= first):
            break
        seen += 1
        if first is None and seen > _MOST_IN_VAIN:
            break
        found = judge(dossier)
        if found.blocker is not None and found.blocker.rule == Rule.DUE and found.clears_at is not None:
            first = found.clears_at if first is None else min(first, found.clears_at)
    return first
