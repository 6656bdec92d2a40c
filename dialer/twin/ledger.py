"""What events do to rows in memory: the rules of `dialer.ports.Store.record`, written a second time and simply."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, Final

from campaigns.callback import Callback
from campaigns.campaign import Campaign, CampaignSettings
from campaigns.hold import Hold
from campaigns.lead import CloseReason, DueKind, Lead, LeadState
from campaigns.stage import Stage
from dialer.domain import events as e
from dialer.ports import AttemptRow, RecordingRow
from dialer.ports.inbound import InboundRow
from dialer.ports.pilots import PilotRow
from dialer.ports.suppression import RegisterRow, SuppressionEntry
from dialer.twin import callbacks, inbound, pilots

_STAYS_CLOSED: Final = (
    CloseReason.PLANNER,
    CloseReason.IMPORT_UNDONE,
    CloseReason.LOSS_PROPOSED,
    CloseReason.LOST,
)
_UNFINISHED: Final = ("RESERVED", "RECORDING", "PAUSED")


@dataclass
class Ledger:
    """All rows; `copy` before and put back after makes a transaction."""

    campaigns: dict[int, Campaign] = field(default_factory=dict)
    versions: dict[tuple[int, int], CampaignSettings] = field(default_factory=dict)
    leads: dict[int, Lead] = field(default_factory=dict)
    leases: dict[int, tuple[str, datetime]] = field(default_factory=dict)
    attempts: dict[str, AttemptRow] = field(default_factory=dict)
    made_under: dict[str, int] = field(default_factory=dict)  # attempt -> version
    recordings: dict[str, RecordingRow] = field(default_factory=dict)
    inbound: dict[str, InboundRow] = field(default_factory=dict)
    suppressions: dict[int, SuppressionEntry] = field(default_factory=dict)
    registers: dict[int, RegisterRow] = field(default_factory=dict)
    callbacks: dict[str, Callback] = field(default_factory=dict)
    pilots: dict[str, PilotRow] = field(default_factory=dict)
    undone: dict[int, datetime] = field(default_factory=dict)  # imports taken back
    register_numbers: dict[int, frozenset[str]] = field(default_factory=dict)

    def copy(self) -> Ledger:
        return Ledger(**{name: dict(getattr(self, name)) for name in self.__dataclass_fields__})

    def apply(self, event: e.DomainEvent) -> None:
        if change := _CHANGES.get(type(event)):
            change(self, event)
        elif isinstance(event, e.InboundEvent):
            inbound.apply(self, event)
        elif isinstance(event, e.PilotEvent):
            pilots.apply(self, event)

    def suppress(self, new: SuppressionEntry) -> None:
        if any(_covers(old, new) for old in self.suppressions.values()):
            return
        self.suppressions[new.suppression_id] = new
        for lead in tuple(self.leads.values()):
            if any(n.e164 == new.e164 for n in lead.numbers):
                self.close_if_suppressed(lead.lead_id)

    def close_if_suppressed(self, lead_id: int) -> None:
        lead = self.leads[lead_id]
        final = {old.e164 for old in self.suppressions.values() if _final(old)}
        if not any(n.usable and n.e164 not in final for n in lead.numbers):
            self.leads[lead_id] = replace(lead, state=LeadState.DO_NOT_CALL, due_at=None)
            self.leases.pop(lead_id, None)

    def holds(self, e164: str, now: datetime | None, campaign_id: int | None) -> list[Hold]:
        """What keeps the number from being dialled."""
        own = [
            Hold(_words(old), old.expires_at)
            for old in self.suppressions.values()
            if (e164.startswith(old.e164) if old.prefix else e164 == old.e164)
            and old.in_force(now or datetime.min.replace(tzinfo=UTC))
            and old.campaign_id in (None, campaign_id)
        ]
        registered = [
            Hold(f"register {register.name} of {register.dated}", register.expires_at)
            for register in self.registers.values()
            if register.state == "CURRENT"
            and e164 in self.register_numbers[register.register_id]
            and (register.expires_at is None or now is None or register.expires_at > now)
            and register.campaign_id in (None, campaign_id)
        ]
        return own + registered

    def _reached(self, attempt_id: str, **columns: Any) -> None:
        row = self.attempts.get(attempt_id)
        if row is not None:
            fresh = {name: value for name, value in columns.items() if getattr(row, name) is None}
            self.attempts[attempt_id] = replace(row, **fresh)

    def placed(self, event: e.CallPlaced) -> None:
        row = self.attempts[event.attempt_id]
        self.attempts[event.attempt_id] = replace(
            row, trunk=event.trunk, worker=event.worker, sip_call_id=event.sip_call_id
        )

    def ringing(self, event: e.CallRinging) -> None:
        self._reached(event.attempt_id, ringing_at=event.occurred_at)

    def answered(self, event: e.CallAnswered) -> None:
        self._reached(event.attempt_id, answered_at=event.occurred_at)

    def connected(self, event: e.CallConnected) -> None:
        self._reached(event.attempt_id, connected_at=event.occurred_at, agent_id=event.agent_id)

    def ended(self, event: e.CallEnded) -> None:
        row = self.attempts.get(event.attempt_id)
        if row is None or row.ended_at is not None:
            return
        self.attempts[event.attempt_id] = replace(
            row,
            ended_at=event.occurred_at,
            outcome=event.outcome,
            sip_status=event.sip_status,
            q850=event.q850,
            reason=event.reason,
            mos=event.mos,
            agent_id=row.agent_id or event.agent_id,
        )

    def disposed(self, event: e.CallDisposed) -> None:
        row = self.attempts.get(event.attempt_id)
        if row is None or row.disposed_at is not None:
            return
        self.attempts[event.attempt_id] = replace(
            row,
            disposed_at=event.occurred_at,
            disposition=event.code,
            note=event.note,
            agent_id=row.agent_id or event.agent_id,
        )

    def rescheduled(self, event: e.LeadRescheduled) -> None:
        self._lead(
            event.lead_id,
            state=LeadState.OPEN,
            due_at=event.due_at,
            closed_reason=None,
            agent_guaranteed=event.agent_guaranteed,
            due_kind=DueKind(event.due_kind),
            for_agent=event.for_agent,
            escalates_at=event.escalates_at,
            due_reason=event.reason,
            appointment=event,
        )

    def closed(self, event: e.LeadClosed) -> None:
        self._lead(
            event.lead_id,
            state=LeadState.CLOSED,
            due_at=None,
            closed_reason=event.reason,
            agent_guaranteed=False,
            due_kind=DueKind.RETRY,
            for_agent=None,
            escalates_at=None,
            due_reason="",
            appointment=event,
        )
        callbacks.lead_closed(self, event)

    def callback(self, event: e.CallbackEvent) -> None:
        callbacks.apply(self, event)

    def corrected(self, event: e.DispositionCorrected) -> None:
        row = self.attempts[event.attempt_id]
        self.attempts[event.attempt_id] = replace(row, disposition=event.code, note=event.note)

    def stage_moved(self, event: e.LeadStageMoved) -> None:
        lead = self.leads.get(event.lead_id)
        if lead is not None and lead.stage == event.previous:
            self.leads[event.lead_id] = replace(lead, stage=Stage(event.stage))

    def _lead(
        self, lead_id: int, *, state: LeadState, appointment: e.LeadRescheduled | e.LeadClosed, **columns: Any
    ) -> None:
        lead = self.leads.get(lead_id)
        if appointment.appointment_at is not None or appointment.appointment_cancelled:
            columns["appointment_at"] = appointment.appointment_at
        if lead is None or lead.state is LeadState.DO_NOT_CALL:
            return
        promised = columns["due_kind"] is DueKind.CALLBACK and state is LeadState.OPEN
        stays = state is not LeadState.OPEN or lead.closed_reason in _STAYS_CLOSED
        if lead.state is LeadState.CLOSED and stays and not promised:
            return
        self.leads[lead_id] = replace(lead, state=state, **columns)
        self.leases.pop(lead_id, None)

    def number_suppressed(self, event: e.NumberSuppressed) -> None:
        self.suppress(entry(len(self.suppressions) + 1, event.e164, event.reason, event.source, event.occurred_at))

    def invalidated(self, event: e.NumberInvalidated) -> None:
        lead = self.leads[event.lead_id]
        numbers = tuple(replace(n, usable=n.usable and n.e164 != event.e164) for n in lead.numbers)
        self.leads[event.lead_id] = replace(lead, numbers=numbers)

    def campaign_state(self, event: e.CampaignStateChanged) -> None:
        self.campaigns[event.campaign_id] = replace(self.campaigns[event.campaign_id], state=event.state)

    def reserved(self, event: e.RecordingReserved) -> None:
        if event.inbound:
            inbound.reserved(self, event)
            return
        attempt = self.attempts.get(event.attempt_id)
        if attempt is None or event.recording_id in self.recordings:
            return
        self.attempts[event.attempt_id] = replace(attempt, recording_id=event.recording_id, recording_path=event.path)
        self.recordings[event.recording_id] = RecordingRow(
            recording_id=event.recording_id,
            attempt_id=event.attempt_id,
            campaign_id=attempt.campaign_id,
            agent_id=attempt.agent_id,
            state="RESERVED",
            path=event.path,
            started_at=None,
        )

    def begun(self, event: e.RecordingBegun) -> None:
        self._recording(event.recording_id, ("RESERVED",), state="RECORDING", started_at=event.occurred_at)

    def finalized(self, event: e.RecordingFinalized) -> None:
        self._recording(
            event.recording_id,
            _UNFINISHED,
            state="FINALIZED",
            path=event.path,
            duration_s=event.duration_s,
            size_bytes=event.size_bytes,
            sha256=event.sha256,
            repaired=event.repaired,
            remark=event.remark,
        )

    def lost(self, event: e.RecordingLost) -> None:
        self._recording(event.recording_id, _UNFINISHED, state="LOST", remark=event.reason)

    def deleted(self, event: e.RecordingDeleted) -> None:
        self._recording(event.recording_id, ("FINALIZED",), state="DELETED", remark=event.reason)

    def held(self, event: e.RecordingHeld) -> None:
        self._hold(event.recording_id, legal_hold=True, hold_by=event.by, hold_reason=event.reason)

    def released(self, event: e.RecordingReleased) -> None:
        self._hold(event.recording_id, legal_hold=False, hold_by="", hold_reason="")

    def _hold(self, recording_id: str, **columns: Any) -> None:
        if row := self.recordings.get(recording_id):
            self.recordings[recording_id] = replace(row, **columns)

    def _recording(self, recording_id: str, states: tuple[str, ...], **columns: Any) -> None:
        row = self.recordings.get(recording_id)
        if row is None or row.state not in states:
            return
        self.recordings[recording_id] = row = replace(row, **columns)
        if row.inbound:
            self.inbound[row.attempt_id] = replace(self.inbound[row.attempt_id], recording_path=row.path)
        else:
            self.attempts[row.attempt_id] = replace(self.attempts[row.attempt_id], recording_path=row.path)


def entry(
    number: int, e164: str, reason: str, source: str, at: datetime, *, by: str = "", prefix: bool = False,
    campaign_id: int | None = None, expires_at: datetime | None = None,
) -> SuppressionEntry:  # fmt: skip
    return SuppressionEntry(
        suppression_id=number, e164=e164, prefix=prefix, campaign_id=campaign_id, reason=reason, source=source, by=by,
        at=at, expires_at=expires_at, removed_at=None, removed_by="",
    )  # fmt: skip


def _final(old: SuppressionEntry) -> bool:
    return old.removed_at is None and old.expires_at is None and old.campaign_id is None and not old.prefix


def _covers(old: SuppressionEntry, new: SuppressionEntry) -> bool:
    return (
        (old.e164, old.prefix, old.removed_at) == (new.e164, new.prefix, None)
        and old.campaign_id in (None, new.campaign_id)
        and (old.expires_at is None or (new.expires_at is not None and old.expires_at >= new.expires_at))
    )


def _words(old: SuppressionEntry) -> str:
    words = f"{old.reason} ({old.source})" if old.source else old.reason
    return f"{words}, as everything from {old.e164}" if old.prefix else words


_CHANGES: Final[Mapping[type[e.DomainEvent], Callable[[Ledger, Any], None]]] = {
    e.CallPlaced: Ledger.placed,
    e.CallRinging: Ledger.ringing,
    e.CallAnswered: Ledger.answered,
    e.CallConnected: Ledger.connected,
    e.CallEnded: Ledger.ended,
    e.CallDisposed: Ledger.disposed,
    e.LeadRescheduled: Ledger.rescheduled,
    e.LeadClosed: Ledger.closed,
    e.LeadStageMoved: Ledger.stage_moved,
    e.CallbackPromised: Ledger.callback,
    e.CallbackMoved: Ledger.callback,
    e.CallbackEscalated: Ledger.callback,
    e.CallbackSettled: Ledger.callback,
    e.CallbackReopened: Ledger.callback,
    e.DispositionCorrected: Ledger.corrected,
    e.NumberSuppressed: Ledger.number_suppressed,
    e.NumberInvalidated: Ledger.invalidated,
    e.CampaignStateChanged: Ledger.campaign_state,
    e.RecordingReserved: Ledger.reserved,
    e.RecordingBegun: Ledger.begun,
    e.RecordingFinalized: Ledger.finalized,
    e.RecordingLost: Ledger.lost,
    e.RecordingDeleted: Ledger.deleted,
    e.RecordingHeld: Ledger.held,
    e.RecordingReleased: Ledger.released,
}
