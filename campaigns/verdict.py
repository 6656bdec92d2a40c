"""May this lead be dialled now, on which number, and if not, why not and until when.

The same function decides in front of every attempt and answers "why is this lead not dialled?", so the two can never
differ. Every rule is evaluated, also after one has failed.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import Final, NamedTuple

from campaigns.calling_time import calling_time
from campaigns.campaign import CampaignSettings
from campaigns.caps import Count, Use, best_use, lead_use
from campaigns.case import outlived
from campaigns.dnc import in_dialling_order
from campaigns.hold import Hold
from campaigns.lead import Dossier, DueKind, Lead, LeadNumber, LeadState
from campaigns.number_choice import dialling_order
from campaigns.policy import Policy
from campaigns.reminders import in_time
from campaigns.room import PROMISED, first_room, uses
from campaigns.rule import Rule, RuleResult
from campaigns.windows import next_opening, zone

__all__ = ["Rule", "RuleResult", "Verdict", "callback_promised", "verdict"]


class Verdict(NamedTuple):
    """`number` is the one to dial, or, where a rule blocks, the one the rules looked at.

    `clears_at` is the first instant at which nothing known now would block, inside an open window; None when dialable,
    or when waiting alone does not help.
    """

    rules: tuple[RuleResult, ...]
    number: LeadNumber | None
    clears_at: datetime | None = None

    @property
    def dialable(self) -> bool:
        return self.number is not None and all(result.passed for result in self.rules)

    @property
    def blocker(self) -> RuleResult | None:
        """The first rule that failed."""
        return next((result for result in self.rules if not result.passed), None)


def verdict(
    dossier: Dossier, settings: CampaignSettings, policy: Policy, now: datetime, *, running: bool = True
) -> Verdict:
    """`now` aware; `policy` the strictest that holds for this lead's country and campaign."""
    if _untouched(dossier) and settings.lead_lifetime_days is None:
        return _of_untouched(dossier, settings, policy, now, running)
    use = best_use(uses(dossier, settings, policy, now))
    rules = _rules(dossier, use, settings, policy, now, running)
    number = use.number if use else None
    for result in rules:
        if not result.passed:
            break
    else:
        return Verdict(rules, number)
    return Verdict(rules, number, _clears_at(rules, dossier, settings, policy))


def _rules(
    dossier: Dossier, use: Use | None, settings: CampaignSettings, policy: Policy, now: datetime, running: bool
) -> tuple[RuleResult, ...]:
    lead = dossier.lead
    place = _moment(settings, policy, now, running).place(lead.country, lead.time_zone)
    return (
        _RUNNING if running else _NOT_RUNNING,
        _open(lead),
        _not_suppressed(lead, dossier.suppressed, use),
        _usable(lead),
        place.covered,
        place.known_zone,
        _not_in_flight(dossier),
        _due(lead, now),
        *place.calling_time,
        *_number_rules(use),
        _lead_attempts(dossier, settings, now),
        _lifetime(dossier, settings, now),
        _appointment_ahead(lead, now),
        place.deadline,
    )


_DUE_AT: Final = 7  # of `_rules`


class _Plain(NamedTuple):
    """What the rules say about untouched leads that differ in nothing but their due times."""

    before: tuple[RuleResult, ...]
    after: tuple[RuleResult, ...]
    passed: bool


class _Place:
    """What is the same for all leads of a country and time zone at a moment."""

    __slots__ = ("calling_time", "covered", "deadline", "known_zone", "plain")

    def __init__(self, country: str, tz: str, settings: CampaignSettings, policy: Policy, now: datetime) -> None:
        self.covered = _covered(country, policy)
        self.known_zone = _known_zone(tz)
        self.calling_time = calling_time(settings.schedule, tz, policy, now)
        self.deadline = _deadline(settings, tz, now)
        self.plain: dict[tuple[int, int], _Plain] = {}


class _Moment:
    """Found out once for all leads that are judged at the same instant by the same rules."""

    __slots__ = ("_places", "asked")

    def __init__(self, settings: CampaignSettings, policy: Policy, now: datetime, running: bool) -> None:
        self.asked = (settings, policy, now, running)
        self._places: dict[tuple[str, str], _Place] = {}

    def place(self, country: str, tz: str) -> _Place:
        found = self._places.get((country, tz))
        if found is None:
            settings, policy, now, _ = self.asked
            found = self._places[country, tz] = _Place(country, tz, settings, policy, now)
        return found


