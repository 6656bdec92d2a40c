"""Why a campaign dials as many leads as it does: "N leads, of which excluded by ...", from the verdicts of all leads.

Each lead is counted once, at its first blocker, so the figures add up. The count takes one verdict after another and
keeps none of them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from campaigns.verdict import Rule, RuleResult, Verdict

# Rules whose results fall into a few groups; the others' texts hold times and counts of single leads.
_GROUPED: Final[Mapping[str, Callable[[RuleResult], str]]] = {
    Rule.LEAD_OPEN: lambda result: result.detail,
    Rule.COUNTRY_COVERED: lambda result: result.value,
    Rule.TIME_ZONE_KNOWN: lambda result: result.value,
}
_MOST_GROUPS: Final = 50

WORDS: Final = {
    Rule.CAMPAIGN_RUNNING: "the campaign is not running",
    Rule.LEAD_OPEN: "closed already",
    Rule.NOT_SUPPRESSED: "on the do-not-call list",
    Rule.NUMBER_USABLE: "without a usable number",
    Rule.COUNTRY_COVERED: "in a country the policy does not cover",
    Rule.TIME_ZONE_KNOWN: "time zone unknown",
    Rule.NOT_IN_FLIGHT: "being called right now",
    Rule.DUE: "not due yet",
    Rule.PUBLIC_HOLIDAY: "on a public holiday",
    Rule.WINDOW: "outside the calling hours",
    Rule.NUMBER_PER_24H: "number called often enough in 24 hours",
    Rule.NUMBER_PER_30D: "number called often enough in 30 days",
    Rule.PERSON_CAP: "person called often enough on all numbers",
    Rule.ABANDON_LOCKOUT: "resting after an abandoned call",
    Rule.GUARANTEED_AGENT: "waiting for an agent of their own after an abandoned call",
    Rule.REFUSAL_LOCKOUT: "resting after a refusal",
    Rule.DAY_PART: "waiting for another part of the day",
    Rule.LEAD_ATTEMPTS: "attempts on the lead used up",
    Rule.LIFETIME: "open for longer than the campaign allows",
    Rule.APPOINTMENT_AHEAD: "too late to remind of the appointment",
    Rule.DEADLINE: "the campaign's last day is over",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Excluded:
    """`leads` whose first blocker is `rule`.

    `clears_at`: when the first of these leads may be dialled, all rules considered; None when waiting helps none.
    """

    rule: str
    words: str
    leads: int
    clears_at: datetime | None
    groups: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Funnel:
    """leads = dialable + the sum of `excluded`. Rules in their order; those that exclude nobody are left out."""

    leads: int
    dialable: int
    excluded: tuple[Excluded, ...]

    @property
    def clears_at(self) -> datetime | None:
        """When the first excluded lead may be dialled."""
        return min((step.clears_at for step in self.excluded if step.clears_at is not None), default=None)

    def sentence(self) -> str:
        if not self.excluded:
            return f"{self.leads} leads, all of which may be dialled now"
        parts = ", ".join(f"{step.leads} {step.words}" for step in self.excluded)
        return f"{self.leads} leads, of which excluded: {parts}; {self.dialable} may be dialled now"


class FunnelCount:
    """Adds up verdicts as they come; memory does not grow with the leads."""

    def __init__(self) -> None:
        self._leads = 0
        self._dialable = 0
        self._blocked: Counter[str] = Counter()
        self._clears: dict[str, datetime] = {}
        self._groups: dict[str, Counter[str]] = {}

    def add(self, verdict: Verdict, leads: int = 1) -> None:
        """`leads` of which the rules say the same."""
        self._leads += leads
        blocker = verdict.blocker
        if blocker is None:
            self._dialable += leads
            return
        self._blocked[blocker.rule] += leads
        first = self._clears.get(blocker.rule)
        if first is None or verdict.may_clear_before(first):
            self.clears(blocker.rule, verdict.clears_at)
        self._group(blocker, leads)

    def clears(self, rule: str, at: datetime | None) -> None:
        """One of the leads that the rule blocks may be dialled then."""
        if at is not None:
            self._clears[rule] = min(at, self._clears.setdefault(rule, at))

    def result(self) -> Funnel:
        excluded = tuple(self._excluded(rule) for rule in Rule if self._blocked[rule])
        return Funnel(leads=self._leads, dialable=self._dialable, excluded=excluded)

    def _group(self, blocker: RuleResult, leads: int) -> None:
        name_of = _GROUPED.get(blocker.rule)
        if name_of is None:
            return
        groups = self._groups.setdefault(blocker.rule, Counter())
        name = name_of(blocker)
        groups[name if name in groups or len(groups) < _MOST_GROUPS else "other"] += leads

    def _excluded(self, rule: Rule) -> Excluded:
        return Excluded(
            rule=rule.value,
            words=WORDS[rule],
            leads=self._blocked[rule],
            clears_at=self._clears.get(rule),
            groups=dict(self._groups.get(rule, Counter()).most_common()),
        )


def funnel(verdicts: Iterable[Verdict]) -> Funnel:
    count = FunnelCount()
    for verdict in verdicts:
        count.add(verdict)
    return count.result()
