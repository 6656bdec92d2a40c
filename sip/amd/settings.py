"""Thresholds of the detector, with defaults that the labelled set has been measured with."""

from __future__ import annotations

from dataclasses import dataclass

from sip.amd.verdicts import Evidence


@dataclass(frozen=True, slots=True, kw_only=True)
class AmdSettings:
    """Durations in seconds, loudness differences in decibels. Every threshold can be changed per campaign."""

    longest_s: float = 6.0
    """The verdict is UNCERTAIN where nothing is clear by then; whoever reads levels calls `expired` at this time."""

    initial_silence_s: float = 2.9
    """Nobody is there who has said nothing by then."""

    noisy_silence_s: float = 4.2
    noisy_db: float = -48.0
    """The same on a line whose noise is louder than this, where a voice may have been missed."""

    greeting_s: float = 4.1
    """Longer than persons speak before they wait for an answer."""

    hello_s: float = 1.1
    """A hello. Whoever says no more is a person after a shorter pause than one who says a sentence."""

    after_hello_s: float = 0.28
    after_greeting_s: float = 1.35
    """The pause in which a person waits for us: after a hello, and after anything long."""

    pause_growth: float = 3.0
    """In between the pause grows by so many seconds with each second that was spoken after `hello_s`."""

    shortest_word_s: float = 0.08
    """Shorter sounds are clicks."""

    tone_s: float = 0.22
    """No voice keeps its loudness this long within a decibel."""

    wavering_tone_s: float = 0.6
    """Nor this long within four: a modem's answer, a tone with lost packets in it."""

    faintest_tone_db: float = -42.0
    """Fainter readings are too coarse to tell a tone from noise."""

    cut_off_tone_s: float = 0.5
    """A tone that is there already at the answer may be the end of the ringing tone: it must last longer to count."""

    margin_db: float = 5.5
    """Voice is at least so far above the noise of the line."""

    share_of_peak: float = 0.62
    """And above this part of the way from the noise to the loudest voice, in decibels."""

    above_noise_db: float = 18.0
    """But no more than this above the noise, so that the faint ends of words are heard on quiet lines."""

    faintest_db: float = -52.0
    """Mean magnitude below full scale under which nothing is voice, however quiet the line."""

    contrast_db: float = 16.0
    """A long greeting is told from noise, or from talk in the background, only with so much between voice and noise."""

    floor_window_s: float = 2.1

    quick_answer_s: float = 1.0
    """Answered after less ringing than a hand needs to reach the phone: leans towards a machine."""

    slow_answer_s: float = 19.0
    """Answered after as long a ringing as calls are forwarded to voicemail: leans towards a machine."""

    leaning_greeting_s: float = 2.4
    leaning_pause_s: float = 0.25
    """With that lean: what is a long greeting then, and how much longer a person's pause must be."""

    announced_s: float = 1.0
    """So much sound before the answer, and sound again within `straight_on_s` of it: an announcement goes on."""

    straight_on_s: float = 0.25
    announced_greeting_s: float = 1.2
    """What is a long greeting then. A person's pause is `after_greeting_s` then, however short the hello."""

    after_beep_s: float = 0.16
    """So much silence after a tone, and the machine is recording."""

    greeting_over_s: float = 1.6
    """Without a beep a greeting is over after this silence."""

    def pause_s(self, spoken_s: float) -> float:
        """How long a person waits who has spoken for so long."""
        grown_s = self.after_hello_s + self.pause_growth * max(0.0, spoken_s - self.hello_s)
        return min(grown_s, self.after_greeting_s)

    def leans(self, evidence: Evidence) -> bool:
        """Whether the ringing alone makes a machine likelier."""
        rang_s = evidence.rang_s
        return rang_s is not None and not self.quick_answer_s <= rang_s <= self.slow_answer_s
