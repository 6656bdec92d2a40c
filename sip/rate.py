"""Calls per second as a token bucket; pure, the caller brings the time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

# A whole token minus a rounding error is a whole token: otherwise a caller that slept for `wait_s` would find nothing
# and sleep for 1e-17 s again.
_ERROR: Final = 1e-9


@dataclass(slots=True)
class TokenBucket:
    """At most `rate * seconds + burst` takings in any stretch of time.

    `rate` is tokens per second (> 0), `burst` how many may be taken at once after a pause (>= 1). Times are
    readings of one monotonic clock in seconds; a reading before the last one counts as no time passed.
    """

    rate: float
    burst: float = 1.0
    _tokens: float = -1.0
    _read_at: float = 0.0

    def __post_init__(self) -> None:
        if self.rate <= 0:
            raise ValueError(f"calls per second must be above 0, not {self.rate}")
        if self.burst < 1:
            raise ValueError(f"burst must be at least 1, not {self.burst}")

    def take(self, now: float) -> bool:
        """Take one token if there is one."""
        self._fill(now)
        if self._tokens < 1.0 - _ERROR:
            return False
        self._tokens = max(0.0, self._tokens - 1.0)
        return True

    def wait_s(self, now: float) -> float:
        """Seconds from `now` until `take` succeeds; 0.0 when it would now."""
        self._fill(now)
        missing = 1.0 - self._tokens
        return missing / self.rate if missing > _ERROR else 0.0

    def _fill(self, now: float) -> None:
        if self._tokens < 0:
            self._tokens, self._read_at = self.burst, now
            return
        passed = max(0.0, now - self._read_at)
        self._tokens = min(self.burst, self._tokens + passed * self.rate)
        self._read_at = max(self._read_at, now)
