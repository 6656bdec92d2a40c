"""The trunk breaker: a trunk that fails every call is left alone for a while, then tried with one call."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final


class BreakerState(StrEnum):
    CLOSED = "CLOSED"
    OPEN = "OPEN"
    HALF_OPEN = "HALF_OPEN"  # one call is trying it
    STOPPED = "STOPPED"  # misconfigured: no call helps, somebody has to mend it


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sign:
    at: datetime


class Worked(_Sign):
    """The trunk carried a call: it rang, was answered, or the called side refused."""


class Failed(_Sign):
    """5xx, silence or a transport error."""


class Refused(_Sign):
    """401, 403 or 407: our account is not accepted."""


class Tried(_Sign):
    """A call was sent over a trunk whose back-off is over."""


class Unproven(_Sign):
    """The trying call ended without a sign either way."""


class Mended(_Sign):
    """Registered again, or its settings were changed."""


_S = BreakerState
NEXT: Final[Mapping[tuple[BreakerState, type[_Sign]], BreakerState]] = {
    (_S.CLOSED, Worked): _S.CLOSED,
    (_S.CLOSED, Failed): _S.CLOSED,  # OPEN at the limit
    (_S.OPEN, Tried): _S.HALF_OPEN,
    (_S.OPEN, Worked): _S.CLOSED,  # a call placed before it opened
    (_S.HALF_OPEN, Worked): _S.CLOSED,
    (_S.HALF_OPEN, Failed): _S.OPEN,
    (_S.HALF_OPEN, Unproven): _S.OPEN,
    **{(state, Refused): _S.STOPPED for state in _S if state is not _S.STOPPED},
    **{(state, Mended): _S.CLOSED for state in _S},
}


@dataclass(slots=True, kw_only=True)
class Breaker:
    limit: int = 5  # failures in a row
    back_off: timedelta = timedelta(seconds=30)
    longest: timedelta = timedelta(seconds=300)
    state: BreakerState = BreakerState.CLOSED
    failures: int = 0
    opened: int = 0  # times in a row; the back-off doubles
    retry_at: datetime | None = None

    def apply(self, sign: _Sign) -> BreakerState:
        """The new state. A sign that does not fit (the failure of a call placed earlier) changes nothing."""
        following = NEXT.get((self.state, type(sign)))
        if following is None:
            return self.state
        self.failures = self.failures + 1 if isinstance(sign, Failed) else 0
        if self.state is BreakerState.CLOSED and self.failures >= self.limit:
            following = BreakerState.OPEN
        self.state = following
        self._schedule(sign)
        return following

    def admits(self, now: datetime) -> bool:
        if self.state is BreakerState.OPEN:
            return self.retry_at is not None and now >= self.retry_at
        return self.state is BreakerState.CLOSED

    def _schedule(self, sign: _Sign) -> None:
        match self.state:
            case BreakerState.OPEN:
                self.opened += isinstance(sign, Failed)
                wait = self.back_off * 2 ** max(self.opened - 1, 0)
                self.retry_at = sign.at + (wait if isinstance(sign, Failed) else timedelta(0))
                self.retry_at = min(self.retry_at, sign.at + self.longest)
            case BreakerState.HALF_OPEN:
                pass
            case _:
                self.opened, self.retry_at = 0, None
