"""What is found out once for all leads that are judged at the same instant by the same rules."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from functools import cache, partial
from typing import Final, NamedTuple

from campaigns.attempt import AttemptOutcome, PastAttempt
from campaigns.calling_time import calling_time
from campaigns.campaign import CampaignSettings
from campaigns.caps import DAY, MONTH, refusal_codes
from campaigns.day_parts import Wish, day_part, soon_fitting
from campaigns.number_choice import any_wants_another
from campaigns.policy import Policy
from campaigns.retry_rules import InForce, in_force
from campaigns.rule import RuleResult
from campaigns.rule_results import country_covered, deadline, time_zone_known
from campaigns.windows import zone

_MOMENTS: Final = 32
_MOST_ROWS: Final = 10_000
Row = tuple[tuple[AttemptOutcome | None, str | None], ...]  # outcomes and dispositions of a lead's own attempts


class Plain(NamedTuple):
    """What the rules say about leads that differ in nothing but their due times.

    Waiting alone helps none of them before `until`, and never where there is a rule it does not help with (`stuck`).
    """

    before: tuple[RuleResult, ...]
    after: tuple[RuleResult, ...]  # the due time's
    blocked_before: RuleResult | None
    blocked_after: RuleResult | None
    until: datetime | None
    stuck: bool


class Place:
    """What is the same for all leads of a country and time zone at a moment."""

    __slots__ = ("_soon", "calling_time", "covered", "deadline", "known_zone", "part", "plain", "weekday", "zone")

    def __init__(self, country: str, tz: str, settings: CampaignSettings, policy: Policy, now: datetime) -> None:
        self.covered = country_covered(country, policy)
        self.known_zone = time_zone_known(tz)
        self.calling_time = calling_time(settings.schedule, tz, policy, now)
        self.deadline = deadline(settings, tz, now)
        self.zone = zone(tz)
        local = now.astimezone(self.zone or UTC)
        self.part, self.weekday = day_part(local), local.weekday()
        self.plain: dict[tuple[object, ...], Plain] = {}
        self._soon: Callable[[Wish], datetime | None] = cache(partial(soon_fitting, settings, policy, tz, now))

    def soon(self, wish: Wish) -> datetime | None:
        return self._soon(wish)


class Moment:
    """Instants named `since`: what was later than that counts."""

    __slots__ = (
        "_held",
        "_places",
        "abandoned_since",
        "by_person",
        "caps",
        "day_since",
        "lead_since",
        "month_since",
        "now",
        "other_number",
        "policy",
        "refusals",
        "running",
        "settings",
    )  # fmt: skip

    def __init__(self, settings: CampaignSettings, policy: Policy, now: datetime, running: bool) -> None:
        self.settings, self.policy, self.now, self.running = settings, policy, now, running
        self.day_since, self.month_since = now - DAY, now - MONTH
        self.lead_since = now - timedelta(days=settings.caps.lead_period_days)
        self.abandoned_since = now - max(policy.abandon_lockout, policy.abandon_guarantee)
        self.caps = _caps(settings, policy)
        self.by_person = policy.person_per_24h is not None or policy.person_per_30d is not None
        self.refusals = refusal_codes(settings) if policy.refusal_lockout else frozenset()
        self.other_number = any_wants_another(settings)
        self._places: dict[tuple[str, str], Place] = {}
        self._held: dict[Row, InForce | None] = {}

    def place(self, country: str, tz: str) -> Place:
        found = self._places.get((country, tz))
        if found is None:
            found = self._places[country, tz] = Place(country, tz, self.settings, self.policy, self.now)
        return found

    def held(self, own: Iterable[PastAttempt]) -> InForce | None:
        """The rule in force after these; it asks for nothing but outcomes and dispositions."""
        own = tuple(own)
        row = tuple([(attempt.outcome, attempt.disposition) for attempt in own])
        found = self._held.get(row)
        if found is None:
            if len(self._held) >= _MOST_ROWS:
                self._held.clear()
            found = self._held[row] = in_force(self.settings, own)
        return found


class Allowed(NamedTuple):
    """Attempts in the periods, by number, by lead and on all numbers of the person."""

    day: int
    month: int
    lead: int
    person_day: int
    person_month: int


_NO_CAP: Final = 10**9


def _caps(settings: CampaignSettings, policy: Policy) -> Allowed:
    caps = settings.caps
    return Allowed(
        min(caps.number_per_24h, policy.number_per_24h),
        min(caps.number_per_30d, policy.number_per_30d),
        caps.lead_attempts,
        _NO_CAP if policy.person_per_24h is None else policy.person_per_24h,
        _NO_CAP if policy.person_per_30d is None else policy.person_per_30d,
    )


_moments: dict[tuple[int, int, datetime, bool], Moment] = {}  # a moment keeps alive what its key names by identity


def moment(settings: CampaignSettings, policy: Policy, now: datetime, running: bool) -> Moment:
    asked = (id(settings), id(policy), now, running)
    found = _moments.get(asked)
    if found is None:
        if len(_moments) >= _MOMENTS:
            _moments.clear()
        found = _moments[asked] = Moment(settings, policy, now, running)
    return found
