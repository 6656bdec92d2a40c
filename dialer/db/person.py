"""One person, however many leads: whoever shares a number is the same person, in whatever list or campaign.

Nobody is called twice at the same time, on this or any other of his numbers.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import ColumnElement, Connection, bindparam, exists, select, text, union

from dialer.db import tables as t

_MINE: Final = t.lead_numbers.alias("mine")
_SHARED: Final = t.lead_numbers.alias("shared")
_ACTIVE: Final = t.attempts.c.ended_at.is_(None)
_THIS: Final = bindparam("lead_id", type_=t.leads.c.lead_id.type)
_BY_NUMBER: Final = (
    select(_MINE.c.lead_id, t.attempts.c.number).join(t.attempts, t.attempts.c.number == _MINE.c.e164).where(_ACTIVE)
)
_BY_LEAD: Final = (
    select(_MINE.c.lead_id, t.attempts.c.number)
    .join(_SHARED, _SHARED.c.e164 == _MINE.c.e164)
    .join(t.attempts, t.attempts.c.lead_id == _SHARED.c.lead_id)
    .where(_ACTIVE)
)
_OF_LEADS: Final = _MINE.c.lead_id.in_(bindparam("lead_ids", expanding=True))
# Numbers on which the persons behind these leads are called at this moment, whichever lead the call belongs to.
IN_CALL: Final = union(_BY_NUMBER.where(_OF_LEADS), _BY_LEAD.where(_OF_LEADS))

_LOCK: Final = text(
    """
    SELECT pg_advisory_xact_lock(key) FROM (
        SELECT DISTINCT hashtextextended(e164, 0) AS key FROM lead_numbers WHERE lead_id = :lead_id ORDER BY key
    ) AS keys
    """
)


def called_now() -> ColumnElement[bool]:
    """Of the lead `:lead_id`; for the very statement that writes its attempt."""
    mine = _MINE.c.lead_id == _THIS
    by_number = exists().where(mine, t.attempts.c.number == _MINE.c.e164, _ACTIVE)
    by_lead = exists().where(
        mine, _SHARED.c.e164 == _MINE.c.e164, t.attempts.c.lead_id == _SHARED.c.lead_id, _ACTIVE
    )  # fmt: skip
    return by_number | by_lead


def lock(connection: Connection, lead_id: int) -> None:
    """Until the end of the transaction. SQLite has one writer; on PostgreSQL two transactions about one person would
    otherwise not see each other's attempt: whoever shares a number waits for it here."""
    if connection.dialect.name == "postgresql":
        connection.execute(_LOCK, {"lead_id": lead_id})
