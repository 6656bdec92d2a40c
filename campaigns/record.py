"""A lead's record in counts, found in one pass over its history: leads with the same record get the same verdict.

Only the usual record is told this way: nothing blocks but what is the same for everybody, and perhaps the due time.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final, NamedTuple

from campaigns.attempt import NOT_CHARGED, AttemptOutcome, PastAttempt
from campaigns.day_parts import Wish, day_part, within_reach
from campaigns.lead import Dossier, DueKind, Lead, LeadNumber, LeadState
from campaigns.moment import Moment, Place
from campaigns.number_choice import AGREED, dialling_order

_EVER: Final = datetime.min.replace(tzinfo=UTC)
_ABANDONED: Final = AttemptOutcome.ABANDONED
_CANCELLED: Final = AttemptOutcome.CANCELLED
Record = tuple[object, ...]


class Seen(NamedTuple):
    """A lead's record, and the number to dial. `rests`: the retry rule in force does not want it now."""

    record: Record
    number: LeadNumber | None
    rests: bool = False


class _Counts(NamedTuple):
    """Attempts in the periods of the caps; until when the number rests."""

    day: int
    month: int
    lead: int
    person_day: int
    person_month: int
    rests: datetime | None


def usual(dossier: Dossier) -> bool:
    """Whether nothing but history, numbers, place and due time tells the lead from others."""
    lead = dossier.lead
    return (
        not dossier.suppressed
        and not dossier.active_numbers
        and lead.state is LeadState.OPEN
        and lead.due_kind is not DueKind.REMINDER
        and not lead.agent_guaranteed
    )


def record(dossier: Dossier, moment: Moment, place: Place) -> Seen | None:
    """None where a cap or a lockout may block, or the choice of number takes more."""
    lead, history = dossier.lead, dossier.history
    total = len(lead.numbers)
    usable = 1 if total == 1 and lead.numbers[0].usable else sum([number.usable for number in lead.numbers])
    if not history:
        return Seen((usable, total), _first(dossier, usable, moment))
    number = _preferred(lead, history, usable, moment)
    if number is None:
        return None
    counts = _counts(lead, history, number.e164, moment, place)
    if counts is None or (counts.rests and usable > 1):
        return None
    return Seen((usable, total, *counts), number, counts.rests is not None)


def _first(dossier: Dossier, usable: int, moment: Moment) -> LeadNumber | None:
    numbers = dossier.lead.numbers
    if usable == len(numbers) == 1:
        return numbers[0]
    return dialling_order(dossier, moment.settings)[0] if usable else None


def _preferred(lead: Lead, history: Sequence[PastAttempt], usable: int, moment: Moment) -> LeadNumber | None:
    """`dialling_order` stays with the number tried last where nothing else is wanted."""
    if usable == 1:
        return next(number for number in lead.numbers if number.usable)
    if not usable or moment.other_number or lead.due_kind in AGREED:
        return None
    for attempt in reversed(history):
        if attempt.lead_id == lead.lead_id:
            return next((n for n in lead.numbers if n.usable and n.e164 == attempt.number), None)
    return None


def _counts(lead: Lead, history: Sequence[PastAttempt], e164: str, moment: Moment, place: Place) -> _Counts | None:
    """None where a cap is used up, or something else than caps and a rest may block."""
    day = month = own = person_day = person_month = 0
    lead_id, before, tried = lead.lead_id, _EVER, None
    day_since, month_since, lead_since = moment.day_since, moment.month_since, moment.lead_since
    for attempt in history:
        at, outcome = attempt.placed_at, attempt.outcome
        if outcome is None or at <= before or (moment.refusals and attempt.disposition in moment.refusals):
            return None
        before = at
        if outcome in NOT_CHARGED or (outcome is _CANCELLED and not attempt.rang):
            continue
        mine = attempt.lead_id == lead_id
        person_day += at > day_since
        person_month += at > month_since
        own += mine and at > lead_since
        if attempt.number != e164:
            continue
        if outcome is _ABANDONED and (attempt.ended_at or at) > moment.abandoned_since:
            return None
        day += at > day_since
        month += at > month_since
        if mine:
            tried = at
    caps = moment.caps
    if day >= caps.day or month >= caps.month or own >= caps.lead:
        return None
    if moment.by_person and (person_day >= caps.person_day or person_month >= caps.person_month):
        return None
    if not moment.by_person:
        person_day = person_month = 0
    rests = None
    if tried is not None and lead.due_kind is DueKind.RETRY and (wish := _wish(lead, history, tried, moment, place)):
        rests = _rests_until(lead, history, wish, moment, place)
        if rests is None:
            return None
    return _Counts(day, month, own, person_day, person_month, rests)


def _wish(lead: Lead, history: Sequence[PastAttempt], tried: datetime, moment: Moment, place: Place) -> Wish | None:
    """Where the rule in force does not want the number now, after a try at `tried`: what it wants instead."""
    if place.zone is None:
        return None
    last = tried.astimezone(place.zone)
    same_part, same_weekday = day_part(last) is place.part, last.weekday() == place.weekday
    if not (same_part or same_weekday):
        return None
    held = moment.held(attempt for attempt in history if attempt.lead_id == lead.lead_id)
    if held is None or not ((same_part and held.rule.other_day_part) or (same_weekday and held.rule.other_weekday)):
        return None
    return Wish.of(held.rule, last)


def _rests_until(
    lead: Lead, history: Sequence[PastAttempt], wish: Wish, moment: Moment, place: Place
) -> datetime | None:
    """None where it takes a look at when the caps have room."""
    soon = place.soon(wish)
    if soon is None or place.zone is None:
        return None
    own = [attempt for attempt in history if attempt.lead_id == lead.lead_id]
    held = moment.held(own)
    assert held is not None
    return soon if within_reach(soon, held, own[-1].ended_at or own[-1].placed_at, place.zone) else None
