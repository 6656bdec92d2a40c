"""What happens to a lead after an attempt: called again (when), closed (why), and what becomes of the number."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final

from campaigns.attempt import NOT_CHARGED, AttemptOutcome, PastAttempt
from campaigns.campaign import CampaignSettings, RetryRule
from campaigns.caps import lead_use
from campaigns.day_parts import next_due
from campaigns.disposition import Disposition
from campaigns.dnc import callable_numbers
from campaigns.lead import CloseReason, Dossier, DueKind
from campaigns.policy import Policy
from campaigns.windows import next_opening, zone

_O = AttemptOutcome
_MINUTE, _HOUR, _DAY = 60, 3600, 86400

_NOT_REACHED = RetryRule(delays_s=(3 * _HOUR, _DAY), other_day_part=True)
DEFAULT_RULES: Final[Mapping[AttemptOutcome, RetryRule]] = {
    _O.HUMAN: RetryRule(delays_s=(_DAY,)),  # nothing was decided in the conversation
    _O.MACHINE: _NOT_REACHED,
    _O.NO_ANSWER: _NOT_REACHED,
    _O.LOST: _NOT_REACHED,  # the phone may have rung
    _O.BUSY: RetryRule(delays_s=(10 * _MINUTE, 20 * _MINUTE, 40 * _MINUTE), then=_O.NO_ANSWER),
    _O.INVALID_NUMBER: RetryRule(delays_s=(_DAY,), limit=2),  # confirmed on another day
    _O.DECLINED: RetryRule(delays_s=(_DAY,), limit=2),
    _O.CONGESTED: RetryRule(delays_s=(5 * _MINUTE, 5 * _MINUTE, 5 * _MINUTE, 30 * _MINUTE)),
    _O.FAILED: RetryRule(delays_s=(15 * _MINUTE, _HOUR, 4 * _HOUR, _DAY), limit=8),
    _O.CANCELLED: RetryRule(delays_s=(10 * _MINUTE, _HOUR), then=_O.NO_ANSWER),  # the phone may show a missed call
    _O.ABANDONED: RetryRule(delays_s=(0,)),  # the policy's lockout is longer
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Again:
    due_at: datetime
    agent_guaranteed: bool
    reason: str
    kind: DueKind = DueKind.RETRY
    for_agent: str | None = None
    escalates_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """Either `again` or `close`. `invalidate` and `suppress` are E.164 numbers and go with both."""

    again: Again | None = None
    close: CloseReason | None = None
    invalidate: str | None = None
    suppress: str | None = None


def rule_for(settings: CampaignSettings, outcome: AttemptOutcome) -> RetryRule:
    return settings.retry.get(outcome) or DEFAULT_RULES[outcome]


def next_step(
    settings: CampaignSettings,
    policy: Policy,
    dossier: Dossier,
    *,
    number: str,
    outcome: AttemptOutcome,
    disposition: Disposition | None,
    callback_at: datetime | None,
    now: datetime,
) -> Step:
    """`dossier.history` includes the attempt that has just ended, with its outcome."""
    case = _Case(settings, policy, dossier, number, now)
    if disposition is None:
        return case.after_outcome(outcome)
    if disposition.closes_lead or disposition.do_not_call:
        return Step(
            close=CloseReason.DISPOSITION,
            suppress=number if disposition.do_not_call else None,
            invalidate=number if disposition.wrong_number else None,
        )
    if disposition.wrong_number:
        return case.without_number("wrong number")
    if disposition.callback or callback_at is not None:
        return case.callback(callback_at, disposition)
    if disposition.retry_after_s is not None:
        return case.unless_exhausted(
            outcome, now + timedelta(seconds=disposition.retry_after_s), f"disposition {disposition.code}"
        )
    return case.after_outcome(AttemptOutcome.MACHINE if disposition.machine else outcome)


@dataclass(frozen=True, slots=True)
class _Case:
    settings: CampaignSettings
    policy: Policy
    dossier: Dossier
    number: str
    now: datetime

    def after_outcome(self, outcome: AttemptOutcome) -> Step:
        if outcome is AttemptOutcome.INVALID_NUMBER:
            return self._invalid()
        rule = rule_for(self.settings, outcome)
        if rule.limit is not None and self._occurrences(outcome) >= rule.limit:
            declined = outcome is AttemptOutcome.DECLINED
            return Step(close=CloseReason.DECLINED if declined else CloseReason.ATTEMPTS_EXHAUSTED)
        rule, times = self._rule_in_force(outcome, rule)
        delay = timedelta(seconds=rule.delays_s[min(times, len(rule.delays_s)) - 1])
        if outcome is AttemptOutcome.ABANDONED:
            delay = max(delay, self.policy.abandon_lockout)
        due_at = next_due(
            self.settings, self.policy, self.dossier, now=self.now, delay=delay, other_part=rule.other_day_part
        )
        return self.unless_exhausted(outcome, due_at, _words(outcome, times))

    def callback(self, callback_at: datetime | None, disposition: Disposition) -> Step:
        """At the promised time, or when nobody named one after the disposition's own delay or a day."""
        fallback = timedelta(seconds=disposition.retry_after_s or _DAY)
        return self._again(max(callback_at or self.now + fallback, self.now), AttemptOutcome.HUMAN, "callback")

    def without_number(self, reason: str) -> Step:
        """The number goes; the lead's next one is tried, or the lead is closed."""
        left = [n for n in callable_numbers(self.dossier.lead, self.dossier.suppressed) if n.e164 != self.number]
        if not left:
            return Step(close=CloseReason.INVALID_NUMBER, invalidate=self.number)
        step = self.unless_exhausted(AttemptOutcome.INVALID_NUMBER, self.now, f"{reason}, next number")
        return replace(step, invalidate=self.number)

    def unless_exhausted(self, outcome: AttemptOutcome, due_at: datetime, reason: str) -> Step:
        if outcome not in NOT_CHARGED and not lead_use(self.dossier, self.settings, self.now).free:
            return Step(close=CloseReason.ATTEMPTS_EXHAUSTED)
        return self._again(due_at, outcome, reason)

    def _again(self, due_at: datetime, outcome: AttemptOutcome, reason: str) -> Step:
        """Moved to the next opening. Who was abandoned keeps his guaranteed agent until he has talked to one."""
        lead = self.dossier.lead
        guaranteed = outcome is AttemptOutcome.ABANDONED or (
            lead.agent_guaranteed and outcome is not AttemptOutcome.HUMAN
        )
        opening = next_opening(self.settings.windows, lead.time_zone, due_at, self.policy)
        return Step(again=Again(due_at=opening or due_at, agent_guaranteed=guaranteed, reason=reason))

    def _invalid(self) -> Step:
        rule = rule_for(self.settings, AttemptOutcome.INVALID_NUMBER)
        days = {self._local_day(a) for a in self.dossier.history if self._confirms(a)}
        if len(days) >= (rule.limit or 2):
            return self.without_number("invalid number")
        delay = rule.delays_s[min(max(len(days), 1), len(rule.delays_s)) - 1]
        due_at = next_due(
            self.settings, self.policy, self.dossier, now=self.now, delay=timedelta(seconds=delay), other_part=False
        )
        return self.unless_exhausted(AttemptOutcome.INVALID_NUMBER, due_at, "invalid number, to be confirmed")

    def _confirms(self, attempt: PastAttempt) -> bool:
        return attempt.number == self.number and attempt.outcome is AttemptOutcome.INVALID_NUMBER

    def _local_day(self, attempt: PastAttempt) -> int:
        return attempt.placed_at.astimezone(zone(self.dossier.lead.time_zone) or UTC).toordinal()

    def _own(self) -> list[PastAttempt]:
        lead_id = self.dossier.lead.lead_id
        return sorted(
            (a for a in self.dossier.history if a.lead_id == lead_id and a.outcome is not None),
            key=lambda attempt: attempt.placed_at,
        )

    def _occurrences(self, outcome: AttemptOutcome) -> int:
        return sum(attempt.outcome is outcome for attempt in self._own())

    def _rule_in_force(self, outcome: AttemptOutcome, rule: RetryRule) -> tuple[RetryRule, int]:
        """The rule and how often it applied in a row; used-up delays hand over to `then`."""
        times = self._in_a_row(outcome, rule)
        seen = {outcome}
        while rule.then is not None and rule.then not in seen and times > len(rule.delays_s):
            times -= len(rule.delays_s)
            seen.add(rule.then)
            rule = rule_for(self.settings, rule.then)
        return rule, times

    def _in_a_row(self, outcome: AttemptOutcome, rule: RetryRule) -> int:
        """Outcomes with an equal rule are one family (a machine counts as no answer); the network's own troubles do
        not interrupt a row."""
        times = 0
        for attempt in reversed(self._own()):
            past = attempt.outcome
            if past is None or (past in NOT_CHARGED and outcome not in NOT_CHARGED):
                continue
            if past is not outcome and rule_for(self.settings, past) != rule:
                break
            times += 1
        return max(times, 1)


def _words(outcome: AttemptOutcome, times: int) -> str:
    name = outcome.lower().replace("_", " ")
    return name if times == 1 else f"{name}, {times} in a row"
