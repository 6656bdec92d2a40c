"""Thresholds of the detector, with defaults that the labelled set has been measured with."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class AmdSettings:
    """Durations in seconds, loudness differences in decibels. Every threshold can be changed per campaign."""

    longest_s: float = 5.0
    """The verdict is UNCERTAIN where nothing is clear by then; whoever reads levels calls `expired` at this time."""

    initial_silence_s: float = 2.8
    """Nobody is there who has said nothing by then."""

    greeting_s: float = 3.2
    """Longer than persons speak before they wait for an answer."""

    short_greeting_s: float = 1.25
    """A hello. Whoever says no more is a person after a shorter pause than one who says a sentence."""

    after_hello_s: float = 0.3
    after_greeting_s: float = 1.15
    """The pause in which a person waits for us: after a hello, and after anything longer."""

    shortest_word_s: float = 0.1
    """Shorter sounds are clicks."""

    tone_s: float = 0.22
    """No voice keeps its loudness this long within a decibel."""

    cut_off_tone_s: float = 0.5
    """A tone that is there already at the answer may be the end of the ringing tone: it must last longer to count."""

    margin_db: float = 5.0
    """Voice is at least so far above the noise of the line."""

    share_of_peak: float = 0.6
    """And above this part of the way from the noise to the loudest voice, in decibels."""

    faintest_db: float = -54.0
    """Mean magnitude below full scale under which nothing is voice, however quiet the line."""

    contrast_db: float = 8.5
    """A long greeting is told from noise, or from talk in the background, only with so much between voice and noise."""

    floor_window_s: float = 2.0

    quick_answer_s: float = 1.0
    """Answered after less ringing than a hand needs to reach the phone: leans towards a machine."""

    slow_answer_s: float = 19.0
    """Answered after as long a ringing as calls are forwarded to voicemail: leans towards a machine."""

    leaning_greeting_s: float = 2.4
    leaning_pause_s: float = 0.25
    """With the lean: what is a long greeting then, and how much longer a person's pause must be."""

    beep_s: float = 0.16
    greeting_over_s: float = 1.6
    """Without a beep a greeting is over after this silence."""
