"""Where an event goes in the feed: `call/<attempt>/answered`. State topics are retained, for whoever comes late."""

from __future__ import annotations

from typing import Final

from dialer.domain.events import (
    NAMES,
    AgentStateChanged,
    AlarmCleared,
    AlarmRaised,
    AppointmentCancelled,
    AppointmentMoved,
    CallbackEscalated,
    CallbackFellDue,
    CallbackMoved,
    CallbackPromised,
    CallbackReopened,
    CallbackSettled,
    CallEvent,
    CampaignIdled,
    CampaignStateChanged,
    DispositionCorrected,
    DomainEvent,
    HandoverChanged,
    InboundAdopted,
    InboundAnswered,
    InboundArrived,
    InboundCorrected,
    InboundDisposed,
    InboundEnded,
    LeadClosed,
    LeadDescribed,
    LeadRescheduled,
    LeadStageMoved,
    LossChanged,
    PacingChanged,
    PacingNoted,
    PacingReset,
    PilotCompleted,
    PilotDecided,
    PilotStarted,
    PreviewMoved,
    RecordingBegun,
    RecordingDeleted,
    RecordingFinalized,
    RecordingHeld,
    RecordingLost,
    RecordingReleased,
    RecordingReserved,
    ScriptMoved,
    TrunkWentDown,
    TrunkWentUp,
    WorkerWentDown,
    WorkerWentUp,
)

# The field that stands in the middle of the topic; none for numbers, which have no place in one.
_NAMED_BY: Final[dict[type[DomainEvent], str]] = {
    LeadRescheduled: "lead_id",
    LeadClosed: "lead_id",
    AppointmentMoved: "lead_id",
    AppointmentCancelled: "lead_id",
    LeadStageMoved: "lead_id",
    CampaignIdled: "campaign_id",
    PacingChanged: "campaign_id",
    PacingNoted: "campaign_id",
    PacingReset: "campaign_id",
    PreviewMoved: "lead_id",
    LeadDescribed: "lead_id",
    HandoverChanged: "handover_id",
    LossChanged: "loss_id",
    ScriptMoved: "script",
    CallbackPromised: "callback_id",
    CallbackMoved: "callback_id",
    CallbackFellDue: "callback_id",
    CallbackEscalated: "callback_id",
    CallbackSettled: "callback_id",
    CallbackReopened: "callback_id",
    DispositionCorrected: "attempt_id",
    InboundArrived: "inbound_id",
    InboundAnswered: "inbound_id",
    InboundEnded: "inbound_id",
    InboundDisposed: "inbound_id",
    InboundCorrected: "inbound_id",
    InboundAdopted: "inbound_id",
    PilotStarted: "pilot_id",
    PilotCompleted: "pilot_id",
    PilotDecided: "pilot_id",
    RecordingReserved: "recording_id",
    RecordingBegun: "recording_id",
    RecordingFinalized: "recording_id",
    RecordingLost: "recording_id",
    RecordingDeleted: "recording_id",
    RecordingHeld: "recording_id",
    RecordingReleased: "recording_id",
}
_STATES: Final[dict[type[DomainEvent], tuple[str, ...]]] = {
    AgentStateChanged: ("agent_id",),
    CampaignStateChanged: ("campaign_id",),
    TrunkWentUp: ("trunk",),
    TrunkWentDown: ("trunk",),
    WorkerWentUp: ("worker",),
    WorkerWentDown: ("worker",),
    AlarmRaised: ("code", "subject"),
    AlarmCleared: ("code", "subject"),
}
_NOT_IN_TOPICS: Final = str.maketrans({char: f"%{ord(char):02X}" for char in "/+#%\0"})


def subject(event: DomainEvent) -> tuple[str, bool]:
    """Topic below the site's root, and whether the broker keeps the last one."""
    kind = type(event)
    group, _, happened = NAMES[kind].partition(".")
    if kind in _STATES:
        return "/".join((group, *_values(event, *_STATES[kind]), "state")), True
    if isinstance(event, CallEvent):
        return "/".join((group, *_values(event, "attempt_id"), happened)), False
    if kind in _NAMED_BY:
        return "/".join((group, *_values(event, _NAMED_BY[kind]), happened)), False
    return f"{group}/{happened}", False


def _values(event: DomainEvent, *names: str) -> list[str]:
    return [str(getattr(event, name)).translate(_NOT_IN_TOPICS) for name in names]
