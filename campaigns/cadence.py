"""Planned follow-ups of a customer who was reached and decided nothing: so many contacts in a week, in a month."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from campaigns.attempt import PastAttempt
from campaigns.campaign import Cadence, CampaignSettings
from campaigns.day_parts import DayPart, day_part, first_by_part, local_midnight, tried
from campaigns.lead import Dossier, Lead
from campaigns.policy import Policy
from campaigns.retry_rules import disposition_of, own_attempts
from campaigns.stage import Stage
from campaigns.windows import next_opening, zone

DECIDED: Final = frozenset({Stage.DEAL, Stage.LOST})  # nobody is followed up any more
AFTER_VISIT: Final = "follow-up after the visit"
_DAY: Final = timedelta(days=1)
_LOOK_AHEAD_DAYS: Final = 7


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


def planned_at(found: Series) -> datetime:
    """When the next contact is to take place if every one is in time: each step's contacts evenly over its days."""
    before, days = 0, 0
    for step in found.cadence.steps:
        if found.made < step.contacts:
            share = (found.made - before) / (step.contacts - before)
            return found.began + timedelta(days=days + share * (step.days - days))
        before, days = step.contacts, step.days
    return found.began + timedelta(days=days)


def next_contact(
    settings: CampaignSettings, policy: Policy, dossier: Dossier, found: Series, *, number: str, now: datetime
) -> datetime | None:
    """The next follow-up: on a later local day than now, a working day where one is open within the week, and in
    another part of the day than the last attempt. None where all are done and the campaign lets nobody rest."""
    rest = found.cadence.rest_days
    if not found.over(now):
        planned = planned_at(found)
    elif rest is None:
        return None
    else:
        planned = max(now, found.began) + timedelta(days=rest)
    here = zone(dossier.lead.time_zone)
    if here is None:
        return max(planned, now + _DAY)
    start = max(local_midnight(planned, here, 0), local_midnight(now, here, 1))
    parts = _first_working_day(settings, policy, dossier.lead.time_zone, here, start)
    if not parts:
        return next_opening(settings.schedule, dossier.lead.time_zone, start, policy) or start
    known = tried(dossier, number, here)
    others = {part: at for part, at in parts.items() if known.last is None or part is not day_part(known.last)}
    return min((others or parts).items(), key=lambda one: (known.parts[one[0]], one[1]))[1]


def _first_working_day(
    settings: CampaignSettings, policy: Policy, tz: str, here: ZoneInfo, start: datetime
) -> Mapping[DayPart, datetime]:
    """The open parts of the first working day within a week, else of the first day that is open at all."""
    other: Mapping[DayPart, datetime] = {}
    for ahead in range(_LOOK_AHEAD_DAYS):
        midnight = local_midnight(start, here, ahead)
        parts = first_by_part(settings, policy, tz, midnight, local_midnight(start, here, ahead + 1))
        day = midnight.astimezone(here).date()
        if not parts or (other and settings.deadline is not None and day > settings.deadline):
            continue
        if policy.calendar.is_working_day(day):
            return parts
        other = other or parts
    return other


def _with_right_person(settings: CampaignSettings, attempt: PastAttempt) -> bool:
    disposition = disposition_of(settings, attempt)
    return disposition is not None and disposition.contact


def _visited_at(lead: Lead, now: datetime) -> datetime | None:
    return lead.appointment_at if lead.appointment_at is not None and lead.appointment_at <= now else None
