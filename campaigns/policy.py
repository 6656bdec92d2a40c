"""Policy packs: what the rules of a country allow, as versioned data. A campaign may tighten them, never loosen them.

A pack states what its source said on the day it was checked. It is no legal advice, and keeping to it is no proof of
having kept the law.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import date, time, timedelta
from functools import lru_cache
from typing import Annotated, Any, Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from campaigns.calendars import UNKNOWN, Calendar
from campaigns.campaign import CallingWindow, CampaignSettings, Weekday

MESSAGE_BEFORE_LIMIT_S: Final = 0.2
LEAST_BEFORE_LIMIT_S: Final = 0.05  # for the order to reach the line and its first frame to leave
END_OF_DAY: Final = time(23, 59, 59, 999999)
# On public holidays: never any call; none unless the campaign says so; as on any day. The strictest last.
HolidayRule = Literal["open", "closed", "forbidden"]
_HOLIDAYS: Final[tuple[HolidayRule, ...]] = ("open", "closed", "forbidden")
_Country = Annotated[str, Field(pattern=r"^[A-Z]{2}$")]


class PolicyError(ValueError):
    """A pack that cannot be used; the message names the fields."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """Rules that hold for every call under this pack. Times of day are the called person's."""

    name: str
    version: int
    source: str
    checked_on: date
    windows: tuple[CallingWindow, ...]
    wall_from: time  # nothing is dialled before it ...
    wall_to: time  # ... nor at or after it; END_OF_DAY is midnight
    number_per_24h: int
    number_per_30d: int
    abandon_limit_s: float
    abandon_lockout: timedelta  # no call to the number after we abandoned one
    min_ring_s: int
    forbidden_days: tuple[Weekday, ...] = ()
    recording_days_min: int = 0
    recording_days_max: int = 180
    title: str = ""
    countries: tuple[str, ...] = ()  # () is any country but `except_countries`
    except_countries: tuple[str, ...] = ()
    windows_bind: bool = False  # the campaign's own windows count only inside `windows`
    holidays: HolidayRule = "closed"
    calendar: Calendar = UNKNOWN  # of the called country; without one nobody is called where holidays matter
    abandon_rate_max: float = 0.029
    screening_errors_abandon: bool = False  # persons taken for machines count as abandoned
    refusal_lockout: timedelta = timedelta(0)
    abandon_guarantee: timedelta = timedelta(hours=72)  # ... and only with a reserved agent for so long
    records_days_min: int = 0  # of attempt rows
    duties: tuple[str, ...] = ()  # what the planner has to see to, as the software cannot
    must_say: tuple[str, ...] = ()  # codes of what a script makes agents say in every call
    rehearsal: bool = False  # only for simulated carriers
    person_per_24h: int | None = None  # on all numbers of a person together; None: only the numbers' own caps
    person_per_30d: int | None = None
    parts: tuple[str, ...] = ()  # the packs it was made of, with their versions

    @property
    def label(self) -> str:
        """Name and version of every pack in it; kept with each attempt."""
        return " + ".join(self.parts) or f"{self.name} {self.version}"

    def holidays_closed(self, wanted: bool) -> bool:
        """Whether public holidays are free of calls, for a campaign that would call on them or not."""
        return self.holidays == "forbidden" or (self.holidays == "closed" and not wanted)

    def __hash__(self) -> int:
        return hash((self.name, self.version))

    def covers(self, country: str) -> bool:
        if not country:
            return False
        if self.countries:
            return country in self.countries
        return country not in self.except_countries


