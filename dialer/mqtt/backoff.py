"""How long to wait before the next try: twice as long each time, and never all sites at the same instant."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import SystemRandom


@dataclass(slots=True, kw_only=True)
class Backoff:
    first_s: float = 0.5
    longest_s: float = 30.0
    random: Callable[[], float] = SystemRandom().random  # [0, 1)
    failures: int = 0

    def next(self) -> float:
        """Seconds, between half and all of the current step."""
        step = min(self.longest_s, self.first_s * 2.0 ** min(self.failures, 32))
        self.failures += 1
        return step * (1 + self.random()) / 2

    def reset(self) -> None:
        self.failures = 0
