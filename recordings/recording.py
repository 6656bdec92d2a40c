"""A recording: its states, and what is known once its sound is final."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from recordings.errors import DeletionRefused


class RecordingState(StrEnum):
    RESERVED = "RESERVED"  # named before the call, nothing on disk yet
    RECORDING = "RECORDING"
    PAUSED = "PAUSED"
    FINALIZED = "FINALIZED"
    DELETED = "DELETED"
    LOST = "LOST"


@dataclass(frozen=True, slots=True)
class Begun:
    pass


@dataclass(frozen=True, slots=True)
class Paused:
    pass


@dataclass(frozen=True, slots=True)
class Resumed:
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class FinalizedRecording:
    """The finished file: stereo, agent left, customer right. `path` is relative to the library's root."""

    path: str
    duration_s: float
    size_bytes: int
    sha256: str
    sample_rate: int
    channels: int = 2
    repaired: bool = False
    remark: str = ""


@dataclass(frozen=True, slots=True)
class Finalized:
    file: FinalizedRecording


@dataclass(frozen=True, slots=True)
class Lost:
    reason: str


@dataclass(frozen=True, slots=True)
class Deleted:
    reason: str


RecordingEvent = Begun | Paused | Resumed | Finalized | Lost | Deleted

_S = RecordingState
NEXT: Final[Mapping[tuple[RecordingState, type[RecordingEvent]], RecordingState]] = {
    (_S.RESERVED, Begun): _S.RECORDING,
    (_S.RECORDING, Paused): _S.PAUSED,
    (_S.PAUSED, Resumed): _S.RECORDING,
    # RESERVED too: after a crash the sound may be found although its beginning was never journaled.
    **{(state, Finalized): _S.FINALIZED for state in (_S.RESERVED, _S.RECORDING, _S.PAUSED)},
    **{(state, Lost): _S.LOST for state in (_S.RESERVED, _S.RECORDING, _S.PAUSED)},
    (_S.FINALIZED, Deleted): _S.DELETED,
}
UNFINISHED: Final = frozenset({_S.RESERVED, _S.RECORDING, _S.PAUSED})  # found at boot: to be recovered


@dataclass(slots=True, kw_only=True)
class Recording:
    recording_id: str
    state: RecordingState = RecordingState.RESERVED
    legal_hold: bool = False
    ignored: int = 0  # events that came too late to change anything

    def apply(self, event: RecordingEvent) -> list[RecordingEvent]:
        """What happened because of `event`: itself, or nothing. Raises `DeletionRefused`."""
        if isinstance(event, Deleted):
            self._check_deletion()
        following = NEXT.get((self.state, type(event)))
        if following is None:
            self.ignored += 1
            return []
        self.state = following
        return [event]

    def _check_deletion(self) -> None:
        if self.legal_hold:
            raise DeletionRefused(f"recording {self.recording_id} is on legal hold; lift the hold before deleting it")
        if self.state in UNFINISHED:
            raise DeletionRefused(f"recording {self.recording_id} is still {self.state}; wait until it is finalized")
