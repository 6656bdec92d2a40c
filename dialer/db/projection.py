"""Events to rows: a batch is gathered first, then written with one statement for each kind of change.

Every change may be applied again: what a call has reached stays at the first time it was reached, an ended
attempt stays as it ended, and DO_NOT_CALL is final.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from campaigns.lead import LeadState
from dialer.db.suppression import entry
from dialer.domain import events as e
from dialer.domain.events import DomainEvent

Row = dict[str, Any]


@dataclass(slots=True)
class Changes:
    """What a batch of events does to the rows, each list in the order of the events."""

    attempts: dict[str, Row] = field(default_factory=lambda: defaultdict(dict))
    leads: dict[int, Row] = field(default_factory=dict)  # the last word about a lead counts
    suppressed: list[Row] = field(default_factory=list)
    invalidated: list[Row] = field(default_factory=list)
    agent_states: list[Row] = field(default_factory=list)
    idle: list[Row] = field(default_factory=list)
    campaign_states: list[Row] = field(default_factory=list)
    campaign_history: list[Row] = field(default_factory=list)
    reserved: list[Row] = field(default_factory=list)
    begun: list[Row] = field(default_factory=list)
    finalized: list[Row] = field(default_factory=list)
    lost: list[Row] = field(default_factory=list)
    deleted: list[Row] = field(default_factory=list)
    holds: dict[str, Row] = field(default_factory=dict)  # the last word about a recording counts
    callbacks: list[e.CallbackEvent | e.LeadClosed] = field(default_factory=list)
    corrected: list[Row] = field(default_factory=list)

    def reached(self, event: e.CallEvent, **columns: Any) -> None:
        """The first event of a kind counts, inside a batch as between batches."""
        row = self.attempts[event.attempt_id]
        for name, value in columns.items():
            row.setdefault(name, value)


def changes_of(batch: Sequence[DomainEvent]) -> Changes:
    changes = Changes()
    for event in batch:
        if project := PROJECT.get(type(event)):
            project(changes, event)
    return changes


def _placed(changes: Changes, event: e.CallPlaced) -> None:
    changes.reached(event, trunk=event.trunk, worker=event.worker, sip_call_id=event.sip_call_id)


def _ringing(changes: Changes, event: e.CallRinging) -> None:
    changes.reached(event, ringing_at=event.occurred_at)


def _answered(changes: Changes, event: e.CallAnswered) -> None:
    changes.reached(event, answered_at=event.occurred_at)


def _connected(changes: Changes, event: e.CallConnected) -> None:
    changes.reached(event, connected_at=event.occurred_at, agent_id=event.agent_id)


def _message(changes: Changes, event: e.SafeHarbourStarted) -> None:
    changes.reached(event, message_at=event.occurred_at)


def _opted_out(changes: Changes, event: e.CallOptedOut) -> None:
    changes.reached(event, opted_out_at=event.occurred_at)


def _screened(changes: Changes, event: e.CallScreened) -> None:
    changes.reached(
        event,
        screening_mode=event.mode,
        screening_verdict=event.verdict,
        screening_reason=event.reason,
        screening_ms=event.delay_ms,
        screening_treatment=event.treatment,
    )


def _message_left(changes: Changes, event: e.MessageLeft) -> None:
    changes.reached(event, message_left_at=event.occurred_at)


def _person_marked(changes: Changes, event: e.CallMarkedPerson) -> None:
    changes.reached(event, person_marked_at=event.occurred_at)


def _ended(changes: Changes, event: e.CallEnded) -> None:
    if "ended_at" in changes.attempts[event.attempt_id]:
        return
    changes.reached(
        event,
        ended_at=event.occurred_at,
        outcome=event.outcome,
        sip_status=event.sip_status,
        q850=event.q850,
        reason=event.reason,
        mos=event.mos,
    )
    if event.agent_id is not None:
        changes.reached(event, agent_id=event.agent_id)


def _disposed(changes: Changes, event: e.CallDisposed) -> None:
    if "disposed_at" in changes.attempts[event.attempt_id]:
        return
    changes.reached(
        event,
        disposed_at=event.occurred_at,
        disposition=event.code,
        note=event.note,
        callback_at=event.callback_at,
        appointment_at=event.appointment_at,
        agent_id=event.agent_id,
    )


def _rescheduled(changes: Changes, event: e.LeadRescheduled) -> None:
    changes.leads[event.lead_id] = {
        "state": LeadState.OPEN,
        "due_at": event.due_at,
        "closed_reason": None,
        "agent_guaranteed": event.agent_guaranteed,
        "due_kind": event.due_kind,
        "for_agent": event.for_agent,
        "escalates_at": event.escalates_at,
        "due_reason": event.reason,
        **_appointment(event),
    }


def _appointment(event: e.LeadRescheduled | e.LeadClosed) -> Row:
    kept = event.appointment_at is None and not event.appointment_cancelled
    return {"appointment_at": event.appointment_at, "appointment_kept": kept}


def _lead_closed(changes: Changes, event: e.LeadClosed) -> None:
    changes.leads[event.lead_id] = {
        "state": LeadState.CLOSED,
        "due_at": None,
        "closed_reason": event.reason,
        "agent_guaranteed": False,
        "due_kind": "RETRY",
        "for_agent": None,
        "escalates_at": None,
        "due_reason": "",
        **_appointment(event),
    }
    changes.callbacks.append(event)


def _callback(changes: Changes, event: e.CallbackEvent) -> None:
    changes.callbacks.append(event)


def _corrected(changes: Changes, event: e.DispositionCorrected) -> None:
    changes.corrected.append(
        {
            "of_attempt": event.attempt_id,
            "disposition": event.code,
            "note": event.note,
            "callback_at": event.callback_at,
        }
    )


def _number_suppressed(changes: Changes, event: e.NumberSuppressed) -> None:
    changes.suppressed.append(
        entry(
            event.e164,
            reason=event.reason,
            source=event.source,
            at=event.occurred_at,
            from_campaign_id=event.campaign_id,
            from_lead_id=event.lead_id,
        )
    )


def _number_invalidated(changes: Changes, event: e.NumberInvalidated) -> None:
    changes.invalidated.append({"of_lead": event.lead_id, "number": event.e164})


def _agent_state(changes: Changes, event: e.AgentStateChanged) -> None:
    changes.agent_states.append(
        {
            "agent_id": event.agent_id,
            "at": event.occurred_at,
            "previous": event.previous,
            "state": event.state,
            "reason": event.reason,
            "attempt_id": event.attempt_id,
        }
    )


def _idled(changes: Changes, event: e.CampaignIdled) -> None:
    changes.idle.append({"campaign_id": event.campaign_id, "at": event.occurred_at, "reason": event.reason})


def _campaign_state(changes: Changes, event: e.CampaignStateChanged) -> None:
    changes.campaign_states.append({"of_campaign": event.campaign_id, "new_state": event.state})
    changes.campaign_history.append(
        {
            "campaign_id": event.campaign_id,
            "at": event.occurred_at,
            "previous": event.previous,
            "state": event.state,
            "changed_by": event.by,
        }
    )


def _reserved(changes: Changes, event: e.RecordingReserved) -> None:
    changes.reserved.append(
        {
            "recording_id": event.recording_id,
            "attempt_id": event.attempt_id,
            "path": event.path,
            "reserved_at": event.occurred_at,
            "inbound": event.inbound,
        }
    )


def _begun(changes: Changes, event: e.RecordingBegun) -> None:
    changes.begun.append({"of_recording": event.recording_id, "at": event.occurred_at})


def _finalized(changes: Changes, event: e.RecordingFinalized) -> None:
    changes.finalized.append(
        {
            "of_recording": event.recording_id,
            "path": event.path,
            "duration_s": event.duration_s,
            "size_bytes": event.size_bytes,
            "sha256": event.sha256,
            "repaired": event.repaired,
            "remark": event.remark,
        }
    )


def _lost(changes: Changes, event: e.RecordingLost) -> None:
    changes.lost.append({"of_recording": event.recording_id, "remark": event.reason})


def _deleted(changes: Changes, event: e.RecordingDeleted) -> None:
    changes.deleted.append({"of_recording": event.recording_id, "remark": event.reason})


def _held(changes: Changes, event: e.RecordingHeld) -> None:
    changes.holds[event.recording_id] = {"legal_hold": True, "hold_by": event.by, "hold_reason": event.reason}


def _released(changes: Changes, event: e.RecordingReleased) -> None:
    changes.holds[event.recording_id] = {"legal_hold": False, "hold_by": "", "hold_reason": ""}


# Events that are not here (waiting, trunks, workers, alarms) are journaled and change no row.
PROJECT: Final[Mapping[type[DomainEvent], Callable[[Changes, Any], None]]] = {
    e.CallPlaced: _placed,
    e.CallRinging: _ringing,
    e.CallAnswered: _answered,
    e.CallConnected: _connected,
    e.SafeHarbourStarted: _message,
    e.CallOptedOut: _opted_out,
    e.CallScreened: _screened,
    e.MessageLeft: _message_left,
    e.CallMarkedPerson: _person_marked,
    e.CallEnded: _ended,
    e.CallDisposed: _disposed,
    e.LeadRescheduled: _rescheduled,
    e.LeadClosed: _lead_closed,
    e.CallbackPromised: _callback,
    e.CallbackMoved: _callback,
    e.CallbackEscalated: _callback,
    e.CallbackSettled: _callback,
    e.CallbackReopened: _callback,
    e.DispositionCorrected: _corrected,
    e.NumberSuppressed: _number_suppressed,
    e.NumberInvalidated: _number_invalidated,
    e.AgentStateChanged: _agent_state,
    e.CampaignStateChanged: _campaign_state,
    e.CampaignIdled: _idled,
    e.RecordingReserved: _reserved,
    e.RecordingBegun: _begun,
    e.RecordingFinalized: _finalized,
    e.RecordingLost: _lost,
    e.RecordingDeleted: _deleted,
    e.RecordingHeld: _held,
    e.RecordingReleased: _released,
}

# What nobody may lose to a power cut: how calls ended, what was agreed, what was promised, who must not be
# called. The rest is the progress of calls that a power cut ends anyway.
DURABLE: Final = frozenset(
    {
        e.CallEnded,
        e.CallOptedOut,
        e.CallDisposed,
        e.InboundEnded,
        e.InboundDisposed,
        e.InboundCorrected,
        e.InboundAdopted,
        e.LeadRescheduled,
        e.LeadClosed,
        e.AppointmentMoved,
        e.AppointmentCancelled,
        e.LeadStageMoved,
        e.CallbackPromised,
        e.CallbackMoved,
        e.CallbackSettled,
        e.CallbackReopened,
        e.CallbackEscalated,
        e.DispositionCorrected,
        e.NumberSuppressed,
        e.NumberInvalidated,
        e.CampaignStateChanged,
        e.PilotStarted,
        e.PilotCompleted,
        e.PilotDecided,
        e.RecordingReserved,
        e.RecordingFinalized,
        e.RecordingLost,
        e.RecordingDeleted,
        e.RecordingHeld,
        e.RecordingReleased,
    }
)


def needs_the_disk(batch: Sequence[DomainEvent]) -> bool:
    return any(type(event) in DURABLE for event in batch)
