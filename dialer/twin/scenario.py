"""A scenario: who works when, whom they call, how people behave, over which lines and by which settings."""

from __future__ import annotations

import json
from datetime import date, time
from pathlib import Path
from typing import Any, Final, Self, TypeVar
from zoneinfo import available_timezones

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from campaigns.campaign import CampaignSettings, Weekday
from dialer.documents import BadDocument, Problem, problems_of, read_document
from dialer.domain.agent import LegMode
from dialer.errors import Invalid
from dialer.twin.behaviour import Behaviour

MOST_DAYS: Final = 366
TRUNK: Final = "carrier"
M = TypeVar("M", bound=BaseModel)
_WEEK: Final[tuple[Weekday, ...]] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True, allow_inf_nan=False)


class Break(_Part):
    """Times of day of the site. `share`: so many of the agents take it, the first ones of the group."""

    start: time = Field(alias="from")
    end: time = Field(alias="to")
    share: float = Field(default=1.0, gt=0, le=1)

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.end <= self.start:
            raise ValueError("'to' must be later than 'from' on the same day")
        return self


class Shift(_Part):
    """Agents who work the same hours. `late_s`: the last one of them is ready so long after the first."""

    count: int = Field(default=1, ge=1, le=1000)
    start: time = Field(default=time(9), alias="from")
    end: time = Field(default=time(17), alias="to")
    days: tuple[Weekday, ...] = _WEEK
    breaks: tuple[Break, ...] = ()
    skills: dict[str, int] = Field(default_factory=dict)
    groups: tuple[str, ...] = ()
    mode: LegMode = LegMode.ALWAYS_OPEN
    late_s: float = Field(default=0.0, ge=0, le=7200)
    agents: tuple[str, ...] = ()  # ids out of the data directory, in place of `count` made-up ones

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.end <= self.start:
            raise ValueError("'to' must be later than 'from' on the same day; split a shift that crosses midnight")
        if outside := [b for b in self.breaks if b.start < self.start or b.end > self.end]:
            raise ValueError(f"breaks: the one from {outside[0].start} lies outside the shift")
        return self


class Kind(_Part):
    """Leads of one kind: `person` is the chance that one of their attempts is answered by a person."""

    share: float = Field(gt=0, le=1)
    person: float = Field(ge=0, le=1)
    source: str = ""  # a list's name, where the dialer is to know the kind


class LeadList(_Part):
    """`count` made-up leads, or those of a list file, or of a campaign of the data directory."""

    count: int = Field(default=0, ge=0, le=200_000)
    file: Path | None = None
    mapping: tuple[str, ...] = ()
    campaign: str = ""
    numbers: dict[str, float] = Field(default_factory=lambda: {"1": 1.0})  # how many numbers a lead has -> share
    country: str = Field(default="CN", pattern=r"^[A-Z]{2}$")
    time_zone: str = "Asia/Shanghai"
    kinds: tuple[Kind, ...] = ()
    each_day: int = Field(default=0, ge=0, le=100_000)  # fresh leads that come in every morning from the second day on

    @model_validator(mode="after")
    def _from_somewhere(self) -> Self:
        if sum((self.count > 0, self.file is not None, bool(self.campaign))) != 1:
            raise ValueError("name exactly one of count, file and campaign")
        return self

    @field_validator("numbers")
    @classmethod
    def _are_counts(cls, value: dict[str, float]) -> dict[str, float]:
        if not value or not all(key in "123456789" and share > 0 for key, share in value.items()):
            raise ValueError("must be shares by how many numbers a lead has, such as { 1 = 0.8, 2 = 0.2 }")
        return value


class Lines(_Part):
    trunk: int = Field(default=0, ge=0, le=5000)  # lines of the trunk; 0 is four for each agent
    calls_per_second: float = Field(default=10.0, gt=0, le=1000)
    conversations: int = Field(default=0, ge=0, le=5000)  # room of the line workers; 0 is as many as the trunk has


