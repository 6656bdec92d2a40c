"""What events do to rows in memory: the rules of `dialer.ports.Store.record`, written a second time and simply."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from campaigns.callback import Callback, CallbackState
from campaigns.campaign import Campaign, CampaignSettings
from campaigns.lead import CloseReason, DueKind, Lead, LeadState
from campaigns.stage import Stage
from dialer.domain import events as e
from dialer.ports import AttemptRow, RecordingRow
from dialer.ports.inbound import InboundRow
from dialer.ports.pilots import PilotRow
from dialer.ports.suppression import RegisterRow, SuppressionEntry
from dialer.twin import callbacks, do_not_call, inbound, pilots
from dialer.twin.do_not_call import entry
from dialer.twin.due import DueByCampaign
from dialer.twin.table import Grouped, Table

_STAYS_CLOSED: Final = (
    CloseReason.PLANNER,
    CloseReason.IMPORT_UNDONE,
    CloseReason.LOSS_PROPOSED,
    CloseReason.LOST,
    CloseReason.OPTED_OUT,
)
_UNFINISHED: Final = ("RESERVED", "RECORDING", "PAUSED")


class Ledger:
    """All rows. `begin` before and `take_back` after makes a transaction of what lies between."""

    def __init__(self) -> None:
        self.due = DueByCampaign()
        self.listed: Grouped[int, Lead, int] = Grouped(lambda lead: (lead.campaign_id,))
        self.reached_on: Grouped[int, Lead, str] = Grouped(lambda lead: (n.e164 for n in lead.numbers))
        self.made_to: Grouped[str, AttemptRow, int] = Grouped(lambda row: (row.lead_id,))
        self.made_on: Grouped[str, AttemptRow, str] = Grouped(lambda row: (row.number,))
        self.under_way: Grouped[str, AttemptRow, int | str] = Grouped(_under_way)
        self.calling_in: Grouped[str, InboundRow, bool] = Grouped(lambda row: (row.ended_at is None,))
        self.promised: Grouped[str, Callback, int] = Grouped(_promised)
        self.campaigns: Table[int, Campaign] = Table()
        self.versions: Table[tuple[int, int], CampaignSettings] = Table()
        self.leads: Table[int, Lead] = Table(self.due, self.listed, self.reached_on)
        self.leases: Table[int, tuple[str, datetime]] = Table()
        self.attempts: Table[str, AttemptRow] = Table(self.made_to, self.made_on, self.under_way)
        self.made_under: Table[str, int] = Table()  # attempt -> version
        self.recordings: Table[str, RecordingRow] = Table()
        self.inbound: Table[str, InboundRow] = Table(self.calling_in)
        self.held_on: Grouped[int, SuppressionEntry, str] = Grouped(lambda old: (old.e164,))
        self.held_from: Grouped[int, SuppressionEntry, bool] = Grouped(lambda old: (old.prefix,))
        self.suppressions: Table[int, SuppressionEntry] = Table(self.held_on, self.held_from)
        self.registers: Table[int, RegisterRow] = Table()
        self.callbacks: Table[str, Callback] = Table(self.promised)
        self.pilots: Table[str, PilotRow] = Table()
        self.undone: Table[int, datetime] = Table()  # imports taken back
        self.register_numbers: Table[int, frozenset[str]] = Table()

    def begin(self) -> None:
        for table in self._tables():
            table.begin()

    def keep(self) -> None:
        for table in self._tables():
            table.keep()

    def take_back(self) -> None:
        for table in self._tables():
            table.take_back()

    def _tables(self) -> list[Table[Any, Any]]:
        return [table for table in vars(self).values() if isinstance(table, Table)]

    def apply(self, event: e.DomainEvent) -> None:
        if change := _CHANGES.get(type(event)):
            change(self, event)
        elif isinstance(event, e.InboundEvent):
            inbound.apply(self, event)
        elif isinstance(event, e.PilotEvent):
            pilots.apply(self, event)

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

    def message(self, event: e.SafeHarbourStarted) -> None:
        self._reached(event.attempt_id, message_at=event.occurred_at)

    def opted_out(self, event: e.CallOptedOut) -> None:
        self._reached(event.attempt_id, opted_out_at=event.occurred_at)

    def screened(self, event: e.CallScreened) -> None:
        self._reached(
            event.attempt_id, screening_mode=event.mode, screening_verdict=event.verdict,
            screening_reason=event.reason, screening_ms=event.delay_ms, screening_treatment=event.treatment,
        )  # fmt: skip

    def message_left(self, event: e.MessageLeft) -> None:
        self._reached(event.attempt_id, message_left_at=event.occurred_at)

    def person_marked(self, event: e.CallMarkedPerson) -> None:
        self._reached(event.attempt_id, person_marked_at=event.occurred_at)

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
        held = entry(len(self.suppressions) + 1, event.e164, event.reason, event.source, event.occurred_at)
        do_not_call.suppress(self, held)

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


def _under_way(row: AttemptRow) -> tuple[int | str, ...]:
    return (row.lead_id, row.number) if row.ended_at is None else ()


def _promised(callback: Callback) -> tuple[int, ...]:
    return (callback.lead_id,) if callback.state is CallbackState.OPEN else ()


_CHANGES: Final[Mapping[type[e.DomainEvent], Callable[[Ledger, Any], None]]] = {
    e.CallPlaced: Ledger.placed,
    e.CallRinging: Ledger.ringing,
    e.CallAnswered: Ledger.answered,
    e.CallConnected: Ledger.connected,
    e.SafeHarbourStarted: Ledger.message,
    e.CallOptedOut: Ledger.opted_out,
    e.CallScreened: Ledger.screened,
    e.MessageLeft: Ledger.message_left,
    e.CallMarkedPerson: Ledger.person_marked,
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
