"""What the rules need to know about leads, gathered with a fixed number of queries for any number of leads."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import BindParameter, Connection, bindparam, select, union

from campaigns.attempt import PastAttempt
from campaigns.lead import Dossier, Lead
from dialer.db import leads
from dialer.db import tables as t
from dialer.db.mapping import past_attempt_of
from dialer.db.suppression import described
from dialer.db.types import UtcDateTime

PERIOD: Final = timedelta(days=60)  # the longest lockout of a shipped policy pack (France, after a refusal)
_LEADS: Final[BindParameter[list[int]]] = bindparam("lead_ids", expanding=True)
_PAST: Final = tuple(
    t.attempts.c[name]
    for name in (
        "attempt_id", "campaign_id", "lead_id", "number", "placed_at", "ringing_at", "answered_at", "ended_at",
        "outcome", "disposition",
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
_SUPPRESSED: Final = (
    select(t.lead_numbers.c.lead_id, t.suppressions.c.e164, t.suppressions.c.reason, t.suppressions.c.source)
    .join(t.suppressions, t.suppressions.c.e164 == t.lead_numbers.c.e164)
    .where(t.lead_numbers.c.lead_id.in_(_LEADS))
)
_ACTIVE: Final = (
    select(t.lead_numbers.c.lead_id, t.attempts.c.number)
    .join(t.attempts, _SAME_NUMBER)
    .where(t.lead_numbers.c.lead_id.in_(_LEADS), t.attempts.c.ended_at.is_(None))
)


def one(connection: Connection, lead_id: int, *, now: datetime) -> Dossier | None:
    lead = leads.by_id(connection, lead_id)
    return None if lead is None else _dossiers(connection, [lead], now)[0]


def batch(connection: Connection, campaign_id: int, *, now: datetime, after: int, limit: int) -> list[Dossier]:
    return _dossiers(connection, leads.page(connection, campaign_id, state=None, after=after, limit=limit), now)


def _dossiers(connection: Connection, wanted: Sequence[Lead], now: datetime) -> list[Dossier]:
    if not wanted:
        return []
    ids = {"lead_ids": [lead.lead_id for lead in wanted]}
    history: dict[int, list[PastAttempt]] = defaultdict(list)
    for row in connection.execute(_BOTH, {**ids, "since": now - PERIOD}):
        history[row.for_lead].append(past_attempt_of(row))
    suppressed: dict[int, dict[str, str]] = defaultdict(dict)
    for row in connection.execute(_SUPPRESSED, ids):
        suppressed[row.lead_id][row.e164] = described(row.reason, row.source)
    active: dict[int, set[str]] = defaultdict(set)
    for row in connection.execute(_ACTIVE, ids):
        active[row.lead_id].add(row.number)
    return [
        Dossier(
            lead=lead,
            history=tuple(history[lead.lead_id]),
            suppressed=suppressed[lead.lead_id],
            active_numbers=frozenset(active[lead.lead_id]),
        )
        for lead in wanted
    ]