class _Pack(BaseModel):
    """The text of a pack. Durations in hours or days as the fields say."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,31}$")
    title: str = Field(min_length=1, max_length=120)
    version: int = Field(ge=1)
    source: str = Field(min_length=1)
    checked_on: date
    countries: tuple[_Country, ...] = ()
    except_countries: tuple[_Country, ...] = ()
    windows: tuple[CallingWindow, ...] = Field(min_length=1)
    windows_bind: bool = False
    wall_from: time = time(8)
    wall_to: time = time(21)
    forbidden_days: tuple[Weekday, ...] = ()
    holidays: HolidayRule = "closed"
    person_per_24h: int | None = Field(default=None, ge=1)
    person_per_30d: int | None = Field(default=None, ge=1)
    number_per_24h: int = Field(default=3, ge=1)
    number_per_30d: int = Field(default=8, ge=1)
    abandon_limit_s: float = Field(default=2.0, gt=0, le=10)
    abandon_lockout_h: float = Field(default=2.0, ge=0)
    abandon_guarantee_h: float = Field(default=72.0, ge=0)
    abandon_rate_max: float = Field(default=0.029, ge=0, le=1)
    screening_errors_abandon: bool = False
    refusal_lockout_days: int = Field(default=0, ge=0)
    min_ring_s: int = Field(default=15, ge=0, le=120)
    recording_days_min: int = Field(default=0, ge=0)
    recording_days_max: int = Field(default=180, ge=1)
    records_days_min: int = Field(default=0, ge=0)
    duties: tuple[str, ...] = ()
    must_say: tuple[Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,47}$")], ...] = ()
    rehearsal: bool = False

    @model_validator(mode="after")
    def _coherent(self) -> Self:
        if self.wall_from.tzinfo or self.wall_to.tzinfo:
            raise ValueError("wall_from and wall_to are the called person's local times and take no UTC offset")
        if self.wall_to <= self.wall_from:
            raise ValueError("wall_to must be later than wall_from")
        if self.recording_days_max < self.recording_days_min:
            raise ValueError("recording_days_max must not be below recording_days_min")
        if self.countries and self.except_countries:
            raise ValueError("except_countries makes sense only where countries is empty")
        return self


def parse_policy(text: str) -> Policy:
    """Read a pack from TOML text. Raises `PolicyError`."""
    try:
        raw: dict[str, Any] = tomllib.loads(text)
        pack = _Pack.model_validate(raw)
    except tomllib.TOMLDecodeError as error:
        raise PolicyError(f"the policy pack is not valid TOML: {error}") from error
    except ValidationError as error:
        raise PolicyError(_complaint(error)) from error
    values = {name: getattr(pack, name) for name in _Pack.model_fields}
    values["abandon_lockout"] = timedelta(hours=values.pop("abandon_lockout_h"))
    values["abandon_guarantee"] = timedelta(hours=values.pop("abandon_guarantee_h"))
    values["refusal_lockout"] = timedelta(days=values.pop("refusal_lockout_days"))
    return Policy(**values)


def _complaint(error: ValidationError) -> str:
    def line(problem: Any) -> str:
        where = ".".join(str(part) for part in problem["loc"]) or "pack"
        return f"{where}: {problem['msg'].removeprefix('Value error, ')}"

    return "the policy pack is refused: " + "; ".join(line(problem) for problem in error.errors())


@lru_cache(maxsize=256)
def strictest(first: Policy, second: Policy) -> Policy:
    """Both packs at once: whatever either forbids is forbidden. Windows bind where either pack's do."""
    if first == second:
        return first
    windows, bind = _both_windows(first, second)
    countries, excepted = _both_countries(first, second)
    return Policy(
        name=f"{first.name}+{second.name}",
        title=f"{first.title} + {second.title}",
        version=max(first.version, second.version),
        source=f"{first.source}\n{second.source}",
        checked_on=min(first.checked_on, second.checked_on),
        countries=countries,
        except_countries=excepted,
        windows=windows,
        windows_bind=bind,
        wall_from=max(first.wall_from, second.wall_from),
        wall_to=min(first.wall_to, second.wall_to),
        forbidden_days=tuple(dict.fromkeys(first.forbidden_days + second.forbidden_days)),
        holidays=max(first.holidays, second.holidays, key=_HOLIDAYS.index),
        calendar=first.calendar if first.calendar.sources else second.calendar,
        person_per_24h=_least(first.person_per_24h, second.person_per_24h),
        person_per_30d=_least(first.person_per_30d, second.person_per_30d),
        parts=(*(first.parts or (first.label,)), *(second.parts or (second.label,))),
        number_per_24h=min(first.number_per_24h, second.number_per_24h),
        number_per_30d=min(first.number_per_30d, second.number_per_30d),
        abandon_limit_s=min(first.abandon_limit_s, second.abandon_limit_s),
        abandon_lockout=max(first.abandon_lockout, second.abandon_lockout),
        abandon_guarantee=max(first.abandon_guarantee, second.abandon_guarantee),
        abandon_rate_max=min(first.abandon_rate_max, second.abandon_rate_max),
        screening_errors_abandon=first.screening_errors_abandon or second.screening_errors_abandon,
        refusal_lockout=max(first.refusal_lockout, second.refusal_lockout),
        min_ring_s=max(first.min_ring_s, second.min_ring_s),
        recording_days_min=max(first.recording_days_min, second.recording_days_min),
        recording_days_max=max(
            first.recording_days_min,
            second.recording_days_min,
            min(first.recording_days_max, second.recording_days_max),
        ),
        records_days_min=max(first.records_days_min, second.records_days_min),
        duties=tuple(dict.fromkeys(first.duties + second.duties)),
        must_say=tuple(dict.fromkeys(first.must_say + second.must_say)),
        rehearsal=first.rehearsal and second.rehearsal,
    )


