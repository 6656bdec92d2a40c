"""What happened, in the field's words. The journal stores these, the bus and the MQTT feed carry them.

Past tense; frozen; times aware UTC. `NAMES` gives each its dotted topic name.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

import msgspec

from campaigns.attempt import AttemptOutcome
from campaigns.callback import CallbackState
from campaigns.campaign import CampaignState
from campaigns.inbound import InboundOutcome
from campaigns.lead import CloseReason
from dialer.domain.agent import AgentState


class DomainEvent(msgspec.Struct, frozen=True, kw_only=True):
    occurred_at: datetime


class CallEvent(DomainEvent, frozen=True, kw_only=True):
    """A call is named by its attempt."""

    attempt_id: str
    campaign_id: int
    lead_id: int


class CallPlaced(CallEvent, frozen=True, kw_only=True):
    """The INVITE left."""

    sip_call_id: str
    trunk: str
    worker: str


class CallRinging(CallEvent, frozen=True, kw_only=True):
    early_media: bool = False


class CallAnswered(CallEvent, frozen=True, kw_only=True):
    """A person (or machine) picked up; the abandon clock runs from here."""


class CallWaiting(CallEvent, frozen=True, kw_only=True):
    """Answered with no agent free."""


class CallConnected(CallEvent, frozen=True, kw_only=True):
    """Customer and agent hear each other."""

    agent_id: str


class CallNearsLimit(CallEvent, frozen=True, kw_only=True):
    """The longest allowed call ends at `ends_at`, a while from now."""

    ends_at: datetime


class SafeHarbourStarted(CallEvent, frozen=True, kw_only=True):
    """The customer hears the message from now on."""


class CallOptedOut(CallEvent, frozen=True, kw_only=True):
    """He pressed the key the message named: he does not want to be called again."""

    key: str


class CallScreened(CallEvent, frozen=True, kw_only=True):
    """Person or machine, once per call: `verdict` and `reason` are sip.amd's, `mode` and `treatment` are
    campaigns.screening's. `delay_ms` counts from the answer."""

    mode: str
    verdict: str
    reason: str
    delay_ms: int
    treatment: str


class MachineAnswered(CallEvent, frozen=True, kw_only=True):
    """Nobody hears the call any more; `agent_id` is free again and has nothing to do about it."""

    treatment: str
    agent_id: str | None = None


class MessageLeft(CallEvent, frozen=True, kw_only=True):
    """Ours was spoken to its end, after the machine's greeting."""


class CallMarkedPerson(CallEvent, frozen=True, kw_only=True):
    """Its agent says that he talks to a person: no detector takes the call from him."""

    agent_id: str


class CallEnded(CallEvent, frozen=True, kw_only=True):
    """Exactly once per attempt; closes the attempt row."""

    outcome: AttemptOutcome
    sip_status: int = 0
    q850: int | None = None
    reason: str = ""
    mos: float | None = None
    agent_id: str | None = None


class CallDisposed(CallEvent, frozen=True, kw_only=True):
    agent_id: str
    code: str
    note: str = ""
    callback_at: datetime | None = None
    appointment_at: datetime | None = None


class LeadRescheduled(DomainEvent, frozen=True, kw_only=True):
    """Open again, due at `due_at`; the lease is gone. `appointment_at` None leaves the lead's as it was."""

    campaign_id: int
    lead_id: int
    due_at: datetime
    reason: str
    agent_guaranteed: bool = False
    due_kind: str = "RETRY"  # campaigns.lead.DueKind
    for_agent: str | None = None
    escalates_at: datetime | None = None
    appointment_at: datetime | None = None
    appointment_cancelled: bool = False


class LeadClosed(DomainEvent, frozen=True, kw_only=True):
    """`appointment_at` None leaves the lead's as it was."""

    campaign_id: int
    lead_id: int
    reason: CloseReason
    appointment_at: datetime | None = None
    appointment_cancelled: bool = False


class CampaignIdled(DomainEvent, frozen=True, kw_only=True):
    """From the minute `occurred_at` on the campaign placed no attempts, because of `reason`; "" is dialling again."""

    campaign_id: int
    reason: str


