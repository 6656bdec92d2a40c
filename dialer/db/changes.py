"""Write what a batch of events changes: one statement for each kind, however many events."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Final

import structlog
from sqlalchemy import Boolean, Connection, Update, and_, bindparam, case, func, or_, update

from campaigns.lead import CloseReason, DueKind, LeadState
from dialer.db import callbacks, inbound, journal, pilots, stages, suppression
from dialer.db import tables as t
from dialer.db.database import dialect_insert
from dialer.db.leads import NO_LEASE
from dialer.db.projection import Changes, Row, changes_of
from dialer.db.types import UtcDateTime
from dialer.domain.events import DomainEvent, LeadStageMoved, PilotEvent

log = structlog.get_logger(__name__)

# These statements are carried out for many rows at once, which `in_` and `not_in` do not allow.

# Closed by a planner's decision: a call that was still under way then does not open the lead again.
_STAYS_CLOSED: Final = (
    CloseReason.PLANNER,
    CloseReason.IMPORT_UNDONE,
    CloseReason.LOSS_PROPOSED,
    CloseReason.LOST,
    CloseReason.OPTED_OUT,
)

_LATEST: Final = frozenset({"trunk", "worker", "sip_call_id"})
_AT_END: Final = frozenset({"outcome", "sip_status", "q850", "reason", "mos"})
_AT_DISPOSAL: Final = frozenset({"disposition", "note", "callback_at", "appointment_at"})


@lru_cache(maxsize=128)
def _attempt_update(names: tuple[str, ...]) -> Update:
    """Sets only what is given: columns left alone cost no index work.

    The right-hand sides see the row as it was: an ended attempt keeps its end, a disposed one its disposition.
    """
    return (
        update(t.attempts)
        .where(t.attempts.c.attempt_id == bindparam("of_attempt"))
        .values({name: _settled(name) for name in names})
    )


def _settled(name: str) -> Any:
    column = t.attempts.c[name]
    given = bindparam(f"new_{name}", type_=column.type)
    if name in _LATEST:
        return given
    if name in _AT_END:
        return case((t.attempts.c.ended_at.is_(None), given), else_=column)
    if name in _AT_DISPOSAL:
        return case((t.attempts.c.disposed_at.is_(None), given), else_=column)
    return func.coalesce(column, given)


_LEAD: Final = (
    update(t.leads)
    .where(
        t.leads.c.lead_id == bindparam("of_lead"),
        or_(
            t.leads.c.state == LeadState.OPEN,
            and_(
                t.leads.c.state == LeadState.CLOSED,
                *(t.leads.c.closed_reason != reason for reason in _STAYS_CLOSED),
                bindparam("new_state", type_=t.leads.c.state.type) == LeadState.OPEN,
            ),
            # A promise is kept, whatever became of the list meanwhile.
            and_(
                t.leads.c.state == LeadState.CLOSED,
                bindparam("new_due_kind", type_=t.leads.c.due_kind.type) == DueKind.CALLBACK,
            ),
        ),
    )
    .values(
        state=bindparam("new_state", type_=t.leads.c.state.type),
        due_at=bindparam("new_due_at", type_=UtcDateTime()),
        closed_reason=bindparam("new_closed_reason", type_=t.leads.c.closed_reason.type),
        agent_guaranteed=bindparam("new_agent_guaranteed", type_=t.leads.c.agent_guaranteed.type),
        due_kind=bindparam("new_due_kind", type_=t.leads.c.due_kind.type),
        for_agent=bindparam("new_for_agent", type_=t.leads.c.for_agent.type),
        escalates_at=bindparam("new_escalates_at", type_=UtcDateTime()),
        due_reason=bindparam("new_due_reason", type_=t.leads.c.due_reason.type),
        appointment_at=case(
            (bindparam("new_appointment_kept", type_=Boolean()), t.leads.c.appointment_at),
            else_=bindparam("new_appointment_at", type_=UtcDateTime()),
        ),
        **NO_LEASE,
    )
)
_INVALIDATED: Final = (
    update(t.lead_numbers)
    .where(t.lead_numbers.c.lead_id == bindparam("of_lead"), t.lead_numbers.c.e164 == bindparam("number"))
    .values(usable=False)
)
_CAMPAIGN: Final = (
    update(t.campaigns)
    .where(t.campaigns.c.campaign_id == bindparam("of_campaign"))
    .values(state=bindparam("new_state"))
)
_OF_RECORDING: Final = t.recordings.c.recording_id == bindparam("of_recording")
_IN_WORK: Final = or_(*(t.recordings.c.state == state for state in ("RESERVED", "RECORDING", "PAUSED")))
_BEGUN: Final = (
    update(t.recordings)
    .where(_OF_RECORDING, t.recordings.c.state == "RESERVED")
    .values(state="RECORDING", started_at=bindparam("at", type_=UtcDateTime()))
)
_FINALIZED: Final = (
    update(t.recordings)
    .where(_OF_RECORDING, _IN_WORK)
    .values(
        state="FINALIZED",
        **{
            name: bindparam(f"new_{name}", type_=t.recordings.c[name].type)
            for name in ("path", "duration_s", "size_bytes", "sha256", "repaired", "remark")
        },
    )
)
_LOST: Final = update(t.recordings).where(_OF_RECORDING, _IN_WORK).values(state="LOST", remark=bindparam("new_remark"))

_DELETED: Final = (
    update(t.recordings)
    .where(_OF_RECORDING, t.recordings.c.state == "FINALIZED")
    .values(state="DELETED", remark=bindparam("new_remark"))
)

_HOLD: Final = (
    update(t.recordings)
    .where(_OF_RECORDING)
    .values({name: bindparam(f"new_{name}") for name in ("legal_hold", "hold_by", "hold_reason")})
)


def record(connection: Connection, batch: Sequence[DomainEvent]) -> None:
    if not batch:
        return
    journal.lock(connection)
    changes = changes_of(batch)
    _write_calls(connection, changes)
    inbound.write(connection, batch)
    _write_corrections(connection, changes)
    _write_leads(connection, changes)
    _write_states(connection, changes)
    _write_recordings(connection, changes)
    callbacks.apply(connection, changes.callbacks)
    stages.apply(connection, [event for event in batch if isinstance(event, LeadStageMoved)])
    pilots.apply(connection, [event for event in batch if isinstance(event, PilotEvent)])
    journal.append(connection, batch)


def _write_calls(connection: Connection, changes: Changes) -> None:
    """Attempts that reached the same things share a statement; in the order of ids, so that nobody deadlocks."""
    alike: dict[tuple[str, ...], list[Row]] = defaultdict(list)
    for attempt_id, row in sorted(changes.attempts.items()):
        alike[tuple(sorted(row))].append({"of_attempt": attempt_id, **_new(row)})
    for names, rows in alike.items():
        if connection.execute(_attempt_update(names), rows).rowcount < len(rows):
            log.error("events for an attempt that was never opened", among=[row["of_attempt"] for row in rows])


def _write_corrections(connection: Connection, changes: Changes) -> None:
    """Of the agents' decisions: the last word counts, the earlier ones are in the journal."""
    for row in changes.corrected:
        values = {name: value for name, value in row.items() if name != "of_attempt"}
        connection.execute(update(t.attempts).where(t.attempts.c.attempt_id == row["of_attempt"]).values(**values))