class Scenario(_Part):
    """One rehearsal. Times of day are the site's; `start` is the first day."""

    name: str = Field(default="", max_length=120)
    start: date = date(2026, 11, 30)
    days: int = Field(default=1, ge=1, le=MOST_DAYS)
    seed: int = Field(default=1, ge=0)
    time_zone: str = "Asia/Shanghai"
    agents: tuple[Shift, ...] = Field(min_length=1)
    leads: LeadList
    behaviour: Behaviour = Behaviour()
    lines: Lines = Lines()
    campaign: dict[str, Any] = Field(default_factory=dict)  # as in a campaign's file; the trunk is the twin's
    policies: bool = True  # False: the rehearsal pack, which knows neither hours nor caps

    @field_validator("time_zone")
    @classmethod
    def _is_a_zone(cls, value: str) -> str:
        if value not in available_timezones():
            raise ValueError("must be a time zone name such as 'Asia/Shanghai' or 'Europe/London'")
        return value

    @property
    def staff(self) -> int:
        return sum(len(shift.agents) or shift.count for shift in self.agents)

    @property
    def trunk_lines(self) -> int:
        return self.lines.trunk or 4 * self.staff

    def changed(self, key: str, value: Any) -> Scenario:
        """With one setting changed; `key` is dotted, and where its first word is no part of a scenario a campaign's."""
        words = key.split(".")
        if words[0] not in type(self).model_fields:
            words = ["campaign", *words]
        document = self.model_dump(mode="json", by_alias=True, exclude_unset=True)
        _put(document, words, value)
        return scenario_of(document, name=f"--set {key}")


class _CampaignFile(_Part):
    campaign: CampaignSettings


def settings_of(scenario: Scenario, *, name: str = "scenario") -> CampaignSettings:
    """The campaign's settings. Raises `BadDocument` naming the field."""
    leads = scenario.leads
    filled = {"code": "rehearsal", "name": scenario.name or "Rehearsal", "country": leads.country}
    document = {"campaign": {**filled, **scenario.campaign, "trunks": [TRUNK]}}
    return validated(document, _CampaignFile, name=name).campaign


def load_scenario(path: Path) -> Scenario:
    """Raises `BadDocument` for whatever is wrong with the file, settings of its campaign included."""
    found = read_document(path, Scenario)
    if found.leads.file is not None:
        there = path.resolve().parent / found.leads.file
        if not there.is_file():
            raise BadDocument(str(path), [Problem("leads.file", f'"{found.leads.file}"', "there is no such file")])
        found = found.model_copy(update={"leads": found.leads.model_copy(update={"file": there})})
    settings_of(found, name=str(path))
    return found


def shipped() -> dict[str, Path]:
    """The scenarios that come with the product, by name."""
    return {path.stem: path for path in sorted((Path(__file__).parent / "scenarios").glob("*.toml"))}


def scenario_of(document: dict[str, Any], *, name: str = "scenario") -> Scenario:
    found = validated(document, Scenario, name=name)
    settings_of(found, name=name)
    return found


def validated(document: dict[str, Any], model: type[M], *, name: str) -> M:
    """As strictly as a file would be."""
    try:
        return model.model_validate_json(json.dumps(document, default=str), strict=True)
    except ValidationError as error:
        raise BadDocument(name, problems_of(error, model)) from error


def _put(document: Any, words: list[str], value: Any) -> None:
    """Where a word is a number it is a place in a list, counted from 0."""
    for n, word in enumerate(words[:-1]):
        document = _at(document, word, ".".join(words[: n + 1]))
    if isinstance(document, list):
        _at(document, words[-1], ".".join(words))
        document[int(words[-1])] = value
    else:
        document[words[-1]] = value


def _at(document: Any, word: str, key: str) -> Any:
    if isinstance(document, list):
        if not word.isdigit() or int(word) >= len(document):
            raise Invalid(f"{key}: there is no such entry; they are counted from 0 to {len(document) - 1}", field=key)
        return document[int(word)]
    if not isinstance(document, dict):
        raise Invalid(f"{key}: there is nothing below it that could be changed", field=key)
    return document.setdefault(word, {})