class AppointmentMoved(DomainEvent, frozen=True, kw_only=True):
    """Outside a call. `previous` None: booked. What it means for the lead's calls is said by an event of its own."""

    campaign_id: int
    lead_id: int
    appointment_at: datetime
    by: str
    previous: datetime | None = None
    reason: str = ""


class AppointmentCancelled(DomainEvent, frozen=True, kw_only=True):
    """Outside a call."""

    campaign_id: int
    lead_id: int
    previous: datetime
    by: str
    reason: str


class LeadStageMoved(DomainEvent, frozen=True, kw_only=True):
    """`previous` and `stage` are campaigns.stage.Stage, `move` campaigns.stage_moves.StageMove; `by` is a person."""

    campaign_id: int
    lead_id: int
    previous: str
    stage: str
    move: str
    by: str
    reason: str = ""
    attempt_id: str | None = None


class LeadDescribed(DomainEvent, frozen=True, kw_only=True):
    """A customer's details were completed: the fields that changed, before and after; `name` is one of them."""

    campaign_id: int
    lead_id: int
    by: str
    before: dict[str, str]
    after: dict[str, str]


class HandoverChanged(DomainEvent, frozen=True, kw_only=True):
    """`state` is campaigns.handover.HandoverState."""

    handover_id: int
    campaign_id: int
    lead_id: int
    state: str
    by: str
    to: str
    reason: str = ""


class LossChanged(DomainEvent, frozen=True, kw_only=True):
    """Somebody wants to give a customer up, or a supervisor decided; `state` is campaigns.handover.LossState."""

    loss_id: int
    campaign_id: int
    lead_id: int
    state: str
    by: str
    reason: str


class ScriptMoved(DomainEvent, frozen=True, kw_only=True):
    """`state` is campaigns.script_version.ScriptState of this version."""

    script: str
    version: int
    state: str
    by: str


class CallbackEvent(DomainEvent, frozen=True, kw_only=True):
    """`agent_id` None: whoever is free."""

    callback_id: str
    campaign_id: int
    lead_id: int
    agent_id: str | None = None


class CallbackPromised(CallbackEvent, frozen=True, kw_only=True):
    """`attempt_id` is the conversation it was promised in; None where it was made by hand."""

    due_at: datetime
    by: str
    attempt_id: str | None = None
    note: str = ""


class CallbackMoved(CallbackEvent, frozen=True, kw_only=True):
    """Another time, another agent, or both."""

    due_at: datetime
    previous_due_at: datetime
    previous_agent_id: str | None
    by: str
    reason: str = ""


class CallbackFellDue(CallbackEvent, frozen=True, kw_only=True):
    """Told a while before `due_at`, so that the agent can prepare."""

    due_at: datetime
    lead_name: str = ""


class CallbackEscalated(CallbackEvent, frozen=True, kw_only=True):
    """From now on anyone may keep it, because `agent_id` did not, or cannot."""

    reason: str


class CallbackSettled(CallbackEvent, frozen=True, kw_only=True):
    """`attempt_id` is the call that kept it: ours, or the one in which the customer called in first."""

    state: CallbackState
    by: str = ""
    attempt_id: str | None = None
    reason: str = ""


class CallbackReopened(CallbackEvent, frozen=True, kw_only=True):
    """What looked like a conversation was none, says its agent."""

    attempt_id: str


class DispositionCorrected(DomainEvent, frozen=True, kw_only=True):
    """`previous` was saved by mistake; what it meant for the lead is decided again."""

    attempt_id: str
    campaign_id: int
    lead_id: int
    agent_id: str
    previous: str
    code: str
    by: str
    note: str = ""
    callback_at: datetime | None = None


class InboundEvent(DomainEvent, frozen=True, kw_only=True):
    """About a call from a customer, each kind once a call."""

    inbound_id: str


class InboundArrived(InboundEvent, frozen=True, kw_only=True):
    """It rings. `caller` is E.164 where it could be read, "" where it was withheld; `lead_id` None: not known."""

    trunk: str
    worker: str
    sip_call_id: str
    caller: str
    called: str
    campaign_id: int | None = None
    lead_id: int | None = None


class InboundAnswered(InboundEvent, frozen=True, kw_only=True):
    """Caller and agent hear each other."""

    agent_id: str
    ring_s: float
    rings: int


class InboundEnded(InboundEvent, frozen=True, kw_only=True):
    outcome: InboundOutcome
    reason: str = ""
    mos: float | None = None


