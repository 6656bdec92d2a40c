"""What a detector is told before it listens, and what it says in the end."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    HUMAN = "human"
    MACHINE = "machine"
    UNCERTAIN = "uncertain"


class Reason(StrEnum):
    """Why a detector settled as it did; the first three words a supervisor reads in the statistics."""

    GREETED = "greeted"
    """HUMAN: spoke briefly and waits for an answer."""

    LONG_GREETING = "long_greeting"
    """MACHINE: spoke longer than people do who pick up a phone (voicemail, network announcement)."""

    TONE = "tone"
    """MACHINE: a beep, the tones before an announcement, a fax, a modem, a ringing or busy tone."""

    ANNOUNCED = "announced"
    """MACHINE: sound came before the answer already, and goes on after it."""

    SILENCE = "silence"
    """MACHINE: nobody said a word, on a quiet or an evenly noisy line."""

    TOO_LONG = "too_long"
    """UNCERTAIN: the time was over before anything was clear."""

    NO_SOUND = "no_sound"
    """UNCERTAIN: not enough levels arrived to tell anything."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What is known at the answer. `rang_s`: seconds from the first ringing to the answer, None where it never rang."""

    rang_s: float | None = None
    early_media: bool = False
    early_media_s: float = 0.0
    """Seconds of sound heard before the answer; a ringing tone of the network does not count."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Screening:
    """`delay_s` is counted from the answer."""

    verdict: Verdict
    reason: Reason
    delay_s: float
