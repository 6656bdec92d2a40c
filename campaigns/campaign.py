"""A campaign: its settings, validated, and its states."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from enum import StrEnum
from functools import cached_property
from itertools import pairwise
from typing import Annotated, Any, Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from campaigns.attempt import AttemptOutcome
from campaigns.disposition import STANDARD, Disposition
from campaigns.messages import BUILT_IN_KEY, Messages, Use
from campaigns.screening import ScreeningSettings

Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
WEEKDAYS: Final[tuple[Weekday, ...]] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
LONGEST_DELAY_S: Final = 90 * 86400
E164 = Annotated[str, Field(pattern=r"^\+[1-9][0-9]{5,14}$")]


class CampaignState(StrEnum):
    DRAFT = "DRAFT"
    PILOT = "PILOT"
    RUNNING = "RUNNING"
    PAUSED = "PAUSED"
    DRAINING = "DRAINING"
    FINISHED = "FINISHED"


class CampaignOrder(StrEnum):
    PILOT = "pilot"  # a trial run within a plan, before the start or between two parts of the work
    START = "start"
    PAUSE = "pause"
    DRAIN = "drain"  # no new attempts; live calls end by themselves; then PAUSED
    STOP = "stop"  # no new attempts, ringing calls are cancelled by the ring rules; then FINISHED
    GO = "go"  # the decision on a pilot: from here on it is the real campaign
    DRAINED = "drained"  # the engine's own: nothing is in flight any more


_S, _O = CampaignState, CampaignOrder
NEXT: Final[Mapping[tuple[CampaignState, CampaignOrder], CampaignState]] = {
    (_S.DRAFT, _O.PILOT): _S.PILOT,
    (_S.PAUSED, _O.PILOT): _S.PILOT,
    **{(state, _O.GO): _S.RUNNING for state in (_S.PILOT, _S.PAUSED, _S.DRAINING, _S.FINISHED)},
    (_S.DRAFT, _O.START): _S.RUNNING,
    (_S.PAUSED, _O.START): _S.RUNNING,
    (_S.DRAINING, _O.START): _S.RUNNING,
    (_S.FINISHED, _O.START): _S.RUNNING,
    (_S.RUNNING, _O.PAUSE): _S.PAUSED,
    (_S.PILOT, _O.PAUSE): _S.PAUSED,
    (_S.DRAINING, _O.PAUSE): _S.PAUSED,
    (_S.RUNNING, _O.DRAIN): _S.DRAINING,
    (_S.PILOT, _O.DRAIN): _S.DRAINING,
    (_S.DRAINING, _O.DRAINED): _S.PAUSED,
    **{(state, _O.STOP): _S.FINISHED for state in _S if state is not _S.FINISHED},
}

_NO_BUTTON: Final = (CampaignOrder.GO, CampaignOrder.DRAINED)


def after(state: CampaignState, order: CampaignOrder) -> CampaignState | None:
    """The state an order leads to; None when the order does not fit the state."""
    return NEXT.get((state, order))


def orders(state: CampaignState) -> tuple[CampaignOrder, ...]:
    """What a planner may order now, in the order of the buttons."""
    return tuple(order for order in CampaignOrder if order not in _NO_BUTTON and (state, order) in NEXT)


def dials(state: CampaignState) -> bool:
    """Places new attempts in this state."""
    return state in (CampaignState.RUNNING, CampaignState.PILOT)


class _Settings(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class CallingWindow(_Settings):
    """Times of day in the called person's zone, [start, end); `end` 24:00 is written 23:59:59.999999."""

    days: tuple[Weekday, ...] = Field(min_length=1)
    start: time = Field(alias="from")
    end: time = Field(alias="to")

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.start.tzinfo or self.end.tzinfo:
            raise ValueError("'from' and 'to' are the called person's local times and take no UTC offset")
        if self.end <= self.start:
            raise ValueError(
                "'to' must be later than 'from' on the same day; split a window that crosses midnight in two"
            )
        return self