_MOMENTS: Final = 32
_moments: dict[tuple[int, int, datetime, bool], _Moment] = {}  # a moment keeps alive what its key names by identity


def _moment(settings: CampaignSettings, policy: Policy, now: datetime, running: bool) -> _Moment:
    asked = (id(settings), id(policy), now, running)
    found = _moments.get(asked)
    if found is None:
        if len(_moments) >= _MOMENTS:
            _moments.clear()
        found = _moments[asked] = _Moment(settings, policy, now, running)
    return found


def _untouched(dossier: Dossier) -> bool:
    lead = dossier.lead
    return not (
        dossier.history or dossier.suppressed or dossier.active_numbers or lead.due_kind is DueKind.REMINDER
    ) and (lead.state is LeadState.OPEN)


def _of_untouched(
    dossier: Dossier, settings: CampaignSettings, policy: Policy, now: datetime, running: bool
) -> Verdict:
    """The same rules, of which only the due time is looked at for each lead."""
    lead = dossier.lead
    numbers = lead.numbers
    number: LeadNumber | None = numbers[0] if len(numbers) == 1 else None
    if number is not None and number.usable:
        usable = 1
    else:
        usable = sum([n.usable for n in numbers])
        number = dialling_order(dossier, settings)[0] if usable else None
    plain = _plain(dossier, settings, policy, now, running, key=(usable, len(numbers)))
    due = _due(lead, now)
    rules = (*plain.before, due, *plain.after)
    if plain.passed and due.passed:
        return Verdict(rules, number)
    return Verdict(rules, number, _clears_at(rules, dossier, settings, policy))


def _plain(
    dossier: Dossier, settings: CampaignSettings, policy: Policy, now: datetime, running: bool, key: tuple[int, int]
) -> _Plain:
    place = _moment(settings, policy, now, running).place(dossier.lead.country, dossier.lead.time_zone)
    found = place.plain.get(key)
    if found is None:
        use = best_use(uses(dossier, settings, policy, now))
        rules = _rules(dossier, use, settings, policy, now, running)
        before, after = rules[:_DUE_AT], rules[_DUE_AT + 1 :]
        found = place.plain[key] = _Plain(before, after, all(result.passed for result in (*before, *after)))
    return found


def _clears_at(
    rules: tuple[RuleResult, ...], dossier: Dossier, settings: CampaignSettings, policy: Policy
) -> datetime | None:
    latest: datetime | None = None
    for result in rules:
        if result.passed:
            continue
        if result.clears_at is None:
            return None
        latest = result.clears_at if latest is None else max(latest, result.clears_at)
    tz = dossier.lead.time_zone
    opening = next_opening(settings.schedule, tz, latest, policy) if latest else None
    if opening is None:
        return None
    at = (
        opening
        if not dossier.history
        else first_room(dossier, settings, policy, opening, promised=callback_promised(dossier, settings))
    )
    too_late = _past_deadline(settings, tz, at) or _past_lifetime(dossier, settings, at)
    return None if too_late or _past_appointment(dossier.lead, at) else at


_RUNNING: Final = RuleResult(Rule.CAMPAIGN_RUNNING, True, "running", "the campaign is running", None)
_NOT_RUNNING: Final = RuleResult(
    Rule.CAMPAIGN_RUNNING, False, "not running", "the campaign is not running; start it", None
)
_LEAD_OPEN: Final = RuleResult(Rule.LEAD_OPEN, True, LeadState.OPEN, "the lead is open", None)
_NOT_SUPPRESSED: Final = RuleResult(Rule.NOT_SUPPRESSED, True, "no entry", "no number is on the do-not-call list", None)
_USABLE: Final = RuleResult(Rule.NUMBER_USABLE, True, "1 of 1", "the number is usable", None)
_NO_LEG: Final = RuleResult(Rule.NOT_IN_FLIGHT, True, "no call", "no call to this person is under way", None)
_NO_DEADLINE: Final = RuleResult(Rule.DEADLINE, True, "none", "the campaign has no deadline", None)
_NO_NUMBER: Final = tuple(
    RuleResult(rule, True, "no number", "there is no number left to look at", None)
    for rule in (
        Rule.NUMBER_PER_24H,
        Rule.NUMBER_PER_30D,
        Rule.PERSON_CAP,
        Rule.ABANDON_LOCKOUT,
        Rule.REFUSAL_LOCKOUT,
        Rule.DAY_PART,
    )
)
_NO_CAP: Final = RuleResult(Rule.PERSON_CAP, True, "none", "the policy counts attempts by number", None)
_NO_ABANDON: Final = RuleResult(Rule.ABANDON_LOCKOUT, True, "none", "no abandoned call locks the number", None)
_NO_REFUSAL: Final = RuleResult(Rule.REFUSAL_LOCKOUT, True, "none", "no refusal locks the number", None)
_ANY_PART: Final = RuleResult(Rule.DAY_PART, True, "any", "no retry rule wants another part of the day", None)
_NO_LIFETIME: Final = RuleResult(Rule.LIFETIME, True, "none", "leads stay open as long as it takes", None)
_NO_REMINDER: Final = RuleResult(Rule.APPOINTMENT_AHEAD, True, "none", "no reminder of an appointment", None)


