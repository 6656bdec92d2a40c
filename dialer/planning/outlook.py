"""What may be expected of a campaign: from its calls so far, the leads that are open and the hours to come."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Final

from campaigns.campaign import Campaign, CampaignSettings
from campaigns.forecast import Ahead, Forecast, Sample, forecast
from campaigns.groups import assigned
from campaigns.lint import LeadFacts
from campaigns.windows import local_time, openings
from dialer.clock import Clock
from dialer.engine.settings import Policies
from dialer.engine.staff import person
from dialer.ports import AttemptCounts
from dialer.ports.archive import Archive
from dialer.ports.pilots import Ended

DAYS_AHEAD: Final = 180
_WEEK: Final = 7
_USUAL_LINE_S: Final = 20.0  # of an attempt without conversation, where there was none to measure
_USUAL_TALK_S: Final = 90.0
_Stretch = tuple[datetime, datetime]


class Outlook:
    """`time_zone` is the site's, for leads whose own is not known."""

    def __init__(self, *, archive: Archive, clock: Clock, policies: Policies, time_zone: str) -> None:
        self._archive, self._clock, self._policies, self._zone = archive, clock, policies, time_zone

    async def forecast(self, campaign: Campaign, *, since: datetime, until: datetime | None = None) -> Forecast | None:
        """From the attempts placed in [since, until); None before the first of them has ended."""
        counts = await self._archive.counts(campaign.campaign_id, since=since, until=until)
        ended = await self._archive.pilots.ended(campaign.campaign_id, since=since, until=until)
        if not ended.attempts:
            return None
        ahead = await self._ahead(campaign)
        return await asyncio.to_thread(forecast, sample_of(counts, ended), ahead)  # the engine's loop does not wait

    async def open_hours(self, campaign: Campaign) -> set[int]:
        """Local hours of the day in which the campaign calls within a week."""
        leads = await self._archive.plans.open_leads(campaign.campaign_id)
        return {
            hour
            for start, end in self._stretches(campaign.settings, leads, _WEEK)
            for hour in range(start.hour, end.hour + (end.time() > time(end.hour)))
        }

    async def _ahead(self, campaign: Campaign) -> Ahead:
        settings = campaign.settings
        leads = await self._archive.plans.open_leads(campaign.campaign_id)
        people = [person(agent) for agent in await self._archive.agents()]
        return Ahead(
            open_leads=leads.total,
            attempts_per_lead=settings.caps.lead_attempts,
            agents=sum(assigned(settings, one) for one in people),
            wrap_up_s=settings.wrap_up_s,
            hours=hours_by_date(self._stretches(settings, leads, DAYS_AHEAD)),
            deadline=settings.deadline or (settings.goal.by if settings.goal else None),
            goals=settings.goal.figures() if settings.goal else {},
            reached=await self._reached(campaign),
        )

    async def _reached(self, campaign: Campaign) -> Mapping[str, float]:
        counts = await self._archive.counts(campaign.campaign_id)
        ended = await self._archive.pilots.ended(campaign.campaign_id, since=campaign.created_at)
        return {"contacts": counts.contacts, "successes": counts.successes, "appointments": ended.appointments}

    def _stretches(self, settings: CampaignSettings, leads: LeadFacts, days: int) -> list[_Stretch]:
        """Calling hours to come, in the zone of most of the leads, none of them over midnight."""
        now = self._clock.now()
        zone = _commonest(leads.by_zone) or settings.time_zone or self._zone
        policy = self._policies.of(settings, _commonest(leads.by_country) or settings.country)
        last = now + timedelta(days=days)
        found = openings(settings.schedule, zone, now, policy, days=days)
        return [
            piece
            for start, end in found
            if start < last
            for piece in _by_day(local_time(max(start, now), zone), local_time(min(end, last), zone))
        ]


def sample_of(counts: AttemptCounts, ended: Ended) -> Sample:
    """Decisions may come while a call goes on; the sample holds what has ended."""
    most = ended.attempts
    return Sample(
        attempts=most,
        persons=min(counts.answered_by_person, most),
        contacts=min(counts.contacts, most),
        successes=min(counts.successes, most),
        settled=min(ended.settled, most),
        appointments=min(ended.appointments, most),
        line_s=_USUAL_LINE_S if ended.line_s is None else ended.line_s,
        talk_s=counts.talk_s / counts.connected if counts.connected else _USUAL_TALK_S,
    )


def hours_by_date(stretches: list[_Stretch]) -> tuple[tuple[date, float], ...]:
    hours: Counter[date] = Counter()
    for start, end in stretches:
        hours[start.date()] += (end - start).total_seconds() / 3600  # type: ignore[assignment]
    return tuple(sorted(hours.items()))


def _by_day(start: datetime, end: datetime) -> list[_Stretch]:
    pieces = []
    while start.date() < end.date():
        midnight = datetime.combine(start.date() + timedelta(days=1), time(), start.tzinfo)
        pieces.append((start, midnight - timedelta(microseconds=1)))
        start = midnight
    return [*pieces, (start, end)] if start < end else pieces


def _commonest(found: Mapping[str, int]) -> str:
    named = Counter({name: count for name, count in found.items() if name})
    return next((name for name, _ in named.most_common(1)), "")
