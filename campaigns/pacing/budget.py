"""How many calls may still be abandoned. Abandoned: a person answered and was given no agent within the limit; the rate
is taken of the calls a person answered, over every window the policy names."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from campaigns.statistics import Rate, wilson

GUARD_TAIL: Final = 1e-6  # chance that calls under way abandon more than the budget's guard allows for
CREDIT: Final = 4.0
CREDIT_OVER: Final = 150  # persons answered until the credit has melted away
CREDIT_SHARE: Final = 0.85  # of what those persons will have earned
_Z95: Final = 1.959963984540054


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """Counts inside one of the policy's windows. `leaving_*`: those that fall out of it within the next hour."""

    name: str
    answered: int
    abandoned: int
    leaving_answered: int = 0
    leaving_abandoned: int = 0

    @property
    def rate(self) -> Rate:
        """With its 95 % Wilson interval."""
        abandoned = max(self.abandoned, 0)
        return wilson(abandoned, max(self.answered, abandoned))


class Earning(StrEnum):
    """PLAIN: so many that the measured rate keeps below the cap. BOUND: that the upper end of its 95 % Wilson interval
    does, so that the cap holds beyond doubt."""

    PLAIN = "plain"
    BOUND = "bound"


def earned(answered: int, cap: float, earning: Earning = Earning.PLAIN) -> float:
    """Calls that `answered` persons allow to be abandoned; negative where BOUND is not sure of any."""
    persons, cap = max(answered, 0), min(max(cap, 0.0), 1.0)
    if earning is Earning.BOUND:
        return persons * cap - _Z95 * math.sqrt(persons * cap * (1 - cap))
    credit = min(CREDIT, CREDIT_SHARE * cap * CREDIT_OVER)
    return persons * cap + credit * max(0.0, 1 - persons / CREDIT_OVER)


def left(windows: Sequence[Window], cap: float, earning: Earning = Earning.PLAIN) -> float:
    """Of the strictest window, now or after its oldest hour has gone. Nothing where nothing was counted or allowed."""
    if not windows or cap <= 0:
        return 0.0
    return min(
        earned(answered, cap, earning) - max(abandoned, 0)
        for window in windows
        for answered, abandoned in (
            (window.answered, window.abandoned),
            (window.answered - window.leaving_answered, window.abandoned - window.leaving_abandoned),
        )
    )


def earns(windows: Sequence[Window], cap: float, earning: Earning) -> bool:
    """Whether persons have answered often enough for a single abandoned call."""
    return cap > 0 and all(earned(window.answered, cap, earning) >= 1 for window in windows)


def is_abandoned(*, by_person: bool, waited_s: float, limit_s: float, hung_up: bool = False) -> bool:
    """`waited_s` from the answer to the agent, or to the end of the call. Who hung up himself inside the limit was not
    abandoned; whoever got his agent after it was."""
    return by_person and (waited_s > limit_s or (waited_s >= limit_s and not hung_up))
