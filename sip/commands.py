"""What a line worker is told. Commands carry an id; the same id is carried out once and answered the same."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from sip.amd import AmdSettings
from sip.trunks import Trunk


class HangupReason(StrEnum):
    """Why we end a leg; told to the party in a Reason header (RFC 3326) where it helps."""

    NORMAL = "normal"
    CANCELLED = "cancelled"  # before an answer, by our own decision
    RING_TIMEOUT = "ring_timeout"
    ABANDONED = "abandoned"
    LONGEST_CALL = "longest_call"
    SHUTDOWN = "shutdown"


class Command(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    command_id: str


class PlaceLeg(Command, frozen=True, kw_only=True, tag=True):
    """Call `destination`: E.164 digits over `trunk`, or a full `sip:` address with `trunk` empty (agents' phones).

    `sip_call_id` becomes the Call-ID header. Ring time counts from the INVITE. `auto_answer` adds the
    Call-Info answer-after=0 and Alert-Info headers that desk and soft phones understand.
    """

    leg_id: str
    destination: str
    trunk: str = ""
    sip_call_id: str = ""
    caller_id: str = ""
    caller_name: str = ""
    p_asserted_identity: str = ""
    headers: dict[str, str] = {}
    ring_time_s: float = 25.0
    no_progress_s: float = 5.0
    auto_answer: bool = False


class RingLeg(Command, frozen=True, kw_only=True, tag=True):
    """Inbound leg: send 180, or 183 with early media playing `early_media_file`."""

    leg_id: str
    early_media_file: str = ""


class AnswerLeg(Command, frozen=True, kw_only=True, tag=True):
    """Inbound leg: 200. With `send_media` false the leg never sends RTP."""

    leg_id: str
    send_media: bool = True


class RejectLeg(Command, frozen=True, kw_only=True, tag=True):
    """Inbound leg: final response `sip_status` (300-699) with an optional Q.850 Reason."""

    leg_id: str
    sip_status: int
    q850: int | None = None


class HangupLeg(Command, frozen=True, kw_only=True, tag=True):
    leg_id: str
    reason: HangupReason = HangupReason.NORMAL


class BridgeLegs(Command, frozen=True, kw_only=True, tag=True):
    """Both hear each other; kept through re-INVITEs. Any earlier bridge or playback to either leg ends."""

    leg_id: str
    other_leg_id: str


class UnbridgeLegs(Command, frozen=True, kw_only=True, tag=True):
    leg_id: str
    other_leg_id: str


class StartRecording(Command, frozen=True, kw_only=True, tag=True):
    """Two mono WAV files (8 kHz, 16 bit) in `directory`: `<recording_id>.customer.wav`, `<recording_id>.agent.wav`.

    Both start at the same sample and stay aligned through hold and unbridging.
    """

    recording_id: str
    customer_leg: str
    agent_leg: str
    directory: str


class PauseRecording(Command, frozen=True, kw_only=True, tag=True):
    recording_id: str


class ResumeRecording(Command, frozen=True, kw_only=True, tag=True):
    recording_id: str


class StopRecording(Command, frozen=True, kw_only=True, tag=True):
    recording_id: str


class PlayFile(Command, frozen=True, kw_only=True, tag=True):
    """Play a WAV (8 kHz mono 16 bit) to one leg; `PlaybackStarted` follows, and `PlaybackFinished` unless `loop`."""

    playback_id: str
    leg_id: str
    path: str
    loop: bool = False


class StopPlaying(Command, frozen=True, kw_only=True, tag=True):
    playback_id: str


class SendDtmf(Command, frozen=True, kw_only=True, tag=True):
    """RFC 4733 telephone events; digits from 0-9 * # A-D."""

    leg_id: str
    digits: str
    duration_ms: int = 160


class ScreenLeg(Command, frozen=True, kw_only=True, tag=True):
    """Tell person from machine by listening from the answer on; may be asked for before it, and again without effect.

    `LegScreened` follows exactly once, also where the leg ends first, unless `StopScreening` came before or the leg is
    never answered. With `await_greeting` `GreetingOver` follows the verdict MACHINE.
    """

    leg_id: str
    settings: AmdSettings = msgspec.field(default_factory=AmdSettings)
    await_greeting: bool = False


class StopScreening(Command, frozen=True, kw_only=True, tag=True):
    """Nothing more is told about who answered. Nothing happens where nobody listens any more."""

    leg_id: str


class ReadLevels(Command, frozen=True, kw_only=True, tag=True):
    leg_id: str


class ReadStatistics(Command, frozen=True, kw_only=True, tag=True):
    leg_id: str


class ConnectTrunk(Command, frozen=True, kw_only=True, tag=True):
    trunk: Trunk


class DisconnectTrunk(Command, frozen=True, kw_only=True, tag=True):
    name: str


class Shutdown(Command, frozen=True, kw_only=True, tag=True):
    """End the worker: at once, or (`when_idle`) after its last leg."""

    when_idle: bool = False


AnyCommand = (
    PlaceLeg | RingLeg | AnswerLeg | RejectLeg | HangupLeg | BridgeLegs | UnbridgeLegs | StartRecording
    | PauseRecording | ResumeRecording | StopRecording | PlayFile | StopPlaying | SendDtmf | ScreenLeg
    | StopScreening | ReadLevels | ReadStatistics | ConnectTrunk | DisconnectTrunk | Shutdown
)  # fmt: skip