def _least(first: int | None, second: int | None) -> int | None:
    return min((cap for cap in (first, second) if cap is not None), default=None)


def _both_windows(first: Policy, second: Policy) -> tuple[tuple[CallingWindow, ...], bool]:
    """The intersection where both sets matter; days one of them leaves out are closed."""
    common = tuple(
        CallingWindow(days=days, start=start, end=end)
        for one in first.windows
        for other in second.windows
        if (days := tuple(day for day in one.days if day in other.days))
        and (start := max(one.start, other.start)) < (end := min(one.end, other.end))
    )
    return common, first.windows_bind or second.windows_bind


def _both_countries(first: Policy, second: Policy) -> tuple[tuple[str, ...], tuple[str, ...]]:
    named = tuple(dict.fromkeys(first.countries + second.countries))
    if first.countries and second.countries:
        return named, ()
    excepted = dict.fromkeys(first.except_countries + second.except_countries)
    return (), tuple(country for country in excepted if country not in named)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What holds for a campaign: the stricter of its settings and its policy."""

    ring_time_s: int
    min_ring_s: int
    abandon_limit_s: float
    message_at_s: float  # from the answer; always before the limit
    abandon_rate_max: float
    number_per_24h: int
    number_per_30d: int
    lead_attempts: int
    lead_period: timedelta


def limits(settings: CampaignSettings, policy: Policy) -> Limits:
    caps, wanted = settings.caps, settings.abandon_rate_max
    abandon_limit_s = min(settings.abandon_limit_s, policy.abandon_limit_s)
    message_at_s = abandon_limit_s - MESSAGE_BEFORE_LIMIT_S if settings.message_at_s is None else settings.message_at_s
    return Limits(
        ring_time_s=max(settings.ring_time_s, policy.min_ring_s),
        min_ring_s=policy.min_ring_s,
        abandon_limit_s=abandon_limit_s,
        message_at_s=min(message_at_s, abandon_limit_s - LEAST_BEFORE_LIMIT_S),
        abandon_rate_max=min(policy.abandon_rate_max, wanted if wanted is not None else 1.0),
        number_per_24h=min(caps.number_per_24h, policy.number_per_24h),
        number_per_30d=min(caps.number_per_30d, policy.number_per_30d),
        lead_attempts=caps.lead_attempts,
        lead_period=timedelta(days=caps.lead_period_days),
    )
