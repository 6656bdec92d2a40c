"""Dossiers of leads that have nothing of their own but numbers and a history, read by the ten thousand.

They hold what the rules ask for. Names, fields and the like, for people to read, stay in the database.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import lru_cache
from itertools import groupby
from operator import itemgetter
from typing import Any, Final

from sqlalchemy import Boolean, Connection, TextualSelect, bindparam, text

from campaigns.attempt import PastAttempt
from campaigns.lead import CloseReason, Dossier, Lead, LeadNumber
from dialer.db.dossiers import PERIOD
from dialer.db.mapping import KINDS, STATES, outcome_of
from dialer.db.several import given, several
from dialer.db.types import UtcDateTime

_PAST: Final = (
    "a.attempt_id, a.campaign_id, a.lead_id, a.number, a.placed_at, a.answered_at, a.ended_at, a.outcome, "
    "a.disposition, a.ringing_at IS NOT NULL OR a.answered_at IS NOT NULL OR COALESCE(a.outcome, 'LOST') = 'LOST' "
    "AS rang, a.connected_at IS NOT NULL AS talked"
)
_LEAD: Final = itemgetter(0)


def of_leads(connection: Connection, lead_ids: Sequence[int], *, now: datetime) -> list[Dossier]:
    """In the order of their numbers; of those that are left."""
    postgresql = connection.dialect.name == "postgresql"
    wanted = {"lead_ids": several(lead_ids, postgresql)}
    history: dict[int, list[PastAttempt]] = defaultdict(list)
    for for_lead, *past in connection.execute(_history(postgresql), {**wanted, "since": now - PERIOD}):
        history[for_lead].append(_past(*past))
    rows = connection.execute(_leads(postgresql), wanted)
    return [
        Dossier(lead=_lead(list(own)), history=tuple(history.get(lead_id, ())))
        for lead_id, own in groupby(rows, key=_LEAD)
    ]


@lru_cache
def _leads(postgresql: bool) -> TextualSelect:
    """One row for each of a lead's numbers."""
    return text(
        f"""
        SELECT l.lead_id, l.campaign_id, l.country, l.time_zone, l.state, l.closed_reason, l.due_at, l.due_kind,
            l.created_at, l.agent_guaranteed, n.number_id, n.e164, n.kind, n.position, n.usable
        FROM {_given(postgresql)} CROSS JOIN leads AS l LEFT JOIN lead_numbers AS n ON n.lead_id = l.lead_id
        WHERE l.lead_id = lead_ids.value ORDER BY l.lead_id, n.position, n.number_id
        """  # noqa: S608 - constants
    ).columns(due_at=UtcDateTime(), created_at=UtcDateTime(), usable=Boolean(), agent_guaranteed=Boolean())


@lru_cache
def _history(postgresql: bool) -> TextualSelect:
    """The lead's own attempts, and those of others on its numbers."""
    return (
        text(
            f"""
            SELECT DISTINCT n.lead_id AS for_lead, {_PAST}
            FROM {_given(postgresql)} CROSS JOIN lead_numbers AS n CROSS JOIN attempts AS a
            WHERE n.lead_id = lead_ids.value AND a.number = n.e164 AND a.placed_at >= :since AND a.lead_id <> n.lead_id
            UNION ALL SELECT a.lead_id, {_PAST} FROM {_given(postgresql)} CROSS JOIN attempts AS a
            WHERE a.lead_id = lead_ids.value
            ORDER BY placed_at, attempt_id
            """  # noqa: S608 - constants
        )
        .bindparams(bindparam("since", type_=UtcDateTime()))
        .columns(
            placed_at=UtcDateTime(), answered_at=UtcDateTime(), ended_at=UtcDateTime(), rang=Boolean(), talked=Boolean()
        )
    )


def _given(postgresql: bool) -> str:
    return given("lead_ids", postgresql, "bigint")


def _past(
    attempt_id: str, campaign_id: int, lead_id: int, number: str, placed_at: datetime, answered_at: datetime | None,
    ended_at: datetime | None, outcome: str | None, disposition: str | None, rang: bool, talked: bool,
) -> PastAttempt:  # fmt: skip
    return PastAttempt(
        attempt_id=attempt_id, campaign_id=campaign_id, lead_id=lead_id, number=number, placed_at=placed_at,
        answered_at=answered_at, ended_at=ended_at, outcome=outcome_of(outcome), disposition=disposition, rang=rang,
        talked=talked,
    )  # fmt: skip


def _lead(rows: Sequence[Sequence[Any]]) -> Lead:
    lead_id, campaign_id, country, time_zone, state, closed_reason, due_at, due_kind, created_at, *more = rows[0]
    return Lead(
        lead_id=lead_id, campaign_id=campaign_id, name="", numbers=tuple(_numbers(rows)), country=country,
        time_zone=time_zone, state=STATES[state], due_at=due_at,
        closed_reason=None if closed_reason is None else CloseReason(closed_reason), due_kind=KINDS[due_kind],
        created_at=created_at, agent_guaranteed=more[0],
    )  # fmt: skip


def _numbers(rows: Iterable[Sequence[Any]]) -> Iterable[LeadNumber]:
    for *_, number_id, e164, kind, position, usable in rows:
        if number_id is not None:
            yield LeadNumber(number_id=number_id, e164=e164, kind=kind, position=position, usable=usable)