class InboundDisposed(InboundEvent, frozen=True, kw_only=True):
    campaign_id: int
    lead_id: int
    agent_id: str
    code: str
    note: str = ""
    callback_at: datetime | None = None


class InboundCorrected(InboundEvent, frozen=True, kw_only=True):
    """`previous` was saved by mistake; what it meant for the lead is decided again."""

    campaign_id: int
    lead_id: int
    agent_id: str
    previous: str
    code: str
    by: str
    note: str = ""
    callback_at: datetime | None = None


class InboundAdopted(InboundEvent, frozen=True, kw_only=True):
    """An unknown caller has become a lead, or was found to be one."""

    campaign_id: int
    lead_id: int
    by: str = ""


class NumberSuppressed(DomainEvent, frozen=True, kw_only=True):
    """Onto the do-not-call list; every lead whose only usable numbers are suppressed becomes DO_NOT_CALL."""

    e164: str
    reason: str
    source: str
    campaign_id: int | None = None
    lead_id: int | None = None


class NumberInvalidated(DomainEvent, frozen=True, kw_only=True):
    """This number of this lead is not dialled any more."""

    lead_id: int
    e164: str


class AgentStateChanged(DomainEvent, frozen=True, kw_only=True):
    agent_id: str
    previous: AgentState
    state: AgentState
    reason: str = ""
    attempt_id: str | None = None


class CampaignStateChanged(DomainEvent, frozen=True, kw_only=True):
    campaign_id: int
    previous: CampaignState
    state: CampaignState
    by: str = ""


class PacingChanged(DomainEvent, frozen=True, kw_only=True):
    """It dials by another mode, or by other figures of the same one; `mode` is campaigns.campaign.PacingMode."""

    campaign_id: int
    previous: str
    mode: str
    by: str = ""


class PacingNoted(DomainEvent, frozen=True, kw_only=True):
    """The automatic mode does something else from now on; `note` is campaigns.pacing.Note, "" where it has ceased to
    be automatic. The counts are those of the strictest window."""

    campaign_id: int
    note: str
    answered: int
    abandoned: int


class PacingReset(DomainEvent, frozen=True, kw_only=True):
    """What it had learned is forgotten."""

    campaign_id: int
    by: str = ""


class PreviewMoved(DomainEvent, frozen=True, kw_only=True):
    """A lead is shown to an agent, or what came of it; `state` is campaigns.pacing.PreviewState. `until` is his time
    to decide."""

    campaign_id: int
    lead_id: int
    agent_id: str
    state: str
    until: datetime
    reason: str = ""


class PilotEvent(DomainEvent, frozen=True, kw_only=True):
    """About a pilot, each kind once a pilot."""

    pilot_id: str
    campaign_id: int


class PilotStarted(PilotEvent, frozen=True, kw_only=True):
    """The fields of campaigns.pilot.PilotPlan; `version` is the campaign's."""

    version: int
    calls: int
    calls_per_agent: int
    agents: tuple[str, ...]
    by: str


class PilotCompleted(PilotEvent, frozen=True, kw_only=True):
    """As many conversations as planned: nothing more is dialled before the decision."""

    conversations: int


class PilotDecided(PilotEvent, frozen=True, kw_only=True):
    """`decision` is campaigns.pilot.PilotDecision; `version` the campaign's by now; `changed` says how its settings
    differ from those the pilot began with (field, before, after); `report` is what the decision was made upon."""

    decision: str
    version: int
    by: str
    remark: str
    changed: tuple[dict[str, Any], ...]
    report: dict[str, Any]


class RecordingReserved(DomainEvent, frozen=True, kw_only=True):
    """`attempt_id` is the call's id; `inbound` tells that it is a call from a customer."""

    recording_id: str
    attempt_id: str
    path: str  # relative to the recordings directory, final name
    inbound: bool = False


class RecordingBegun(DomainEvent, frozen=True, kw_only=True):
    recording_id: str


class RecordingFinalized(DomainEvent, frozen=True, kw_only=True):
    recording_id: str
    path: str
    duration_s: float
    size_bytes: int
    sha256: str
    repaired: bool = False
    remark: str = ""


class RecordingLost(DomainEvent, frozen=True, kw_only=True):
    """No usable sound; the row keeps the reason."""

    recording_id: str
    reason: str


