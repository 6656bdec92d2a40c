"""Whom we have abandoned is called again only with an agent reserved for him before his phone rings."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final, NamedTuple

from campaigns.attempt import AttemptOutcome, PastAttempt
from campaigns.lead import Lead
from campaigns.policy import Policy
from campaigns.rule import Rule, RuleResult

NOT_NEEDED: Final = RuleResult(Rule.GUARANTEED_AGENT, True, "not needed", "no abandoned call asks for one", None)


class Guarantee(NamedTuple):
    """`abandoned_at` None: longer ago than the attempts that are looked at. `until` None: until he has talked to us."""

    abandoned_at: datetime | None
    until: datetime | None


def guarantee(lead: Lead, history: Sequence[PastAttempt], e164: str, policy: Policy, now: datetime) -> Guarantee | None:
    """None where the number may ring without a reserved agent.

    A lead keeps its guarantee until it was talked to; its number keeps it in every other campaign for the hours of the
    policy. `history` in the order of the attempts.
    """
    abandoned_at = _abandoned_at(history, e164)
    if lead.agent_guaranteed:
        return Guarantee(abandoned_at, None)
    if abandoned_at is None or abandoned_at + policy.abandon_guarantee <= now:
        return None
    return Guarantee(abandoned_at, abandoned_at + policy.abandon_guarantee)


def result(found: Guarantee | None) -> RuleResult:
    """It never keeps a lead from being due: an agent is found for it in front of the attempt, or it waits for one."""
    if found is None:
        return NOT_NEEDED
    since = found.abandoned_at.isoformat(timespec="seconds") if found.abandoned_at else "earlier"
    until = found.until.isoformat(timespec="seconds") if found.until else "he has talked to an agent"
    words = f"we abandoned a call ({since}): until {until} dialled only with an agent reserved for it before"
    return RuleResult(Rule.GUARANTEED_AGENT, True, "needed", words, None)


def _abandoned_at(history: Sequence[PastAttempt], e164: str) -> datetime | None:
    """The end of the last one; nothing where a person has talked to an agent since."""
    for attempt in reversed(history):
        if attempt.number == e164 and attempt.outcome is AttemptOutcome.HUMAN and attempt.talked:
            return None
        if attempt.number == e164 and attempt.outcome is AttemptOutcome.ABANDONED:
            return attempt.ended_at or attempt.placed_at
    return None
