"""Who answered? A state machine on fifty levels a second."""

from __future__ import annotations

from sip.amd.settings import AmdSettings
from sip.amd.verdicts import Evidence, Reason, Screening, Verdict


class Detector:
    """Settles one call exactly once, with the first of `level` and `expired` that can tell."""

    def __init__(self, settings: AmdSettings, evidence: Evidence) -> None:
        self._settings = settings
        self._evidence = evidence
        self._screening: Screening | None = None
        self._first_voice: float | None = None
        self._last_voice = 0.0

    @property
    def screening(self) -> Screening | None:
        """What was settled; None while nothing is."""
        return self._screening

    def level(self, at_s: float, level: float) -> Screening | None:
        """One reading: seconds since the answer, loudness as `Levels.received`. The screening, once, when it is clear.

        Levels that are late, doubled, missing or out of range are borne; they raise nothing.
        """
        if self._screening is not None:
            return None
        if level > 0.1:
            self._first_voice = at_s if self._first_voice is None else self._first_voice
            self._last_voice = at_s
        return self._judged(at_s)

    def expired(self, at_s: float) -> Screening | None:
        """The time is over: UNCERTAIN, unless something was settled before."""
        return self._settle(Verdict.UNCERTAIN, Reason.TOO_LONG, at_s)

    def _judged(self, at_s: float) -> Screening | None:
        settings = self._settings
        if self._first_voice is None:
            if at_s < settings.initial_silence_s:
                return None
            return self._settle(Verdict.MACHINE, Reason.SILENCE, at_s)
        if at_s - self._last_voice > settings.after_greeting_s:
            return self._settle(Verdict.HUMAN, Reason.GREETED, at_s)
        if at_s - self._first_voice > settings.greeting_s:
            return self._settle(Verdict.MACHINE, Reason.LONG_GREETING, at_s)
        return None

    def _settle(self, verdict: Verdict, reason: Reason, at_s: float) -> Screening | None:
        if self._screening is not None:
            return None
        self._screening = Screening(verdict=verdict, reason=reason, delay_s=at_s)
        return self._screening
