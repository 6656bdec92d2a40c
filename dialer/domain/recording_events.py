"""What happened to recordings."""

from __future__ import annotations

from dialer.domain.event import DomainEvent


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
