"""What line workers report: frozen values, safe between threads and processes.

Every event carries the worker's own clock reading `at` (aware UTC, microseconds): abandonment and time to
agent are counted on it.
"""

from __future__ import annotations

from datetime import datetime

import msgspec

from sip.amd import Reason, Verdict
from sip.causes import Cause, LegOutcome


class LegStatistics(msgspec.Struct, frozen=True, kw_only=True):
    """RTP figures of one leg, taken while the stream is torn down. `mos` is by the E-model (ITU-T G.107)."""

    codec: str = ""
    packets_sent: int = 0
    packets_received: int = 0
    packets_lost: int = 0
    jitter_ms: float = 0.0
    round_trip_ms: float = 0.0
    mos: float | None = None


class Levels(msgspec.Struct, frozen=True, kw_only=True):
    """Momentary signal levels, 0.0 (silence) to 1.0 (full scale): heard from the party, sent to the party."""

    received: float
    sent: float


class WorkerCapacity(msgspec.Struct, frozen=True, kw_only=True):
    """Found at start: `max_legs` is measured on the pjsua2 build, never taken from a setting."""

    max_legs: int
    pjsip_version: str
    codecs: tuple[str, ...] = ()
    digest_ok: bool = False  # the self-test answered a 401 challenge correctly
    tls_ok: bool = False


class HeldLeg(msgspec.Struct, frozen=True, kw_only=True):
    """A leg a worker still holds when an engine connects to it."""

    leg_id: str
    direction: str  # "outbound" | "inbound"
    state: str  # "placing" | "ringing" | "answered"
    sip_call_id: str
    bridged_to: str | None = None
    recording_id: str | None = None


class Event(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Base of all worker events."""

    worker: str
    at: datetime


class LegEvent(Event, frozen=True, kw_only=True, tag=True):
    """Base of the events about one leg."""

    leg_id: str


class LegPlaced(LegEvent, frozen=True, kw_only=True, tag=True):
    """The INVITE left."""

    sip_call_id: str
    trunk: str


class LegIncoming(LegEvent, frozen=True, kw_only=True, tag=True):
    """Somebody calls this worker; `leg_id` is made by the worker. Ring, answer or reject it.

    `trunk` is the inbound trunk it came over, and then the caller hears it ring already; "" where the worker takes
    calls from anybody.
    """

    sip_call_id: str
    from_number: str
    to_number: str
    headers: dict[str, str] = {}
    trunk: str = ""


class LegRinging(LegEvent, frozen=True, kw_only=True, tag=True):
    """First 180 or 183 (`early_media`: the network plays its own sound before the answer)."""

    sip_status: int
    early_media: bool = False


class LegAnswered(LegEvent, frozen=True, kw_only=True, tag=True):
    """CONFIRMED: 200 received and acknowledged (outbound) or ACK received (inbound); media is active."""


class LegEnded(LegEvent, frozen=True, kw_only=True, tag=True):
    """Once per leg, whatever happens; the statistics are final."""

    cause: Cause
    outcome: LegOutcome
    statistics: LegStatistics | None = None


class LegsBridged(LegEvent, frozen=True, kw_only=True, tag=True):
    """Both parties hear each other from now on; repeated after a re-INVITE only if it had been lost."""

    other_leg_id: str


class LegsUnbridged(LegEvent, frozen=True, kw_only=True, tag=True):
    other_leg_id: str


class DtmfReceived(LegEvent, frozen=True, kw_only=True, tag=True):
    digit: str
    duration_ms: int = 0  # 0 where the build does not tell


class PlaybackStarted(LegEvent, frozen=True, kw_only=True, tag=True):
    """The file is connected to the leg: its first sample goes out with the next frame (20 ms)."""

    playback_id: str


class PlaybackFinished(LegEvent, frozen=True, kw_only=True, tag=True):
    """`completed` is false when stopped, or when the leg ended first."""

    playback_id: str
    completed: bool


class LegScreened(LegEvent, frozen=True, kw_only=True, tag=True):
    """Who answered, told once per screened leg; `delay_ms` counts from the answer."""

    verdict: Verdict
    reason: Reason
    delay_ms: int


class GreetingOver(LegEvent, frozen=True, kw_only=True, tag=True):
    """The machine has finished speaking, and its beep where it has one: a message may be left now."""


class RecordingStarted(Event, frozen=True, kw_only=True, tag=True):
    recording_id: str
    customer_leg: str
    agent_leg: str


class RecordingStopped(Event, frozen=True, kw_only=True, tag=True):
    """Both mono files are closed, with valid headers, on disk. `wall_clock_s` excludes pauses."""

    recording_id: str
    customer_file: str
    agent_file: str
    wall_clock_s: float


class RecordingFailed(Event, frozen=True, kw_only=True, tag=True):
    recording_id: str
    reason: str


class TrunkUp(Event, frozen=True, kw_only=True, tag=True):
    trunk: str


class TrunkDown(Event, frozen=True, kw_only=True, tag=True):
    trunk: str
    sip_status: int = 0
    reason: str = ""


class WorkerReady(Event, frozen=True, kw_only=True, tag=True):
    """A worker may be used: freshly started, or (`adopted`) found alive with `held` legs of an earlier engine."""

    pid: int
    capacity: WorkerCapacity
    adopted: bool = False
    held: tuple[HeldLeg, ...] = ()


class WorkerLost(Event, frozen=True, kw_only=True, tag=True):
    """The process is gone; `legs` were on it and are lost. The pool starts another by itself."""

    legs: tuple[str, ...]
    reason: str


class CapacityChanged(Event, frozen=True, kw_only=True, tag=True):
    """Room for legs changed; `draining` legs are disconnected but still hold a slot (transaction open)."""

    free_legs: int
    draining_legs: int


AnyEvent = (
    LegPlaced | LegIncoming | LegRinging | LegAnswered | LegEnded | LegsBridged | LegsUnbridged | DtmfReceived
    | PlaybackStarted | PlaybackFinished | LegScreened | GreetingOver | RecordingStarted | RecordingStopped
    | RecordingFailed | TrunkUp | TrunkDown | WorkerReady | WorkerLost | CapacityChanged
)  # fmt: skip


class Delivered(msgspec.Struct, frozen=True, kw_only=True):
    """An event with its place in the worker's numbering. Acknowledge it once its consequences are durable.

    Two deliveries with the same `worker` and `seq` are the same event (redelivered after a crash).
    `seq` is 0 for what the pool itself says (`WorkerReady`, `WorkerLost`) and for passing state
    (`CapacityChanged`); such events need no acknowledgement and are never delivered again.
    """

    worker: str
    seq: int
    event: AnyEvent
