"""Thresholds of the detector, with defaults that the labelled set has been measured with."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class AmdSettings:
    """Durations in seconds, loudness differences in decibels. Every threshold can be changed per campaign."""

    longest_s: float = 5.0
    """The verdict is UNCERTAIN where nothing is clear by then; whoever reads levels calls `expired` at this time."""

    initial_silence_s: float = 3.2
    greeting_s: float = 4.0
    after_greeting_s: float = 0.6
    shortest_word_s: float = 0.1

    beep_s: float = 0.16
    greeting_over_s: float = 1.6
    """Without a beep a greeting is over after this silence."""
