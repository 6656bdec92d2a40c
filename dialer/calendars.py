"""Which days are public holidays, from tables and packages: read once, then values.

For each year the strongest source that knows it: the site's own tables, those that ship, chinesecalendar for China, the
holidays package for all others. A package that only estimates a year, or waits for an announcement, does not know it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from functools import lru_cache
from importlib import import_module, resources
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

from campaigns.calendars import Calendar, CalendarError, Year, Years, layered, parse_table
from dialer.zone_regions import REGIONS

FIRST_YEAR: Final = 2020
# Laws change: computed holidays are taken for known this far ahead. Looked through with holidays 0.109.
LAST_YEAR: Final = 2028
_CHINA: Final = "CN"


class CalendarBook:
    """`tables` are TOML texts by their names, the later ones over the earlier ones."""

    def __init__(self, tables: Iterable[tuple[str, str]] = ()) -> None:
        self._tables: dict[str, list[Years]] = {}
        for name, text in tables:
            country, years = _parsed(name, text)
            self._tables.setdefault(country, []).insert(0, years)
        self._calendars: dict[str, Calendar] = {}

    @classmethod
    def load(cls, *directories: Path) -> CalendarBook:
        """The shipped tables, then those of `directories` over them."""
        directory = resources.files("campaigns") / "public_holidays"
        shipped = sorted((e for e in directory.iterdir() if e.name.endswith(".toml")), key=lambda entry: entry.name)
        texts = [(entry.name, entry.read_text("utf-8")) for entry in shipped]
        for own in directories:
            texts += [(str(path), path.read_text("utf-8")) for path in sorted(own.glob("*.toml"))]
        return cls(texts)

    def of(self, country: str) -> Calendar:
        """Without any covered year for a country nobody knows."""
        if country not in self._calendars:
            layers = [*self._tables.get(country, ()), packaged(country)]
            self._calendars[country] = _with_regions(layered(country, layers))
        return self._calendars[country]


@lru_cache(maxsize=256)
def packaged(country: str) -> Years:
    """What the packages know. The first call for a country outside China takes a quarter of a second."""
    if country == _CHINA:
        return _china()
    return _others(country)


def _china() -> Years:
    calendar: Any = import_module("chinese_calendar")
    source = f"chinesecalendar {version('chinesecalendar')}"
    days: Mapping[date, str] = calendar.constants.holidays
    working = frozenset(calendar.constants.workdays)
    return {
        year: Year(
            source=source,
            closed={day: str(name) for day, name in days.items() if day.year == year},
            working=frozenset(day for day in working if day.year == year),
        )
        for year in range(FIRST_YEAR, max(days).year + 1)
    }


def _others(country: str) -> Years:
    package: Any = import_module("holidays")
    try:
        kind = package.country_holidays(country)
    except NotImplementedError:
        return {}
    language = "en_US" if "en_US" in kind.supported_languages else None
    source = f"holidays {version('holidays')}"
    found: dict[int, Year] = {}
    for year in range(max(FIRST_YEAR, kind.start_year), min(LAST_YEAR, kind.end_year, _announced(kind)) + 1):
        days = package.country_holidays(country, years=year, language=language)
        if not any("estimated" in name for name in days.values()):
            working = frozenset(day for day in getattr(days, "weekend_workdays", ()) if day.year == year)
            found[year] = Year(source=source, closed=dict(days), working=working)
    return found


def _with_regions(calendar: Calendar) -> Calendar:
    """For the years that the package knows; a site's own table of a whole year stands alone."""
    zones = REGIONS.get(calendar.country, {})
    years = [year for year, source in calendar.sources.items() if "holidays " in source]
    own = {tz: _regional(calendar.country, regions, tuple(years)) for tz, regions in zones.items()}
    return replace(calendar, regional=own) if own else calendar


@lru_cache(maxsize=256)
def _regional(country: str, regions: tuple[str, ...], years: tuple[int, ...]) -> Mapping[date, str]:
    """By name and region, such as "Canberra Day (ACT)"."""
    package: Any = import_module("holidays")
    national = package.country_holidays(country, years=years)
    found: dict[date, str] = {}
    for region in regions:
        for day, name in package.country_holidays(country, subdiv=region, years=years, language="en_US").items():
            if day not in national:
                found.setdefault(day, f"{name} ({region})")
    return found


def _announced(kind: Any) -> int:
    """Where a government moves working days about, the package knows no year before it was announced."""
    if not kind.has_substituted_holidays:
        return LAST_YEAR
    owners = [vars(owner) for name, owner in vars(import_module(kind.__module__)).items() if "StaticHolidays" in name]
    tables = [owner["special_public_holidays"] for owner in owners if "special_public_holidays" in owner]
    return max((year for table in tables for year in table), default=0)


def _parsed(name: str, text: str) -> tuple[str, Years]:
    try:
        return parse_table(text)
    except CalendarError as error:
        raise CalendarError(f"{name}: {error}") from error