class RetryRule(_Settings):
    """After this outcome: wait `delays_s[k]` after its k-th consecutive occurrence (the last one repeats).

    With `growth` the last delay does not repeat but grows: each further one is `growth` times longer, up to `most_s`.
    `then` hands over to another outcome's rule once the delays are used up; `limit` is how many times this
    outcome may occur before the lead (or number) is closed; None leaves that to the caps.
    """

    delays_s: tuple[int, ...] = Field(min_length=1)
    growth: float | None = Field(default=None, gt=1, le=100)
    most_s: int = Field(default=LONGEST_DELAY_S, ge=1, le=LONGEST_DELAY_S)
    then: AttemptOutcome | None = None
    limit: int | None = Field(default=None, ge=1)
    other_day_part: bool = False  # next try in another part of the day than the last one
    other_weekday: bool = False  # ... and on another day of the week than the last one
    other_number: bool = False  # next try on another number of the lead, where it has one

    @model_validator(mode="after")
    def _sane(self) -> Self:
        if any(delay < 0 or delay > LONGEST_DELAY_S for delay in self.delays_s):
            raise ValueError("delays_s must lie between 0 and 7776000 seconds (90 days)")
        if self.growth is not None and self.then is not None:
            raise ValueError("a delay that grows never runs out: leave out either growth or then")
        if self.growth is not None and self.delays_s[-1] == 0:
            raise ValueError("growth of a delay of 0 seconds stays 0: let delays_s end with a longer one")
        return self


class Caps(_Settings):
    """Attempts that may be made, in sliding windows; the policy's caps apply as well, the stricter wins."""

    number_per_24h: int = Field(default=3, ge=1, le=20)
    number_per_30d: int = Field(default=8, ge=1, le=100)
    lead_attempts: int = Field(default=6, ge=1, le=100)
    lead_period_days: int = Field(default=14, ge=1, le=365)


class DateWindows(_Settings):
    """Calling hours of one date, in place of the weekday's. No ranges: closed."""

    date: date
    ranges: tuple[tuple[time, time], ...] = ()  # [from, to) in the called person's zone

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        for start, end in self.ranges:
            if start.tzinfo or end.tzinfo:
                raise ValueError("ranges are the called person's local times and take no UTC offset")
            if end <= start:
                raise ValueError(f"ranges: {end} must be later than {start} on the same day")
        return self


@dataclass(frozen=True, slots=True, eq=True)
class Schedule:
    """The calling hours a campaign asks for, as one value that is hashed once."""

    windows: tuple[CallingWindow, ...] = ()  # () uses the policy's
    dates: tuple[DateWindows, ...] = ()
    public_holidays: bool = False
    digest: int = field(default=0, init=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "digest", hash((self.windows, self.dates, self.public_holidays)))

    def __hash__(self) -> int:
        return self.digest


class CadenceStep(_Settings):
    contacts: int = Field(ge=1, le=100)
    days: int = Field(ge=1, le=365)


class Cadence(_Settings):
    """Planned follow-ups of a customer who was reached and said neither yes nor no.

    `contacts` counts conversations with the right person, the first one among them, within `days` of the first one:
    (3, 7), (12, 30) is three in the first week and twelve in the first month. Afterwards the lead is closed, or with
    `rest_days` left in peace for so long and called again, over and over.
    """

    steps: tuple[CadenceStep, ...] = Field(min_length=1)
    rest_days: int | None = Field(default=None, ge=1, le=365)

    @model_validator(mode="after")
    def _rising(self) -> Self:
        for step, following in pairwise((CadenceStep.model_construct(contacts=0, days=0), *self.steps)):
            more, days = following.contacts - step.contacts, following.days - step.days
            if more <= 0 or days <= 0:
                raise ValueError("steps: each one must name more contacts in more days than the one before it")
            if more > days:
                raise ValueError("steps: at most one contact a day can be planned; name fewer contacts or more days")
        return self


