"""Which retry rule holds after a lead's attempts, how often it has applied in a row, and how long it waits."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Final, NamedTuple

from campaigns.attempt import NOT_CHARGED, AttemptOutcome, PastAttempt
from campaigns.campaign import CampaignSettings, RetryRule
from campaigns.disposition import Disposition
from campaigns.lead import Dossier

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


class InForce(NamedTuple):
    """`times` in a row, of which the first `before` belonged to rules that have handed over to this one."""

    rule: RetryRule
    times: int
    before: int = 0


def rule_for(settings: CampaignSettings, outcome: AttemptOutcome) -> RetryRule:
    return settings.retry.get(outcome) or DEFAULT_RULES[outcome]


def disposition_of(settings: CampaignSettings, attempt: PastAttempt) -> Disposition | None:
    """None also where the code has been taken out of the settings since."""
    if attempt.disposition is None:
        return None
    return next((d for d in settings.dispositions if d.code == attempt.disposition), None)


def rule_after(settings: CampaignSettings, attempt: PastAttempt) -> RetryRule:
    """The disposition's rule over its own delay over the outcome's; an agent who met a machine made it one.

    `attempt` has ended.
    """
    assert attempt.outcome is not None
    if attempt.disposition in settings.disposition_retry:
        return settings.disposition_retry[attempt.disposition]
    disposition = disposition_of(settings, attempt)
    if disposition is not None and disposition.retry_after_s is not None:
        return RetryRule.model_construct(delays_s=(disposition.retry_after_s,))  # may be longer than a rule's delays
    machine = disposition is not None and disposition.machine
    return rule_for(settings, _O.MACHINE if machine else attempt.outcome)


def by_disposition(settings: CampaignSettings, disposition: Disposition) -> bool:
    """Whether the disposition has a rule or delay of its own."""
    return disposition.code in settings.disposition_retry or disposition.retry_after_s is not None


def cause(settings: CampaignSettings, attempt: PastAttempt) -> str:
    """What a rule's limit counts: the disposition where it has its own rule, else the outcome."""
    disposition = disposition_of(settings, attempt)
    if disposition is not None and by_disposition(settings, disposition):
        return f"disposition {disposition.code}"
    return str(_O.MACHINE if disposition is not None and disposition.machine else attempt.outcome)


def own_attempts(dossier: Dossier) -> list[PastAttempt]:
    """The lead's own attempts that have ended, in order."""
    lead_id = dossier.lead.lead_id
    own = [a for a in dossier.history if a.lead_id == lead_id and a.outcome is not None]
    own.sort(key=lambda attempt: (attempt.placed_at, attempt.attempt_id))
    return own


def in_force(settings: CampaignSettings, own: Iterable[PastAttempt]) -> InForce | None:
    """The rule after the last of `own`, which are in order; None where there are none.

    Attempts whose rules are equal are one row (a machine counts as no answer). The network's own troubles have a row
    of their own and do not interrupt the others. A rule whose delays are used up hands over to its `then`, and what
    the other rule is for continues that row.
    """
    row = troubles = None
    last_charged = True
    for attempt in own:
        rule = rule_after(settings, attempt)
        last_charged = attempt.outcome not in NOT_CHARGED
        if last_charged:
            row, troubles = _next(settings, row, rule), None
        else:
            troubles = _next(settings, troubles, rule)
    found = row if last_charged else troubles
    return found.in_force if found is not None else None


class _Row(NamedTuple):
    base: RetryRule
    total: int
    in_force: InForce


def _next(settings: CampaignSettings, row: _Row | None, rule: RetryRule) -> _Row:
    if row is not None and _same(rule, row.base):
        total = row.total + 1
    elif row is not None and _same(rule, row.in_force.rule):
        total = row.in_force.times + 1
    else:
        total = 1
    return _Row(rule, total, _handed_over(settings, rule, total))


def _same(one: RetryRule, other: RetryRule) -> bool:
    return one is other or one == other


def _handed_over(settings: CampaignSettings, rule: RetryRule, total: int) -> InForce:
    """A circle of rules ends with the last one that is new."""
    left, passed = total, [rule]
    while rule.then is not None and left > len(rule.delays_s):
        following = rule_for(settings, rule.then)
        if following in passed:
            break
        left -= len(rule.delays_s)
        rule = following
        passed.append(rule)
    return InForce(rule, left, total - left)


def delay_of(held: InForce) -> timedelta:
    """How long the rule waits now."""
    rule, further = held.rule, held.times - len(held.rule.delays_s)
    if further <= 0 or rule.growth is None:
        return timedelta(seconds=rule.delays_s[min(held.times, len(rule.delays_s)) - 1])
    wait = float(rule.delays_s[-1])
    for _ in range(further):
        if wait >= rule.most_s:
            break
        wait *= rule.growth
    return timedelta(seconds=min(round(wait), rule.most_s))
