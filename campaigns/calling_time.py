"""Is it a day and a time for calling where the lead is: one answer for all leads of a zone at an instant."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from typing import Final

from campaigns.campaign import Schedule
from campaigns.policy import Policy
from campaigns.rule import Rule, RuleResult
from campaigns.windows import Hours, hours, next_opening, zone

_NO_DATE: Final = RuleResult(Rule.PUBLIC_HOLIDAY, True, "unknown", "the local date is not known", None)
_NO_TIME: Final = RuleResult(Rule.WINDOW, False, "unknown", "the local time is not known", None)


@lru_cache(maxsize=4096)
def calling_time(schedule: Schedule, tz: str, policy: Policy, now: datetime) -> tuple[RuleResult, RuleResult]:
    """Whether the day is a public holiday, and whether the hour is a calling hour."""
    found = zone(tz)
    if found is None:
        return _NO_DATE, _NO_TIME
    open_hours, local = hours(schedule, policy, tz), now.astimezone(found)
    opening = next_opening(schedule, tz, now, policy)
    return (
        _holiday(open_hours, schedule, policy, local, opening),
        _window(open_hours, policy, local, opening, f"{local:%a %H:%M} in {tz}"),
    )


def _holiday(
    open_hours: Hours, schedule: Schedule, policy: Policy, local: datetime, opening: datetime | None
) -> RuleResult:
    day, calendar = local.date(), policy.calendar
    if not policy.holidays_closed(schedule.public_holidays):
        return RuleResult(Rule.PUBLIC_HOLIDAY, True, "not asked", "public holidays are called on as well", None)
    if not open_hours.known(day.year):
        return RuleResult(Rule.PUBLIC_HOLIDAY, False, f"{day.year} unknown", _unknown(policy, day.year), None)
    source = calendar.sources[day.year]
    if name := open_hours.holiday(day):
        detail = f"{day} is a public holiday of {calendar.country} ({source})"
        return RuleResult(Rule.PUBLIC_HOLIDAY, False, name, detail, opening)
    kind = "make-up working day" if day in calendar.working else "no public holiday"
    return RuleResult(Rule.PUBLIC_HOLIDAY, True, kind, f"by {source}", None)


def _window(open_hours: Hours, policy: Policy, local: datetime, opening: datetime | None, value: str) -> RuleResult:
    if open_hours.open_at(local):
        return RuleResult(Rule.WINDOW, True, value, "inside the calling hours", None)
    if opening is not None:
        again = f"{opening.astimezone(local.tzinfo):%a %Y-%m-%d %H:%M}"
        detail = f"outside the calling hours; open again {again} local time"
    elif year := next((year for year in (local.year, local.year + 1) if not open_hours.known(year)), None):
        detail = f"outside the calling hours, and {_unknown(policy, year)}"
    else:
        detail = f"campaign and policy {policy.name} leave no calling hours; change the campaign's windows"
    return RuleResult(Rule.WINDOW, False, value, detail, opening)


def _unknown(policy: Policy, year: int) -> str:
    country = policy.calendar.country or "the country"
    return f"public holidays of {country} for {year} are not known; add them to calendars/{country.lower()}.toml"
