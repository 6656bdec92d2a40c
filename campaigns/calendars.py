"""Public holidays and make-up working days of a country, as far as they are known.

A calendar knows which years it covers. A year it does not cover is not guessed: nobody is dialled in it where public
holidays matter.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Annotated, Any, Final, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator


class CalendarError(ValueError):
    """A table that cannot be used; the message names the fields."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """`sources` says for every covered year where it was taken from."""

    country: str
    holidays: Mapping[date, str] = field(default_factory=dict)  # with their names
    working: frozenset[date] = frozenset()  # make-up working days
    sources: Mapping[int, str] = field(default_factory=dict)  # year -> source
    regional: Mapping[str, Mapping[date, str]] = field(default_factory=dict)  # time zone -> its regions' own holidays

    def here(self, tz: str) -> Calendar:
        """With the holidays of the states or provinces that keep the time of that zone."""
        own = self.regional.get(tz)
        return replace(self, holidays={**own, **self.holidays}, regional={}) if own else self

    def __hash__(self) -> int:
        return hash((self.country, len(self.holidays)))

    def covers(self, year: int) -> bool:
        return year in self.sources

    def covered_until(self, day: date) -> date | None:
        """The last day up to which everything from `day` on is covered; None when `day` is not."""
        if not self.covers(day.year):
            return None
        year = day.year
        while self.covers(year + 1):
            year += 1
        return date(year, 12, 31)

    def is_working_day(self, day: date) -> bool:
        """Monday to Friday, holidays and make-up working days considered."""
        return day not in self.holidays and (day.weekday() < 5 or day in self.working)


UNKNOWN: Final = Calendar(country="")


@dataclass(frozen=True, slots=True, kw_only=True)
class Year:
    """A year of a country from one source. A `complete` one needs no other; else it corrects what lies below it."""

    source: str
    closed: Mapping[date, str] = field(default_factory=dict)
    working: frozenset[date] = frozenset()
    opened: frozenset[date] = frozenset()  # no holidays, whatever the layer below says
    complete: bool = True

    def over(self, below: Year | None) -> Year:
        if self.complete or below is None:
            return self
        closed = {day: name for day, name in below.closed.items() if day not in self.opened | self.working}
        return Year(
            source=f"{self.source} over {below.source}",
            closed={**closed, **self.closed},
            working=(below.working | self.working) - self.closed.keys() - self.opened,
            complete=below.complete,
        )


Years = Mapping[int, Year]


def layered(country: str, layers: Iterable[Years]) -> Calendar:
    """The first layer is the strongest. A year that only corrections are known of is not covered."""
    merged: dict[int, Year] = {}
    for layer in reversed(tuple(layers)):
        for year, own in layer.items():
            merged[year] = own.over(merged.get(year))
    whole = {year: own for year, own in sorted(merged.items()) if own.complete}
    return Calendar(
        country=country,
        holidays={day: name for own in whole.values() for day, name in own.closed.items()},
        working=frozenset(day for own in whole.values() for day in own.working),
        sources={year: own.source for year, own in whole.items()},
    )


class _Year(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    closed: dict[str, tuple[date, ...]] = Field(default_factory=dict)
    working: tuple[date, ...] = ()
    open: tuple[date, ...] = ()
    complete: bool = True


class _Table(BaseModel):
    """The text of a table: for each year the holidays by name, the make-up working days, and what is no holiday."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    country: str = Field(pattern=r"^[A-Z]{2}$")
    source: str = Field(min_length=1)
    checked_on: date
    years: dict[Annotated[str, Field(pattern=r"^[0-9]{4}$")], _Year] = Field(min_length=1)

    @model_validator(mode="after")
    def _coherent(self) -> Self:
        for year, own in self.years.items():
            closed = [day for days in own.closed.values() for day in days]
            for day in (*closed, *own.working, *own.open):
                if str(day.year) != year:
                    raise ValueError(f"years.{year} names {day}, which is of another year")
            if both := set(closed) & {*own.working, *own.open}:
                raise ValueError(f"years.{year} has {min(both)} both as closed and as open")
            if own.complete and own.open:
                raise ValueError(f"years.{year}: 'open' corrects another source; set complete = false")
        return self


def parse_table(text: str) -> tuple[str, dict[int, Year]]:
    """Country and years of a table in TOML. Raises `CalendarError`."""
    try:
        raw: dict[str, Any] = tomllib.loads(text)
        table = _Table.model_validate(raw)
    except tomllib.TOMLDecodeError as error:
        raise CalendarError(f"the table of public holidays is not valid TOML: {error}") from error
    except ValidationError as error:
        raise CalendarError("the table of public holidays is refused: " + _complaints(error)) from error
    return table.country, {int(year): _year(table, own) for year, own in table.years.items()}


def _year(table: _Table, own: _Year) -> Year:
    return Year(
        source=f"table of {table.checked_on}",
        closed={day: name for name, days in own.closed.items() for day in days},
        working=frozenset(own.working),
        opened=frozenset(own.open),
        complete=own.complete,
    )


def _complaints(error: ValidationError) -> str:
    problems = error.errors()
    return "; ".join(
        f"{'.'.join(str(part) for part in p['loc']) or 'table'}: {p['msg'].removeprefix('Value error, ')}"
        for p in problems
    )
