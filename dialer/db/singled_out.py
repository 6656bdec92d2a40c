"""Which leads of a campaign the few facts do not decide about: found from the small sets, never from the list."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import Select, and_, bindparam, select, text, union

from campaigns.lead import LeadState
from dialer.db import tables as t
from dialer.db.suppression import CURRENT, begins_with
from dialer.db.tables.places import REMINDER
from dialer.db.types import UtcDateTime

_CAMPAIGN: Final = bindparam("campaign", type_=t.leads.c.campaign_id.type)
NOW: Final = bindparam("now", type_=UtcDateTime())
_SINCE: Final = bindparam("since", type_=UtcDateTime())
MINE: Final = t.leads.c.campaign_id == _CAMPAIGN
OPEN: Final = and_(MINE, t.leads.c.state == LeadState.OPEN)
_DUE_NOW: Final = and_(OPEN, t.leads.c.due_at <= NOW)
_NUMBERS: Final = t.lead_numbers.c.campaign_id == _CAMPAIGN
_LEAD_OF: Final = select(t.lead_numbers.c.lead_id)
Ids = Select[tuple[int]]


def _held() -> tuple[Ids, ...]:
    """With a number on a list. Expired and other campaigns' entries are in as well: a closer look does no harm."""
    numbers, entries = t.lead_numbers, t.suppressions
    listed = and_(_NUMBERS, entries.c.removed_at.is_(None))
    registered = and_(t.registers.c.register_id == t.register_numbers.c.register_id, t.registers.c.state == CURRENT)
    return (
        _LEAD_OF.join(entries, and_(entries.c.e164 == numbers.c.e164, ~entries.c.prefix)).where(listed),
        _LEAD_OF.join(entries, begins_with(numbers.c.e164)).where(entries.c.prefix, listed),
        _LEAD_OF.join(t.register_numbers, t.register_numbers.c.e164 == numbers.c.e164)
        .join(t.registers, registered)
        .where(_NUMBERS),
    )


def _talking() -> tuple[Ids, ...]:
    """With a call under way to or from the person, whichever lead he is called for."""
    numbers, attempts, inbound, shared = t.lead_numbers, t.attempts, t.inbound_calls, t.lead_numbers.alias("shared")
    active, calling = attempts.c.ended_at.is_(None), inbound.c.ended_at.is_(None)
    same_person = and_(shared.c.lead_id == attempts.c.lead_id, active)
    return (
        _LEAD_OF.where(_NUMBERS, numbers.c.e164.in_(select(attempts.c.number).where(active))),
        _LEAD_OF.where(_NUMBERS, numbers.c.e164.in_(select(shared.c.e164).join(attempts, same_person))),
        select(attempts.c.lead_id).where(active),
        _LEAD_OF.where(_NUMBERS, numbers.c.e164.in_(select(inbound.c.caller).where(calling))),
        select(inbound.c.lead_id).where(calling, inbound.c.lead_id.is_not(None)),
    )


def _dialled() -> tuple[Ids, ...]:
    """Due, with an attempt of their own or on one of their numbers."""
    numbers, attempts = t.lead_numbers, t.attempts
    same_number = and_(numbers.c.e164 == attempts.c.number, _NUMBERS)
    return (
        select(attempts.c.lead_id)
        .join(t.leads, and_(t.leads.c.lead_id == attempts.c.lead_id, _DUE_NOW))
        .where(attempts.c.campaign_id == _CAMPAIGN),
        _LEAD_OF.join(attempts, same_number)
        .join(t.leads, and_(t.leads.c.lead_id == numbers.c.lead_id, _DUE_NOW))
        .where(attempts.c.placed_at >= _SINCE),
    )


_UNUSABLE: Final = _LEAD_OF.where(_NUMBERS, ~t.lead_numbers.c.usable)
_TO_REMIND: Final = select(t.leads.c.lead_id).where(MINE, text(REMINDER))
AGE: Final = t.leads.c.created_at
DUE: Final = (t.leads.c.due_at <= NOW).label("due")


def _looked_at(*parts: Ids) -> Select[Any]:
    wanted = select(union(*parts).subquery().c.lead_id)
    return (
        select(t.leads.c.lead_id, t.leads.c.country, t.leads.c.time_zone, DUE, AGE)
        .where(OPEN, t.leads.c.lead_id.in_(wanted))
        .order_by(t.leads.c.lead_id)
    )


SPECIAL: Final = _looked_at(*_held(), *_talking(), _UNUSABLE, _TO_REMIND)
DIALLED: Final = _looked_at(*_dialled())
