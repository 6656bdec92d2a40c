"""Who answered? A state machine on fifty levels a second."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Final

from sip.amd.ear import Ear, Heard
from sip.amd.greeting import Greeting
from sip.amd.settings import AmdSettings
from sip.amd.verdicts import Evidence, Reason, Screening, Verdict

ANSWER_S: Final = 0.1
"""What begins within it was there before the answer."""


class Hearing(StrEnum):
    """What the line has been doing: nothing yet, speaking, pausing after speech, giving a tone."""

    NOTHING = "nothing"
    SPEAKING = "speaking"
    PAUSING = "pausing"
    TONE = "tone"


NEXT: Final[Mapping[tuple[Hearing, Heard], Hearing]] = {
    (Hearing.NOTHING, Heard.VOICE): Hearing.SPEAKING,
    (Hearing.SPEAKING, Heard.QUIET): Hearing.PAUSING,
    (Hearing.PAUSING, Heard.VOICE): Hearing.SPEAKING,
    (Hearing.TONE, Heard.QUIET): Hearing.PAUSING,
    (Hearing.TONE, Heard.VOICE): Hearing.SPEAKING,
    **{(hearing, Heard.TONE): Hearing.TONE for hearing in Hearing},
}
"""Whatever is not listed changes nothing."""


class Detector:
    """Settles one call exactly once, with the first of `level` and `expired` that can tell."""

    def __init__(self, settings: AmdSettings, evidence: Evidence) -> None:
        self._settings = settings
        self._evidence = evidence
        self._ear = Ear(settings)
        self._hearing = Hearing.NOTHING
        self._since_s = 0.0
        self._began_s: float | None = None
        self._spoken_s = 0.0
        self._screening: Screening | None = None
        self._rules: Mapping[Hearing, Callable[[float], tuple[Verdict, Reason] | None]] = {
            Hearing.NOTHING: self._nobody,
            Hearing.SPEAKING: self._greeting,
            Hearing.PAUSING: self._waiting,
            Hearing.TONE: self._tone,
        }

    @property
    def screening(self) -> Screening | None:
        """What was settled; None while nothing is."""
        return self._screening

    def level(self, at_s: float, level: float) -> Screening | None:
        """One reading: seconds since the answer, loudness as `Levels.received`. The screening, once, when it is clear.

        Levels that are late, doubled, missing or out of range are borne; they raise nothing.
        """
        if self._screening is not None or (heard := self._ear.hear(at_s, level)) is None:
            return None
        now = self._ear.heard_s
        self._move(heard, now)
        found = self._rules[self._hearing](now)
        return self._settle(*found, at_s) if found else None

    def expired(self, at_s: float) -> Screening | None:
        """The time is over: UNCERTAIN, unless something was settled before."""
        if self._screening is not None:
            return None
        enough = self._ear.heard_s >= self._settings.longest_s / 2
        return self._settle(Verdict.UNCERTAIN, Reason.TOO_LONG if enough else Reason.NO_SOUND, at_s)

    def greeting(self) -> Greeting:
        """For the time after MACHINE: hears the greeting to its end, knowing how loud this line is."""
        return Greeting(self._settings, self._ear, talked=self._spoken_s > 0 or self._hearing is Hearing.SPEAKING)

    def _move(self, heard: Heard, now: float) -> None:
        after = NEXT.get((self._hearing, heard), self._hearing)
        if after is self._hearing:
            return
        if after is Hearing.SPEAKING and self._began_s is None:
            self._began_s = now
        if after is Hearing.PAUSING:
            self._word_ends(now)
            after = Hearing.PAUSING if self._spoken_s > 0 else Hearing.NOTHING
        self._hearing, self._since_s = after, now

    def _word_ends(self, now: float) -> None:
        """A click is no word, nor is a tone."""
        word_s = now - self._since_s
        if self._hearing is Hearing.SPEAKING and word_s >= self._settings.shortest_word_s:
            self._spoken_s += word_s
        if self._spoken_s == 0:
            self._began_s = None

    def _nobody(self, now: float) -> tuple[Verdict, Reason] | None:
        settings = self._settings
        limit_s = settings.noisy_silence_s if self._ear.noise_db > settings.noisy_db else settings.initial_silence_s
        return (Verdict.MACHINE, Reason.SILENCE) if now >= limit_s else None

    def _greeting(self, now: float) -> tuple[Verdict, Reason] | None:
        if self._length_s(now) < self._longest_greeting_s or self._ear.contrast_db < self._settings.contrast_db:
            return None
        return Verdict.MACHINE, Reason.ANNOUNCED if self._goes_straight_on else Reason.LONG_GREETING

    def _waiting(self, now: float) -> tuple[Verdict, Reason] | None:
        return (Verdict.HUMAN, Reason.GREETED) if now - self._since_s >= self._pause_s else None

    def _tone(self, now: float) -> tuple[Verdict, Reason] | None:
        lasted_s = self._ear.tone_s
        cut_off = now - lasted_s <= ANSWER_S and lasted_s < self._settings.cut_off_tone_s
        return None if cut_off else (Verdict.MACHINE, Reason.TONE)

    def _length_s(self, until_s: float) -> float:
        return until_s - self._began_s if self._began_s is not None else 0.0

    @property
    def _longest_greeting_s(self) -> float:
        settings = self._settings
        if self._goes_straight_on:
            return settings.announced_greeting_s
        return settings.leaning_greeting_s if settings.leans(self._evidence) else settings.greeting_s

    @property
    def _pause_s(self) -> float:
        settings = self._settings
        if self._goes_straight_on:
            return settings.after_greeting_s
        lean_s = settings.leaning_pause_s if settings.leans(self._evidence) else 0.0
        return settings.pause_s(self._length_s(self._since_s)) + lean_s

    @property
    def _goes_straight_on(self) -> bool:
        """The sound that came before the answer comes after it, without the breath a person takes."""
        settings = self._settings
        at_once = self._began_s is not None and self._began_s <= settings.straight_on_s
        return at_once and self._evidence.early_media and self._evidence.early_media_s >= settings.announced_s

    def _settle(self, verdict: Verdict, reason: Reason, at_s: float) -> Screening | None:
        self._screening = Screening(verdict=verdict, reason=reason, delay_s=at_s)
        return self._screening
