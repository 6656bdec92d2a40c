"""Are the public holidays of the called countries known for long enough?"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Final

from campaigns.calendars import Calendar, CalendarError
from dialer.calendars import CalendarBook
from dialer.config import Config
from dialer.doctor.check import Check, failed, passed, warned

AHEAD: Final = timedelta(days=60)


def check_calendars(config: Config, countries: Iterable[str], today: date) -> Check:
    """Where a year is not known, nobody is dialled in it."""
    try:
        book = CalendarBook.load(config.data / "calendars")
    except CalendarError as error:
        return failed("holidays", str(error), "correct the table; until then goldenhour serve does not start")
    calendars = [book.of(country) for country in sorted({config.site.country, *countries})]
    words = ", ".join(_words(calendar, today) for calendar in calendars)
    short = [calendar for calendar in calendars if (calendar.covered_until(today) or date.min) < today + AHEAD]
    if not short:
        return passed("holidays", words)
    files = ", ".join(f"calendars/{calendar.country.lower()}.toml" for calendar in short)
    advice = f"nobody is dialled after that: add the next year to {files} in the data directory"
    return warned("holidays", words, advice)


def _words(calendar: Calendar, today: date) -> str:
    until = calendar.covered_until(today)
    return f"{calendar.country} covered until {until}" if until else f"{calendar.country} not known for {today.year}"