def _open(lead: Lead) -> RuleResult:
    if lead.state is LeadState.OPEN:
        return _LEAD_OPEN
    reason = f" ({lead.closed_reason})" if lead.closed_reason else ""
    return RuleResult(Rule.LEAD_OPEN, False, lead.state, f"the lead is {lead.state}{reason}", None)


def _not_suppressed(lead: Lead, suppressed: Mapping[str, Hold], use: Use | None) -> RuleResult:
    """Fails when the do-not-call lists leave none of the usable numbers."""
    if not suppressed:
        return _NOT_SUPPRESSED
    listed = [number for number in in_dialling_order(lead) if number.e164 in suppressed]
    if not listed:
        return _NOT_SUPPRESSED
    held = [suppressed[number.e164] for number in listed]
    why = "; ".join(dict.fromkeys(hold.reason for hold in held))
    value = f"{len(listed)} of {len(lead.numbers)} numbers"
    until = min((hold.until for hold in held if hold.until is not None), default=None) if use is None else None
    return RuleResult(Rule.NOT_SUPPRESSED, use is not None, value, f"on the do-not-call list: {why}", until)


def _usable(lead: Lead) -> RuleResult:
    usable, total = sum(number.usable for number in lead.numbers), len(lead.numbers)
    if usable == total == 1:
        return _USABLE
    detail = "a number is usable" if usable else "every number is confirmed invalid" if total else "no number is known"
    return RuleResult(Rule.NUMBER_USABLE, usable > 0, f"{usable} of {total}", detail, None)


@lru_cache(maxsize=1024)
def _covered(country: str, policy: Policy) -> RuleResult:
    covered = policy.covers(country)
    value = country or "unknown"
    detail = (
        f"policy {policy.label} covers it"
        if covered
        else f"policy {policy.name} does not cover this country; it is not dialled"
    )
    return RuleResult(Rule.COUNTRY_COVERED, covered, value, detail, None)


@lru_cache(maxsize=1024)
def _known_zone(tz: str) -> RuleResult:
    known = zone(tz) is not None
    detail = "the local time is known" if known else "without a known time zone nobody is dialled"
    return RuleResult(Rule.TIME_ZONE_KNOWN, known, tz or "unknown", detail, None)


def _not_in_flight(dossier: Dossier) -> RuleResult:
    lead = dossier.lead
    if dossier.active_numbers or any(a.outcome is None and a.lead_id == lead.lead_id for a in dossier.history):
        return RuleResult(Rule.NOT_IN_FLIGHT, False, "under way", "a call to this person is under way", None)
    return _NO_LEG


def _due(lead: Lead, now: datetime) -> RuleResult:
    """With the rule that set the time."""
    if lead.due_at is None:
        return RuleResult(Rule.DUE, False, "never", "the lead has no due time", None)
    return _due_result(lead.due_at, lead.due_reason, lead.due_at <= now)


@lru_cache(maxsize=4096)
def _due_result(due_at: datetime, reason: str, due: bool) -> RuleResult:
    due_at = due_at.astimezone(UTC)
    value = due_at.isoformat(timespec="seconds")
    why = f"; set by: {reason}" if reason else ""
    if due:
        return RuleResult(Rule.DUE, True, value, f"due{why}", None)
    return RuleResult(Rule.DUE, False, value, f"not due yet{why}", due_at)


def _number_rules(use: Use | None) -> tuple[RuleResult, ...]:
    if use is None:
        return _NO_NUMBER
    return (
        _counted(Rule.NUMBER_PER_24H, use.day, "attempts on the number in 24 hours"),
        _counted(Rule.NUMBER_PER_30D, use.month, "attempts on the number in 30 days"),
        _counted(Rule.PERSON_CAP, use.person, "attempts on all numbers of the person") if use.person else _NO_CAP,
        _locked(Rule.ABANDON_LOCKOUT, use.abandoned_until) if use.abandoned_until else _NO_ABANDON,
        _locked(Rule.REFUSAL_LOCKOUT, use.refused_until) if use.refused_until else _NO_REFUSAL,
        _rested(use.rested_until) if use.rested_until else _ANY_PART,
    )


