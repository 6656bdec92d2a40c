"""May this lead be dialled now, on which number, and if not, why not and until when.

The same function decides in front of every attempt and answers "why is this lead not dialled?", so the two can never
differ. Every rule is evaluated, also after one has failed.
"""

from __future__ import annotations

from datetime import datetime

from campaigns import rule_results as results
from campaigns.campaign import CampaignSettings
from campaigns.caps import Use, best_use
from campaigns.guarantee import NOT_NEEDED, guarantee
from campaigns.guarantee import result as guarantee_result
from campaigns.lead import Dossier, Lead, LeadNumber
from campaigns.moment import Moment, Place, Plain, moment
from campaigns.policy import Policy
from campaigns.record import record, usual
from campaigns.room import first_room, uses
from campaigns.rule import Rule, RuleResult
from campaigns.rule_results import callback_promised
from campaigns.windows import next_opening

__all__ = ["Rule", "RuleResult", "Verdict", "callback_promised", "verdict"]


class Verdict:
    """`number` is the one to dial, or, where a rule blocks, the one the rules looked at.

    `blocker` is the first rule that failed. `clears_at` is the first instant at which nothing known now would block,
    inside an open window; None when dialable, or when waiting alone does not help.
    """

    __slots__ = ("_about", "_clears_at", "_due", "_plain", "blocker", "number")

    def __init__(
        self,
        plain: Plain,
        due: RuleResult | Lead,
        number: LeadNumber | None,
        blocker: RuleResult | None,
        about: tuple[Dossier, Moment] | None = None,
    ) -> None:
        """`due` may be a lead that is due: when is put into words only if somebody asks. When the lead clears is
        searched only if somebody asks, too; never without `about`."""
        self._plain, self._due, self._about = plain, due, about
        self.number, self.blocker = number, blocker
        self._clears_at: datetime | None = None

    @property
    def clears_at(self) -> datetime | None:
        if self._about is not None:
            dossier, at = self._about
            self._clears_at = _rested(self, dossier, at) or _clears_at(self.rules, dossier, at.settings, at.policy)
            self._about = None
        return self._clears_at

    def may_clear_before(self, instant: datetime) -> bool:
        """False: `clears_at` is not before it. Without the search for when it is."""
        due, plain = self._due, self._plain
        if self._about is None:
            return self._clears_at is not None and self._clears_at < instant
        return (
            not plain.stuck
            and (plain.until is None or plain.until < instant)
            and (isinstance(due, Lead) or (due.clears_at is not None and due.clears_at < instant))
        )

    @property
    def rules(self) -> tuple[RuleResult, ...]:
        """Every one, in their order."""
        due, plain = self._due, self._plain
        if isinstance(due, Lead):
            assert due.due_at is not None
            due = results.due_result(due.due_at, due.due_reason, True)
        return (*plain.before, due, *plain.after)

    @property
    def dialable(self) -> bool:
        return self.blocker is None and self.number is not None

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Verdict):
            return NotImplemented
        return (self.rules, self.number, self.clears_at) == (other.rules, other.number, other.clears_at)

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"Verdict(blocker={self.blocker}, number={self.number}, clears_at={self.clears_at})"

    def never(self) -> Verdict:
        """The same, of which nobody knows when it clears."""
        return Verdict(self._plain, self._due, self.number, self.blocker)


def verdict(
    dossier: Dossier, settings: CampaignSettings, policy: Policy, now: datetime, *, running: bool = True
) -> Verdict:
    """`now` aware; `policy` the strictest that holds for this lead's country and campaign."""
    lead = dossier.lead
    at = moment(settings, policy, now, running)
    place = at.place(lead.country, lead.time_zone)
    seen = record(dossier, at, place) if settings.lead_lifetime_days is None and usual(dossier) else None
    if seen is None:
        return in_full(dossier, at)
    plain = place.plain.get(seen.record)
    if plain is None:
        plain = place.plain[seen.record] = _plain(dossier, _use(dossier, at), at, place)
    return _judged(plain, seen.number, dossier, at)


def in_full(dossier: Dossier, at: Moment) -> Verdict:
    """The same verdict, for which nothing is taken over from leads with the same record."""
    use = _use(dossier, at)
    place = at.place(dossier.lead.country, dossier.lead.time_zone)
    return _judged(_plain(dossier, use, at, place), use.number if use else None, dossier, at)


def _use(dossier: Dossier, at: Moment) -> Use | None:
    return best_use(uses(dossier, at.settings, at.policy, at.now))


def _judged(plain: Plain, number: LeadNumber | None, dossier: Dossier, at: Moment) -> Verdict:
    lead = dossier.lead
    if lead.due_at is not None and lead.due_at <= at.now:
        blocker = plain.blocked_before or plain.blocked_after
        return Verdict(plain, lead, number, blocker, None if blocker is None else (dossier, at))
    due = results.due(lead, at.now)
    return Verdict(plain, due, number, plain.blocked_before or due, (dossier, at))


def _plain(dossier: Dossier, use: Use | None, at: Moment, place: Place) -> Plain:
    """All rules but the due time."""
    lead, settings, now = dossier.lead, at.settings, at.now
    before = (
        results.RUNNING if at.running else results.NOT_RUNNING,
        results.lead_open(lead),
        results.not_suppressed(lead, dossier.suppressed, use),
        results.number_usable(lead),
        place.covered,
        place.known_zone,
        results.not_in_flight(dossier),
    )
    after = (
        *place.calling_time,
        *results.number_rules(use),
        guaranteed_agent(dossier, use.number.e164 if use else "", at),
        results.lead_attempts(dossier, settings, now),
        results.lifetime(dossier, settings, now),
        results.appointment_ahead(lead, now),
        place.deadline,
    )
    failed = [result.clears_at for result in (*before, *after) if not result.passed]
    until = max((at for at in failed if at is not None), default=None)
    return Plain(before, after, _first_failed(before), _first_failed(after), until, None in failed)


def guaranteed_agent(dossier: Dossier, e164: str, at: Moment) -> RuleResult:
    if not dossier.history and not dossier.lead.agent_guaranteed:
        return NOT_NEEDED
    return guarantee_result(guarantee(dossier.lead, dossier.history, e164, at.policy, at.now))


def _first_failed(rules: tuple[RuleResult, ...]) -> RuleResult | None:
    return next((result for result in rules if not result.passed), None)


def _rested(found: Verdict, dossier: Dossier, at: Moment) -> datetime | None:
    """Where all leads of a zone wait for the same part of the day, and the lead's record then says that it has room.

    None where that takes a closer look. A rest ends inside an open window.
    """
    settings, blocker, lead = at.settings, found.blocker, dossier.lead
    if blocker is None or blocker.rule != Rule.DAY_PART or settings.lead_lifetime_days is not None:
        return None
    until = blocker.clears_at
    if until is None or sum(not result.passed for result in found.rules) > 1 or not usual(dossier):
        return None
    if results.past_deadline(settings, lead.time_zone, until):
        return None
    then = moment(settings, at.policy, until, at.running)
    seen = record(dossier, then, then.place(lead.country, lead.time_zone))
    return until if seen is not None and not seen.rests else None


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
    too_late = results.past_deadline(settings, tz, at) or results.past_lifetime(dossier, settings, at)
    return None if too_late or results.past_appointment(dossier.lead, at) else at
