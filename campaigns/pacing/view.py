"""What a dialer can see at the instant it decides. Ages in seconds, oldest meaning largest; nothing here is a guess."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

from campaigns.pacing.budget import Window
from campaigns.pacing.decision import Limit, Seen

_MOST = 1_000_000


class CallSeen(NamedTuple):
    """A call nobody has answered yet. `age_s` since dialling, `rang_s` since its first ringing (None: it has not rung).
    `factor`: its chance of an answer against the campaign's mean, where the list or the lead tells (1.0: not known)."""

    call_id: int
    age_s: float
    rang_s: float | None = None
    factor: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class PacingView:
    """`ready_agents`: READY, or RESERVED for one of the `covered` attempts. `covered`: attempts placing, ringing, or
    answered and not yet connected. `rate_tokens_s`: whole calls the trunks' call rate allows at this instant.

    The rest is for modes that over-dial. Agents who asked for a break are in `leaving` and nowhere else. `promised` are
    agents already spoken for: callbacks due and customers expected to call. A view without `windows` never over-dials.
    """

    ready_agents: int
    covered: int
    lines_free: int
    rate_tokens_s: float
    at_s: float = 0.0  # of a steady clock
    hour: int | None = None  # local, of the called
    open: bool = True  # the calling window
    closes_in_s: float | None = None  # until today's last call; None: not known
    capacity_free: int | None = None  # calls the workers can still carry; None: not limited
    talking_s: tuple[float, ...] = ()
    wrapping_s: tuple[float, ...] = ()
    leaving: int = 0
    promised: int = 0
    calls: tuple[CallSeen, ...] = ()
    waiting_s: tuple[float, ...] = ()  # customers answered, with nobody yet
    windows: tuple[Window, ...] = ()
    next_factor: float = 1.0  # of the lead that would be dialled next
    previewing: int = 0  # leads shown to agents who have not decided
    accepted: int = 0  # leads agents decided to call, not placed yet

    @property
    def staying(self) -> int:
        """Agents logged in who will take another call."""
        return max(self.ready_agents, 0) + len(self.talking_s) + len(self.wrapping_s)

    @property
    def under_way(self) -> int:
        """Attempts that may need an agent; `covered`, unless more of them are listed."""
        return max(self.covered, len(self.calls) + len(self.waiting_s), 0)

    @property
    def floor(self) -> int:
        """Calls that cannot be abandoned: every one of them has an agent who is ready for it."""
        return max(self.ready_agents - max(self.promised, 0) - self.under_way, 0)

    def room(self) -> tuple[int, Limit]:
        """How many calls may be placed by anybody's rules, and what keeps it from being more."""
        if not self.open:
            return 0, Limit.OUTSIDE_WINDOW
        if self.staying < 1:
            return 0, Limit.NO_READY_AGENT
        bounds = [(self.lines_free, Limit.NO_FREE_LINE), (whole(self.rate_tokens_s), Limit.RATE_LIMIT)]
        if self.capacity_free is not None:
            bounds.append((self.capacity_free, Limit.NO_CAPACITY))
        most, limit = min(bounds, key=lambda bound: bound[0])
        return max(most, 0), limit


def whole(number: float) -> int:
    """Whole calls in an allowance; none in one that is no number."""
    if math.isnan(number) or number < 1:
        return 0
    return int(min(number, _MOST))


def seen_of(view: PacingView, *, free_soon: float | None = None, answers_soon: float | None = None) -> Seen:
    """The counts of the strictest-looking window: the one with the most abandoned of its answered."""
    worst = max(view.windows, key=lambda window: window.abandoned / max(window.answered, 1), default=None)
    return Seen(
        ready=view.ready_agents,
        talking=len(view.talking_s),
        wrapping=len(view.wrapping_s),
        leaving=view.leaving,
        promised=view.promised,
        in_flight=max(view.under_way - len(view.waiting_s), 0),
        waiting=len(view.waiting_s),
        lines_free=view.lines_free if view.capacity_free is None else min(view.lines_free, view.capacity_free),
        answered=worst.answered if worst else 0,
        abandoned=worst.abandoned if worst else 0,
        free_soon=free_soon,
        answers_soon=answers_soon,
    )
