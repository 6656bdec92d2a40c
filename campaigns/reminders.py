"""Reminders of appointments: the day before, or on the day itself when it was booked within three days."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from campaigns.campaign import CampaignSettings
from campaigns.day_parts import local_midnight
from campaigns.lead import Lead
from campaigns.policy import Policy
from campaigns.windows import openings, zone

SOON_DAYS: Final = 3  # booked at most so many days ahead, it is reminded of on the day itself
LATEST: Final = timedelta(hours=1)  # before the appointment: later, the customer is on the way
_AFTER_BOOKING: Final = timedelta(hours=2)  # nobody is reminded of what was said a moment ago


def reminder_at(
    settings: CampaignSettings, policy: Policy, lead: Lead, *, appointment_at: datetime, now: datetime
) -> datetime | None:
    """When to remind of an appointment that is booked `now`, inside open hours; None where no hour is left for it.

    Where the day before is closed, the last open day before that; on the day itself from the first open hour on.
    Where the day itself leaves no hour either, the day before, and the other way round.
    """
    here = zone(lead.time_zone)
    if here is None:
        return None
    days = (appointment_at.astimezone(here).date() - now.astimezone(here).date()).days
    midnight = local_midnight(appointment_at, here, 0)
    on_the_day = _first_open(settings, policy, lead, midnight, appointment_at - LATEST, now=now)
    earlier = (
        _first_open(settings, policy, lead, begins, local_midnight(begins, here, 1), now=now)
        for begins in (local_midnight(appointment_at, here, -ahead) for ahead in range(1, days))
    )
    day_before = next((at for at in earlier if at is not None), None)
    first, second = (on_the_day, day_before) if days <= SOON_DAYS else (day_before, on_the_day)
    return first or second


def in_time(appointment_at: datetime, at: datetime) -> bool:
    """Whether a reminder at that instant still comes before the appointment."""
    return at <= appointment_at - LATEST


def _first_open(
    settings: CampaignSettings, policy: Policy, lead: Lead, begins: datetime, ends: datetime, *, now: datetime
) -> datetime | None:
    earliest = max(begins, now + _AFTER_BOOKING)
    if earliest >= ends:
        return None
    for start, _ in openings(settings.schedule, lead.time_zone, earliest, policy, days=2):
        at = max(start, earliest)
        return at if at < ends else None
    return None
