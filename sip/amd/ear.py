"""What one level means: nothing, voice, or a tone."""

from __future__ import annotations

import math
from collections import deque
from enum import StrEnum
from typing import Final

from sip.amd.loudness import QUIETEST_DB, Floor, decibels
from sip.amd.settings import AmdSettings

LONGEST_READING_S: Final = 0.1
"""A reading speaks for the time since the one before, but for no more than this where readings are missing."""

SMOOTHED: Final = 3
TONE_DB: Final = 1.0
WAVERING_DB: Final = 4.0
TONE_ABOVE_FLOOR_DB: Final = 10.0
STARTING_S: Final = 0.1


class Heard(StrEnum):
    QUIET = "quiet"
    VOICE = "voice"
    TONE = "tone"


class Ear:
    """Takes the levels of one line in the order of their times; late and doubled ones are not heard."""

    def __init__(self, settings: AmdSettings) -> None:
        self._settings = settings
        self._floor = Floor(settings.floor_window_s)
        self._peak_db = QUIETEST_DB
        self._recent: deque[float] = deque(maxlen=SMOOTHED)
        self._last_at = -math.inf
        self._tone = Steady(TONE_DB)
        self._wavering = Steady(WAVERING_DB)
        self.heard_s = 0.0
        """Seconds of the line that were heard; less than passed where readings are missing."""

    @property
    def noise_db(self) -> float:
        """How loud the line is without a voice, below full scale."""
        return max(QUIETEST_DB, min(self._floor.db, 0.0))

    @property
    def contrast_db(self) -> float:
        """From the noise of the line to the loudest voice."""
        return max(0.0, self._peak_db - self.noise_db)

    @property
    def tone_s(self) -> float:
        """Seconds the tone that is heard has lasted."""
        return max(self._tone.lasted_s, self._wavering.lasted_s)

    def hear(self, at_s: float, level: float) -> Heard | None:
        """None for a reading that tells nothing: out of order, doubled, or no number."""
        if not (math.isfinite(at_s) and math.isfinite(level)) or at_s <= self._last_at:
            return None
        lasting_s = min(at_s - self._last_at, LONGEST_READING_S) if math.isfinite(self._last_at) else 0.02
        self._last_at = at_s
        self.heard_s += lasting_s
        return self._told(decibels(level), lasting_s)

    def _told(self, db: float, lasting_s: float) -> Heard:
        self._recent.append(db)
        smooth_db = sum(self._recent) / len(self._recent)
        if self.heard_s > STARTING_S:
            self._floor.hear(smooth_db, lasting_s)
        self._tone.hear(db, lasting_s)
        self._wavering.hear(db, lasting_s)
        if self._is_tone(db):
            return Heard.TONE
        voice = smooth_db > self._threshold_db()
        if voice:
            self._peak_db = max(self._peak_db, smooth_db)
        return Heard.VOICE if voice else Heard.QUIET

    def _is_tone(self, db: float) -> bool:
        settings = self._settings
        loud = db > max(self.noise_db + TONE_ABOVE_FLOOR_DB, settings.faintest_tone_db)
        steady = self._tone.lasted_s >= settings.tone_s or self._wavering.lasted_s >= settings.wavering_tone_s
        return loud and steady

    def _threshold_db(self) -> float:
        floor_db = self.noise_db
        settings = self._settings
        of_peak = min(settings.share_of_peak * (self._peak_db - floor_db), settings.above_noise_db)
        return max(floor_db + max(settings.margin_db, of_peak), settings.faintest_db)


class Steady:
    """How long the loudness has stayed within `spread_db`."""

    def __init__(self, spread_db: float) -> None:
        self._spread_db = spread_db
        self._low = self._high = math.nan
        self.lasted_s = 0.0

    def hear(self, db: float, lasting_s: float) -> None:
        low, high = min(self._low, db), max(self._high, db)
        if high - low <= self._spread_db:
            self._low, self._high = low, high
            self.lasted_s += lasting_s
        else:
            self._low = self._high = db
            self.lasted_s = lasting_s