class RecordingDeleted(DomainEvent, frozen=True, kw_only=True):
    """The file is gone, its row stays; `reason` says by which rule or whom."""

    recording_id: str
    reason: str


class RecordingHeld(DomainEvent, frozen=True, kw_only=True):
    """On legal hold: it is not deleted before it is released, whatever its age."""

    recording_id: str
    by: str
    reason: str


class RecordingReleased(DomainEvent, frozen=True, kw_only=True):
    """The legal hold is lifted: its age decides again."""

    recording_id: str
    by: str
    reason: str


class TrunkWentUp(DomainEvent, frozen=True, kw_only=True):
    trunk: str


class TrunkWentDown(DomainEvent, frozen=True, kw_only=True):
    trunk: str
    reason: str
    sip_status: int = 0


class WorkerWentUp(DomainEvent, frozen=True, kw_only=True):
    worker: str
    max_legs: int
    adopted: bool = False


class WorkerWentDown(DomainEvent, frozen=True, kw_only=True):
    worker: str
    reason: str
    calls_lost: int = 0


class AlarmRaised(DomainEvent, frozen=True, kw_only=True):
    """`code` is stable (trunk_breaker, trunk_misconfigured, disk_full, no_common_codec, digest_broken ...)."""

    code: str
    subject: str
    message: str


class AlarmCleared(DomainEvent, frozen=True, kw_only=True):
    code: str
    subject: str


NAMES: Final[Mapping[type[DomainEvent], str]] = {
    CallPlaced: "call.placed",
    CallRinging: "call.ringing",
    CallAnswered: "call.answered",
    CallWaiting: "call.waiting",
    CallConnected: "call.connected",
    CallNearsLimit: "call.nears_limit",
    SafeHarbourStarted: "call.safe_harbour_started",
    CallOptedOut: "call.opted_out",
    CallScreened: "call.screened",
    MachineAnswered: "call.machine_answered",
    MessageLeft: "call.message_left",
    CallMarkedPerson: "call.person_marked",
    CallEnded: "call.ended",
    CallDisposed: "call.disposed",
    LeadRescheduled: "lead.rescheduled",
    LeadClosed: "lead.closed",
    AppointmentMoved: "lead.appointment_moved",
    AppointmentCancelled: "lead.appointment_cancelled",
    LeadStageMoved: "lead.stage_moved",
    CampaignIdled: "campaign.idle",
    LeadDescribed: "lead.described",
    HandoverChanged: "handover.changed",
    LossChanged: "loss.changed",
    ScriptMoved: "script.moved",
    CallbackPromised: "callback.promised",
    CallbackMoved: "callback.moved",
    CallbackFellDue: "callback.due",
    CallbackEscalated: "callback.escalated",
    CallbackSettled: "callback.settled",
    CallbackReopened: "callback.reopened",
    DispositionCorrected: "call.disposition_corrected",
    InboundArrived: "inbound.arrived",
    InboundAnswered: "inbound.answered",
    InboundEnded: "inbound.ended",
    InboundDisposed: "inbound.disposed",
    InboundCorrected: "inbound.corrected",
    InboundAdopted: "inbound.adopted",
    NumberSuppressed: "number.suppressed",
    NumberInvalidated: "number.invalidated",
    AgentStateChanged: "agent.state_changed",
    CampaignStateChanged: "campaign.state_changed",
    PacingChanged: "campaign.pacing_changed",
    PacingNoted: "campaign.pacing_noted",
    PacingReset: "campaign.pacing_reset",
    PreviewMoved: "lead.previewed",
    PilotStarted: "pilot.started",
    PilotCompleted: "pilot.completed",
    PilotDecided: "pilot.decided",
    RecordingReserved: "recording.reserved",
    RecordingBegun: "recording.begun",
    RecordingFinalized: "recording.finalized",
    RecordingLost: "recording.lost",
    RecordingDeleted: "recording.deleted",
    RecordingHeld: "recording.held",
    RecordingReleased: "recording.released",
    TrunkWentUp: "trunk.up",
    TrunkWentDown: "trunk.down",
    WorkerWentUp: "worker.up",
    WorkerWentDown: "worker.down",
    AlarmRaised: "alarm.raised",
    AlarmCleared: "alarm.cleared",
}
