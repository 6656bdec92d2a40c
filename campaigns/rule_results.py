"""What each rule finds about a lead, in words: the results of which a verdict is made."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import Final

from campaigns.campaign import CampaignSettings
from campaigns.caps import Count, Use, lead_use
from campaigns.case import outlived
from campaigns.dnc import in_dialling_order
from campaigns.hold import Hold
from campaigns.lead import Dossier, DueKind, Lead, LeadState
from campaigns.policy import Policy
from campaigns.reminders import in_time
from campaigns.room import PROMISED
from campaigns.rule import Rule, RuleResult
from campaigns.windows import zone

RUNNING: Final = RuleResult(Rule.CAMPAIGN_RUNNING, True, "running", "the campaign is running", None)
NOT_RUNNING: Final = RuleResult(
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


def lead_open(lead: Lead) -> RuleResult:
    if lead.state is LeadState.OPEN:
        return _LEAD_OPEN
    reason = f" ({lead.closed_reason})" if lead.closed_reason else ""
    return RuleResult(Rule.LEAD_OPEN, False, lead.state, f"the lead is {lead.state}{reason}", None)


def not_suppressed(lead: Lead, suppressed: Mapping[str, Hold], use: Use | None) -> RuleResult:
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


def number_usable(lead: Lead) -> RuleResult:
    usable, total = sum(number.usable for number in lead.numbers), len(lead.numbers)
    if usable == total == 1:
        return _USABLE
    detail = "a number is usable" if usable else "every number is confirmed invalid" if total else "no number is known"
    return RuleResult(Rule.NUMBER_USABLE, usable > 0, f"{usable} of {total}", detail, None)


@lru_cache(maxsize=1024)
def country_covered(country: str, policy: Policy) -> RuleResult:
    covered = policy.covers(country)
    value = country or "unknown"
    detail = (
        f"policy {policy.label} covers it"
        if covered
        else f"policy {policy.name} does not cover this country; it is not dialled"
    )
    return RuleResult(Rule.COUNTRY_COVERED, covered, value, detail, None)


@lru_cache(maxsize=1024)
def time_zone_known(tz: str) -> RuleResult:
    known = zone(tz) is not None
    detail = "the local time is known" if known else "without a known time zone nobody is dialled"
    return RuleResult(Rule.TIME_ZONE_KNOWN, known, tz or "unknown", detail, None)


def not_in_flight(dossier: Dossier) -> RuleResult:
    lead = dossier.lead
    if dossier.active_numbers or any(a.outcome is None and a.lead_id == lead.lead_id for a in dossier.history):
        return RuleResult(Rule.NOT_IN_FLIGHT, False, "under way", "a call to this person is under way", None)
    return _NO_LEG


def due(lead: Lead, now: datetime) -> RuleResult:
    """With the rule that set the time."""
    if lead.due_at is None:
        return RuleResult(Rule.DUE, False, "never", "the lead has no due time", None)
    return due_result(lead.due_at, lead.due_reason, lead.due_at <= now)


@lru_cache(maxsize=4096)
def due_result(due_at: datetime, reason: str, due: bool) -> RuleResult:
    due_at = due_at.astimezone(UTC)
    value = due_at.isoformat(timespec="seconds")
    why = f"; set by: {reason}" if reason else ""
    if due:
        return RuleResult(Rule.DUE, True, value, f"due{why}", None)
    return RuleResult(Rule.DUE, False, value, f"not due yet{why}", due_at)


def number_rules(use: Use | None) -> tuple[RuleResult, ...]:
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


def lifetime(dossier: Dossier, settings: CampaignSettings, now: datetime) -> RuleResult:
    if settings.lead_lifetime_days is None:
        return _NO_LIFETIME
    value = f"{settings.lead_lifetime_days} days"
    if past_lifetime(dossier, settings, now):
        return RuleResult(Rule.LIFETIME, False, value, "the lead has been open for longer; it is closed", None)
    return RuleResult(Rule.LIFETIME, True, value, "the lead has not been open for longer", None)


def past_lifetime(dossier: Dossier, settings: CampaignSettings, at: datetime) -> bool:
    return dossier.lead.due_kind not in PROMISED and outlived(settings, dossier, at)


def appointment_ahead(lead: Lead, now: datetime) -> RuleResult:
    """Nobody is reminded of an appointment that is about to begin, or over."""
    if lead.due_kind is not DueKind.REMINDER or lead.appointment_at is None:
        return _NO_REMINDER
    value = lead.appointment_at.astimezone(UTC).isoformat(timespec="seconds")
    if past_appointment(lead, now):
        return RuleResult(Rule.APPOINTMENT_AHEAD, False, value, "it is too late for a reminder", None)
    return RuleResult(Rule.APPOINTMENT_AHEAD, True, value, "there is time for a reminder", None)


def past_appointment(lead: Lead, at: datetime) -> bool:
    if lead.due_kind is not DueKind.REMINDER or lead.appointment_at is None:
        return False
    return not in_time(lead.appointment_at, at)


def lead_attempts(dossier: Dossier, settings: CampaignSettings, now: datetime) -> RuleResult:
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


def deadline(settings: CampaignSettings, tz: str, now: datetime) -> RuleResult:
    if settings.deadline is None:
        return _NO_DEADLINE
    value = settings.deadline.isoformat()
    if past_deadline(settings, tz, now):
        return RuleResult(Rule.DEADLINE, False, value, "the campaign's last day is over; set a later deadline", None)
    return RuleResult(Rule.DEADLINE, True, value, "the last day is not over", None)


def past_deadline(settings: CampaignSettings, tz: str, at: datetime) -> bool:
    """The deadline is the last day that counts, in the called person's zone."""
    return settings.deadline is not None and at.astimezone(zone(tz) or UTC).date() > settings.deadline