def _counted(rule: Rule, used: Count, what: str) -> RuleResult:
    if used.free_at is None:
        return _room(rule, used.used, used.cap, what)
    return RuleResult(rule, False, f"{used.used} of {used.cap}", f"no more {what} are allowed", used.free_at)


@lru_cache(maxsize=1024)
def _room(rule: Rule, used: int, cap: int, what: str) -> RuleResult:
    return RuleResult(rule, True, f"{used} of {cap}", what, None)


def _locked(rule: Rule, until: datetime) -> RuleResult:
    why = "we abandoned a call to it" if rule is Rule.ABANDON_LOCKOUT else "the person refused"
    return RuleResult(rule, False, "locked", f"the policy locks the number because {why}", until)


def _rested(until: datetime) -> RuleResult:
    why = "the retry rule wants another part of the day, or another day of the week, than that of the last attempt"
    return RuleResult(Rule.DAY_PART, False, "the last one's", why, until)


def _lifetime(dossier: Dossier, settings: CampaignSettings, now: datetime) -> RuleResult:
    if settings.lead_lifetime_days is None:
        return _NO_LIFETIME
    value = f"{settings.lead_lifetime_days} days"
    if _past_lifetime(dossier, settings, now):
        return RuleResult(Rule.LIFETIME, False, value, "the lead has been open for longer; it is closed", None)
    return RuleResult(Rule.LIFETIME, True, value, "the lead has not been open for longer", None)


def _past_lifetime(dossier: Dossier, settings: CampaignSettings, at: datetime) -> bool:
    return dossier.lead.due_kind not in PROMISED and outlived(settings, dossier, at)


def _appointment_ahead(lead: Lead, now: datetime) -> RuleResult:
    """Nobody is reminded of an appointment that is about to begin, or over."""
    if lead.due_kind is not DueKind.REMINDER or lead.appointment_at is None:
        return _NO_REMINDER
    value = lead.appointment_at.astimezone(UTC).isoformat(timespec="seconds")
    if _past_appointment(lead, now):
        return RuleResult(Rule.APPOINTMENT_AHEAD, False, value, "it is too late for a reminder", None)
    return RuleResult(Rule.APPOINTMENT_AHEAD, True, value, "there is time for a reminder", None)


def _past_appointment(lead: Lead, at: datetime) -> bool:
    if lead.due_kind is not DueKind.REMINDER or lead.appointment_at is None:
        return False
    return not in_time(lead.appointment_at, at)


def _lead_attempts(dossier: Dossier, settings: CampaignSettings, now: datetime) -> RuleResult:
    """A promised callback is kept even when the lead's own attempts are used up."""
    what = f"attempts on the lead in {settings.caps.lead_period_days} days"
    used = lead_use(dossier, settings, now)
    if used.free_at is not None and callback_promised(dossier, settings):
        return RuleResult(Rule.LEAD_ATTEMPTS, True, f"{used.used} of {used.cap}", "a callback was promised", None)
    return _counted(Rule.LEAD_ATTEMPTS, used, what)


def callback_promised(dossier: Dossier, settings: CampaignSettings) -> bool:
    """The lead is due for a promise, or its last attempt ended with a disposition that promises a call."""
    if dossier.lead.due_kind in PROMISED:
        return True
    own = [attempt for attempt in dossier.history if attempt.lead_id == dossier.lead.lead_id]
    if not own:
        return False
    last = max(own, key=lambda attempt: attempt.placed_at)
    return any(d.callback for d in settings.dispositions if d.code == last.disposition)


def _deadline(settings: CampaignSettings, tz: str, now: datetime) -> RuleResult:
    if settings.deadline is None:
        return _NO_DEADLINE
    value = settings.deadline.isoformat()
    if _past_deadline(settings, tz, now):
        return RuleResult(Rule.DEADLINE, False, value, "the campaign's last day is over; set a later deadline", None)
    return RuleResult(Rule.DEADLINE, True, value, "the last day is not over", None)


def _past_deadline(settings: CampaignSettings, tz: str, at: datetime) -> bool:
    """The deadline is the last day that counts, in the called person's zone."""
    return settings.deadline is not None and at.astimezone(zone(tz) or UTC).date() > settings.deadline
