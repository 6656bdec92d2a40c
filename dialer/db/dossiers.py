"""What the rules need to know about leads, gathered with a fixed number of queries for any number of leads."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import chain
from typing import Any, Final

from sqlalchemy import BindParameter, Connection, and_, bindparam, or_, select, union

from campaigns.attempt import PastAttempt
from campaigns.hold import Hold
from campaigns.lead import Dossier, Lead
from dialer.db import callbacks, leads, person
from dialer.db import tables as t
from dialer.db.mapping import past_attempt_of
from dialer.db.suppression import begins_with, hold, hold_by_register, in_force
from dialer.db.types import UtcDateTime

PERIOD: Final = timedelta(days=60)  # the longest lockout of a shipped policy pack (France, after a refusal)
_LEADS: Final[BindParameter[list[int]]] = bindparam("lead_ids", expanding=True)
_PAST: Final = tuple(
    t.attempts.c[name]
    for name in (
        "attempt_id", "campaign_id", "lead_id", "number", "placed_at", "ringing_at", "answered_at", "connected_at",
        "ended_at", "outcome", "disposition",
    )
)  # fmt: skip
_SAME_NUMBER: Final = t.attempts.c.number == t.lead_numbers.c.e164
_HISTORY: Final = (
    select(t.lead_numbers.c.lead_id.label("for_lead"), *_PAST)
    .join(t.attempts, _SAME_NUMBER)
    .where(t.lead_numbers.c.lead_id.in_(_LEADS), t.attempts.c.placed_at >= bindparam("since", type_=UtcDateTime()))
)
_OWN: Final = select(t.attempts.c.lead_id.label("for_lead"), *_PAST).where(t.attempts.c.lead_id.in_(_LEADS))
_BOTH: Final = union(_HISTORY, _OWN).order_by("placed_at", "attempt_id")
_NOW: Final = bindparam("now", type_=UtcDateTime())
_CAMPAIGN: Final = t.lead_numbers.c.campaign_id
_MINE: Final = t.lead_numbers.c.lead_id.in_(_LEADS)
_OWN_ENTRIES: Final = in_force(t.suppressions, _CAMPAIGN, _NOW)
_HELD: Final = (
    select(t.lead_numbers.c.lead_id, t.lead_numbers.c.e164.label("number"), *t.suppressions.c)
    .join(t.suppressions, t.suppressions.c.e164 == t.lead_numbers.c.e164)
    .where(_MINE, ~t.suppressions.c.prefix, _OWN_ENTRIES)
)
_HELD_BY_PREFIX: Final = (
    select(t.lead_numbers.c.lead_id, t.lead_numbers.c.e164.label("number"), *t.suppressions.c)
    .join(t.suppressions, begins_with(t.lead_numbers.c.e164))
    .where(_MINE, t.suppressions.c.prefix, _OWN_ENTRIES)
)
_HELD_BY_REGISTER: Final = (
    select(t.lead_numbers.c.lead_id, t.lead_numbers.c.e164.label("number"), *t.registers.c)
    .join(t.registers, in_force(t.registers, _CAMPAIGN, _NOW))
    .join(
        t.register_numbers,
        and_(
            t.register_numbers.c.register_id == t.registers.c.register_id,
            t.register_numbers.c.e164 == t.lead_numbers.c.e164,
        ),
    )
    .where(_MINE)
)
_CALLING_IN: Final = (
    select(t.lead_numbers.c.lead_id, t.lead_numbers.c.e164.label("number"))
    .join(
        t.inbound_calls,
        or_(
            t.inbound_calls.c.caller == t.lead_numbers.c.e164,
            t.inbound_calls.c.lead_id == t.lead_numbers.c.lead_id,
        ),
    )
    .where(t.lead_numbers.c.lead_id.in_(_LEADS), t.inbound_calls.c.ended_at.is_(None))
)


def one(connection: Connection, lead_id: int, *, now: datetime) -> Dossier | None:
    lead = leads.by_id(connection, lead_id)
    return None if lead is None else of_leads(connection, [lead], now)[0]


def batch(connection: Connection, campaign_id: int, *, now: datetime, after: int, limit: int) -> list[Dossier]:
    return of_leads(connection, leads.page(connection, campaign_id, after=after, limit=limit), now)


def of_leads(connection: Connection, wanted: Sequence[Lead], now: datetime) -> list[Dossier]:
    if not wanted:
        return []
    ids = {"lead_ids": [lead.lead_id for lead in wanted]}
    history: dict[int, list[PastAttempt]] = defaultdict(list)
    for row in connection.execute(_BOTH, {**ids, "since": now - PERIOD}):
        history[row.for_lead].append(past_attempt_of(row))
    suppressed = _suppressed(connection, {**ids, "now": now})
    promised = callbacks.of_leads(connection, ids["lead_ids"])
    active: dict[int, set[str]] = defaultdict(set)
    for row in chain(connection.execute(person.IN_CALL, ids), connection.execute(_CALLING_IN, ids)):
        active[row.lead_id].add(row.number)
    return [
        Dossier(
            lead=lead,
            history=tuple(history.get(lead.lead_id, ())),
            suppressed=suppressed.get(lead.lead_id, {}),
            active_numbers=frozenset(active.get(lead.lead_id, ())),
            callback=promised.get(lead.lead_id),
        )
        for lead in wanted
    ]


def _suppressed(connection: Connection, wanted: dict[str, Any]) -> dict[int, dict[str, Hold]]:
    met: dict[int, dict[str, list[Hold]]] = defaultdict(lambda: defaultdict(list))
    for statement, hold_of in ((_HELD, hold), (_HELD_BY_PREFIX, hold), (_HELD_BY_REGISTER, hold_by_register)):
        for row in connection.execute(statement, wanted):
            met[row.lead_id][row.number].append(hold_of(row))
    return {
        lead_id: {number: Hold.both(several) for number, several in numbers.items()} for lead_id, numbers in met.items()
    }