class Callbacks(_Settings):
    escalate_after_s: int = Field(default=900, ge=60, le=86400)  # then anyone may take it
    latest_days: int = Field(default=90, ge=1, le=365)  # how far ahead one may be promised
    retry_delays_s: tuple[int, ...] = (600, 1800, 3600)  # after each unanswered try; then by the outcome's rule
    keep_days: int = Field(default=14, ge=1, le=90)  # an unanswered one is tried so long, whatever the lead's caps say
    announce_s: int = Field(default=300, ge=0, le=3600)  # its agent is told so long before


class PacingMode(StrEnum):
    """How many calls are placed: see `campaigns.pacing`."""

    PREVIEW = "preview"  # what agents have looked at and accepted
    PROGRESSIVE = "progressive"  # one call per ready agent
    POWER = "power"  # a fixed number of calls per ready agent
    PREDICTIVE = "predictive"  # before agents are free, as far as the abandonment budget goes
    AUTOMATIC = "automatic"  # progressive, and predictive while it is sure to keep the limit


OVER_DIALLING: Final = frozenset({PacingMode.POWER, PacingMode.PREDICTIVE, PacingMode.AUTOMATIC})


class Goal(_Settings):
    """What the campaign is to reach, and in which days; figures left out are not asked for."""

    contacts: int | None = Field(default=None, ge=1, le=10_000_000)  # conversations with the right person
    successes: int | None = Field(default=None, ge=1, le=10_000_000)
    appointments: int | None = Field(default=None, ge=1, le=10_000_000)
    success_rate: float | None = Field(default=None, gt=0, le=1)  # successes of contacts
    starts_on: date | None = None
    by: date | None = None  # the campaign's deadline where not given

    def figures(self) -> dict[str, float]:
        """The figures that were asked for."""
        names = ("contacts", "successes", "appointments", "success_rate")
        return {name: value for name in names if (value := getattr(self, name)) is not None}


