"""Planned follow-ups of a customer who was reached and decided nothing: so many contacts in a week, in a month."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from campaigns.attempt import PastAttempt
from campaigns.campaign import Cadence, CampaignSettings
from campaigns.day_parts import DayPart, Tried, day_part, first_by_part, local_midnight, tried
from campaigns.lead import Dossier, Lead
from campaigns.policy import Policy
from campaigns.retry_rules import disposition_of, own_attempts
from campaigns.stage import Stage
from campaigns.windows import next_opening, zone

DECIDED: Final = frozenset({Stage.DEAL, Stage.LOST})  # nobody is followed up any more
AFTER_VISIT: Final = "follow-up after the visit"
_DAY: Final = timedelta(days=1)
_LOOK_AHEAD: Final = timedelta(days=7)


class Series(NamedTuple):
    """How far the follow-ups of a lead have come. `began` is the first conversation, or the visit."""

    cadence: Cadence
    began: datetime
    made: int  # conversations with the right person since, the first one among them
    name: str

    def over(self, now: datetime) -> bool:
        last = self.cadence.steps[-1]
        return self.made >= last.contacts or now >= self.began + timedelta(days=last.days)


def series(settings: CampaignSettings, dossier: Dossier, now: datetime) -> Series | None:
    """None where the campaign plans no follow-ups, or nobody was reached yet."""
    lead = dossier.lead
    if lead.stage in DECIDED:
        return None
    talks = [a.placed_at for a in own_attempts(dossier) if _with_right_person(settings, a)]
    visit = _visited_at(lead, now)
    if settings.visit_cadence is not None and visit is not None:
        return Series(settings.visit_cadence, visit, sum(at >= visit for at in talks), AFTER_VISIT)
    if settings.cadence is None or not talks:
        return None
    return Series(settings.cadence, min(talks), len(talks), "follow-up")


class Plan(NamedTuple):
    """When the next contact is to take place, and before when the step it belongs to has to be done."""

    at: datetime
    ends: datetime | None


def planned(found: Series, now: datetime) -> Plan | None:
    """Each step's contacts evenly over its days. None where all are done and the campaign lets nobody rest."""
    if found.over(now):
        rest = found.cadence.rest_days
        return None if rest is None else Plan(max(now, found.began) + timedelta(days=rest), None)
    before, days = 0, 0
    for step in found.cadence.steps:
        if found.made < step.contacts:
            share = (found.made - before) / (step.contacts - before)
            ends = found.began + timedelta(days=step.days)
            return Plan(found.began + timedelta(days=days + share * (step.days - days)), ends)
        before, days = step.contacts, step.days
    return None


def next_contact(
    settings: CampaignSettings, policy: Policy, dossier: Dossier, found: Series, *, number: str, now: datetime
) -> datetime | None:
    """The next follow-up: on a later local day than now, on a working day and in another part of the day than the last
    attempt where such are open, and rather earlier than planned than after the end of its step. None where all are
    done and the campaign lets nobody rest."""
    plan = planned(found, now)
    if plan is None:
        return None
    here = zone(dossier.lead.time_zone)
    if here is None:
        return max(plan.at, now + _DAY)
    tomorrow = local_midnight(now, here, 1)
    start = max(local_midnight(plan.at, here, 0), tomorrow)
    known = tried(dossier, number, here)
    later = list(_days(settings, policy, dossier.lead.time_zone, known, start, start + _LOOK_AHEAD))
    early = [] if plan.ends is None else list(_days(settings, policy, dossier.lead.time_zone, known, tomorrow, start))
    in_step = [day for day in later if plan.ends is None or day.at < plan.ends]
    order = (*in_step, *reversed(early), *later)
    chosen = next((day for day in order if day.works), None) or next(iter(order), None)
    if chosen is not None:
        return chosen.at
    return next_opening(settings.schedule, dossier.lead.time_zone, start, policy) or start


class _Day(NamedTuple):
    at: datetime  # the best time of it
    works: bool


def _days(
    settings: CampaignSettings, policy: Policy, tz: str, known: Tried, start: datetime, until: datetime
) -> Iterator[_Day]:
    """The open days between two midnights, up to the campaign's last one."""
    here = zone(tz)
    midnight = start
    while here is not None and midnight < until:
        following = local_midnight(midnight, here, 1)
        parts = first_by_part(settings, policy, tz, midnight, following)
        day = midnight.astimezone(here).date()
        if parts and (settings.deadline is None or day <= settings.deadline):
            yield _Day(_best_part(parts, known), policy.calendar.is_working_day(day))
        midnight = following


def _best_part(parts: Mapping[DayPart, datetime], known: Tried) -> datetime:
    """Not the last attempt's where another one is open; the one least tried."""
    others = {part: at for part, at in parts.items() if known.last is None or part is not day_part(known.last)}
    return min((others or parts).items(), key=lambda one: (known.parts[one[0]], one[1]))[1]


def _with_right_person(settings: CampaignSettings, attempt: PastAttempt) -> bool:
    disposition = disposition_of(settings, attempt)
    return disposition is not None and disposition.contact


def _visited_at(lead: Lead, now: datetime) -> datetime | None:
    return lead.appointment_at if lead.appointment_at is not None and lead.appointment_at <= now else None