def _write_leads(connection: Connection, changes: Changes) -> None:
    """Suppressions last: whatever else was said about the lead, it is not called again."""
    _many(connection, _INVALIDATED, changes.invalidated)
    _many(connection, _LEAD, [{"of_lead": lead_id, **_new(row)} for lead_id, row in sorted(changes.leads.items())])
    if changes.suppressed:
        suppression.suppress(connection, changes.suppressed)


def _write_states(connection: Connection, changes: Changes) -> None:
    _many(connection, t.agent_states.insert(), changes.agent_states)
    _many(connection, _CAMPAIGN, changes.campaign_states)
    _many(connection, t.campaign_states.insert(), changes.campaign_history)
    _many(connection, t.campaign_idle.insert(), changes.idle)


def _write_recordings(connection: Connection, changes: Changes) -> None:
    for row in changes.reserved:
        _reserve(connection, row)
    _many(connection, _BEGUN, changes.begun)
    _many(connection, _FINALIZED, [_renamed(row) for row in changes.finalized])
    _many(connection, _LOST, [_renamed(row) for row in changes.lost])
    _many(connection, _DELETED, [_renamed(row) for row in changes.deleted])
    _many(connection, _HOLD, [{"of_recording": name, **_new(row)} for name, row in sorted(changes.holds.items())])


def _reserve(connection: Connection, row: Row) -> None:
    """Tied to its call on both sides, so that lists of calls need not search."""
    calls, key = (t.inbound_calls, "inbound_id") if row["inbound"] else (t.attempts, "attempt_id")
    known = update(calls).where(calls.c[key] == row["attempt_id"])
    if not connection.execute(known.values(recording_id=row["recording_id"])).rowcount:
        log.error("recording of a call that was never opened", recording=row["recording_id"])
        return
    own = {name: value for name, value in row.items() if name not in ("attempt_id", "inbound")}
    new = {**own, key: row["attempt_id"], "state": "RESERVED", "repaired": False, "remark": ""}
    connection.execute(dialect_insert(connection, t.recordings).on_conflict_do_nothing(), new)


def _new(row: Row) -> Row:
    return {f"new_{name}": value for name, value in row.items()}


def _renamed(row: Row) -> Row:
    """Parameters must not be named as the columns they set."""
    return {name if name.startswith("of_") else f"new_{name}": value for name, value in row.items()}


def _many(connection: Connection, statement: Any, rows: list[Row]) -> None:
    if rows:
        connection.execute(statement, rows)