class CampaignSettings(_Settings):
    """What a planner decides; everything else comes from the policy pack. Durations in seconds."""

    code: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,47}$")
    name: str = Field(min_length=1, max_length=120)
    country: str = Field(default="CN", pattern=r"^[A-Z]{2}$")
    time_zone: str = ""  # for leads whose own zone is unknown; "" uses the number's region
    policy: str = ""  # policy pack; "" is the country's, else the default pack
    windows: tuple[CallingWindow, ...] = ()  # () uses the policy's windows
    trunks: tuple[str, ...] = Field(min_length=1)  # fail-over order
    caller_id: E164 | None = None
    lines: int = Field(default=0, ge=0, le=2000)  # most simultaneous customer legs; 0 is all there are
    agents: tuple[str, ...] = ()  # () is every agent
    pacing: PacingMode = PacingMode.PROGRESSIVE
    lines_per_agent: float = Field(default=2.0, ge=1, le=4)  # of a ready agent; power only
    abandon_rate_max: float | None = Field(default=None, ge=0, le=1)  # None is the policy's; only stricter ones count
    preview_s: int = Field(default=60, ge=5, le=1800)  # an agent's time to decide on a lead shown to him
    ring_time_s: int = Field(default=25, ge=15, le=120)
    abandon_limit_s: float = Field(default=2.0, ge=0.5, le=10.0)
    safe_harbour_file: str = ""  # on the server, for every language; "" is the built-in message
    message_at_s: float | None = Field(default=None, ge=0.3, le=10.0)  # from the answer; None is 0.2 s before the limit
    opt_out_key: str = Field(default="9", pattern=r"^[0-9*#]?$")  # "who presses it is not called again"; "" is none
    messages: Messages = Field(default_factory=dict)  # own sounds for who waits, by use and language
    opt_out_wait_s: float = Field(default=2.0, ge=0, le=10)  # time for the key after the message
    screening: ScreeningSettings = ScreeningSettings()  # person or machine: off unless a planner turns it on
    wrap_up_s: int = Field(default=20, ge=0, le=600)
    longest_call_s: int = Field(default=3600, ge=30, le=14400)
    retry: dict[AttemptOutcome, RetryRule] = Field(default_factory=dict)  # over the defaults
    caps: Caps = Caps()
    priority: int = Field(default=0, ge=-100, le=100)
    deadline: date | None = None
    date_windows: tuple[DateWindows, ...] = ()
    public_holidays: bool = False  # also dial on public holidays, where the policy does not forbid it
    disposition_retry: dict[str, RetryRule] = Field(default_factory=dict)  # by disposition code, over `retry`
    lead_lifetime_days: int | None = Field(default=None, ge=1, le=3650)  # a lead open for longer is closed
    cadence: Cadence | None = None
    visit_cadence: Cadence | None = None  # after an appointment, counted from its time
    number_kinds: tuple[str, ...] = ()  # kinds of numbers in the order in which they are dialled, before all others
    callbacks: Callbacks = Callbacks()
    share: int = Field(default=1, ge=1, le=100)  # of the lines, against campaigns of equal priority
    list_shares: dict[str, int] = Field(default_factory=dict)  # source -> share; sources not named have 1
    groups: tuple[str, ...] = ()  # agent groups that serve it, beside `agents`; both empty: every agent
    skills: tuple[str, ...] = ()  # an agent needs all of them
    required_details: tuple[str, ...] = ()  # fields a customer needs to count as valid, beside name and number
    loss_reasons: tuple[str, ...] = ()  # what a customer may be given up for; () is any words
    requirement: str = ""  # the requirement it was made from
    goal: Goal | None = None
    script_name: str = ""  # the version in force is kept with every attempt
    script_version: int | None = Field(default=None, ge=1)  # None is the latest released one
    dispositions: tuple[Disposition, ...] = STANDARD
    script: str = Field(default="", max_length=20000)

    @cached_property
    def schedule(self) -> Schedule:
        return Schedule(self.windows, self.date_windows, self.public_holidays)

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        copied = super().model_copy(update=update, deep=deep)
        copied.__dict__.pop("schedule", None)  # a copy with other windows has another one
        return copied

    @model_validator(mode="after")
    def _the_key_is_named(self) -> Self:
        named = self.safe_harbour_file or any(name.startswith(f"{Use.MESSAGE}.") for name in self.messages)
        if self.opt_out_key not in ("", BUILT_IN_KEY) and not named:
            raise ValueError(
                f"opt_out_key: the built-in message names the key {BUILT_IN_KEY}; first set a message of your own that "
                f"names {self.opt_out_key}, or leave {BUILT_IN_KEY}"
            )
        return self

    @model_validator(mode="after")
    def _dates_are_named_once(self) -> Self:
        dates = [own.date for own in self.date_windows]
        if twice := next((day for day in dates if dates.count(day) > 1), None):
            raise ValueError(f"date_windows: {twice} is named twice; give it all its ranges in one entry")
        return self

    @model_validator(mode="after")
    def _dispositions_are_usable(self) -> Self:
        codes = [d.code for d in self.dispositions]
        if len(set(codes)) != len(codes):
            raise ValueError("dispositions: two entries share a code")
        if not any(d.closes_lead for d in self.dispositions):
            raise ValueError(
                "dispositions: none of them closes a lead (closes_lead = true), so the list would never end"
            )
        if unknown := sorted(set(self.disposition_retry) - set(codes)):
            raise ValueError(f"disposition_retry: {unknown[0]!r} is none of the dispositions ({', '.join(codes)})")
        return self


@dataclass(frozen=True, slots=True, kw_only=True)
class Campaign:
    campaign_id: int
    settings: CampaignSettings
    state: CampaignState
    created_at: datetime
    version: int = 1
