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
Waiting = dict[str, datetime]  # time zones with leads that are not due yet: before when none of those may be dialled


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
    async for dossier in store.standings.histories(standing.dialled, now=now):
        count.add(judge(dossier))
    search = _Search(store, campaign, judge, now, frozenset(standing.singled_out))
    count.clears(Rule.DUE, await search.first_clear(waiting))
    return count.result()


def _add_alike(count: FunnelCount, standing: Standing, judge: Judge, campaign: Campaign, now: datetime) -> Waiting:
    waiting: Waiting = {}
    for closed in standing.closed:
        lead = replace(_lead(campaign), state=closed.state, closed_reason=closed.reason)
        count.add(judge(Dossier(lead=lead, history=())), closed.leads)
    for alike in standing.alike:
        found = judge(Dossier(lead=_open(campaign, alike, now), history=()))
        if not alike.due and found.clears_at is not None:
            waiting[alike.time_zone] = min(found.clears_at, waiting.get(alike.time_zone, found.clears_at))
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


class _Search:
    """For the first of the leads that are not due yet to be dialled: no lead before it is due, and none before its zone
    opens."""

    def __init__(
        self, store: Store, campaign: Campaign, judge: Judge, now: datetime, apart_from: Collection[int]
    ) -> None:
        self._standings, self._campaign, self._judge, self._now = store.standings, campaign, judge, now
        self._apart_from = apart_from

    async def first_clear(self, waiting: Waiting) -> datetime | None:
        first: datetime | None = None
        for time_zone, opens in sorted(waiting.items(), key=lambda zone: zone[1]):
            first = await self._of_zone(time_zone, opens, first)
        return first

    async def _of_zone(self, time_zone: str, opens: datetime, first: datetime | None) -> datetime | None:
        """The earlier of `first` and the zone's own."""
        seen = 0
        following = self._standings.first_due(
            self._campaign.campaign_id, time_zone, now=self._now, apart_from=self._apart_from
        )
        async for dossier in following:
            due_at = dossier.lead.due_at
            if first is not None and (first <= opens or due_at is None or due_at >= first):
                break
            seen += 1
            if first is None and seen > _MOST_IN_VAIN:
                break
            found = self._judge(dossier)
            if found.blocker is not None and found.blocker.rule == Rule.DUE and found.clears_at is not None:
                first = found.clears_at if first is None else min(first, found.clears_at)
        return first
