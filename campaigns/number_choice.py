"""Which of a lead's numbers is dialled next."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Final

from campaigns.attempt import AttemptOutcome, PastAttempt
from campaigns.campaign import CampaignSettings
from campaigns.dnc import callable_numbers
from campaigns.lead import Dossier, DueKind, LeadNumber
from campaigns.retry_rules import disposition_of, in_force, own_attempts

AGREED: Final = frozenset({DueKind.CALLBACK, DueKind.CADENCE, DueKind.REMINDER})  # the customer was spoken to before
_NEVER: Final = datetime.min.replace(tzinfo=UTC)


def dialling_order(dossier: Dossier, settings: CampaignSettings) -> list[LeadNumber]:
    """Numbers that may be called at all, the preferred one first; caps and day parts may leave one of the others.

    Whom we talked to is called where we talked to him. A rule with `other_number` wants the number that has waited
    longest, one never tried before all; any other rule stays with the number tried last. Otherwise the campaign's order
    of kinds decides, then the list's.
    """
    left = callable_numbers(dossier.lead, dossier.suppressed)
    if len(left) < 2:
        return left
    if settings.number_kinds:
        left.sort(key=lambda number: _rank(number, settings.number_kinds))
    if not dossier.history or not (own := own_attempts(dossier)):
        return left
    if dossier.lead.due_kind in AGREED and (talked := _talked_to(settings, own)):
        return _first(left, talked)
    if any_wants_another(settings) and (held := in_force(settings, own)) is not None and held.rule.other_number:
        return sorted(left, key=lambda number: _last_tried(own, number.e164))
    return _first(left, own[-1].number)


def any_wants_another(settings: CampaignSettings) -> bool:
    """No default rule does."""
    return any(rule.other_number for rule in (*settings.retry.values(), *settings.disposition_retry.values()))


def _rank(number: LeadNumber, kinds: tuple[str, ...]) -> int:
    return kinds.index(number.kind) if number.kind in kinds else len(kinds)


def _first(numbers: list[LeadNumber], e164: str) -> list[LeadNumber]:
    return sorted(numbers, key=lambda number: number.e164 != e164)


def _last_tried(own: Iterable[PastAttempt], e164: str) -> datetime:
    return max((attempt.placed_at for attempt in own if attempt.number == e164), default=_NEVER)


def _talked_to(settings: CampaignSettings, own: list[PastAttempt]) -> str | None:
    """The number of the latest conversation with the right person, else with anybody."""
    talks = [attempt for attempt in own if attempt.outcome is AttemptOutcome.HUMAN]
    right = [attempt for attempt in talks if (d := disposition_of(settings, attempt)) is not None and d.contact]
    return (right or talks)[-1].number if talks else None
