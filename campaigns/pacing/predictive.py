"""Predictive pacing: one more call if, and only if, the risk that it would find no agent is worth taking.

How much risk is worth taking follows the budget: with little left almost none, with much left more. Calls that cannot
be abandoned are always placed; no call beyond them is while those under way could use up what is left.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, NamedTuple

from pydantic import BaseModel, ConfigDict, Field

from campaigns.pacing.budget import GUARD_TAIL, Earning, Window, earns, guarded, left
from campaigns.pacing.decision import Limit, PacingDecision, Seen
from campaigns.pacing.learned import Learned, Prior
from campaigns.pacing.policy import Counted, Observation
from campaigns.pacing.risk import Number, Odds, Weighed, weigh
from campaigns.pacing.view import PacingView, seen_of

CANCEL_AFTER_S: Final = 15.0  # of ringing; nobody hangs up on a customer earlier
_HARD: Final = 0.5  # calls left at which no risk is taken any more
_MOST_GAIN: Final = 3.0
_STEP: Final = 0.003
_LOG_THETA: Final = (-6.0, -1.0)


class PredictiveSettings(BaseModel):
    """`abandon_rate_max` 0 never over-dials."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    abandon_rate_max: float = Field(default=0.029, ge=0, le=1)
    patience_s: float = Field(default=2.0, gt=0, le=10)
    cancel_after_s: float = Field(default=CANCEL_AFTER_S, ge=CANCEL_AFTER_S, description="of ringing")
    cancel_risk: float = Field(default=0.05, gt=0, le=1, description="that nobody is free now; 1: cancels no call")
    burst: float = Field(default=0.12, gt=0, le=1, description="of the agents, in one decision")
    peak_weight: float = Field(default=0.5, ge=0, le=1, description="of the worst moment in the risk")
    theta: float = Field(default=0.04, gt=0, le=0.36, description="risk taken at first")


@dataclass(frozen=True, slots=True)
class Steering:
    """`log_theta` drifts by what persons who answered left of the budget: up while there is more than `room`."""

    log_theta: float

    def after(self, calls_left: float, agents: int, *, binding: bool) -> Steering:
        """Where theta was not what kept calls from being placed, answers tell nothing that would raise it."""
        middle = room(agents)
        excess = min(max((calls_left - middle) / (middle - _HARD), -1.0), 1.0)
        if excess > 0 and not binding:
            return self
        low, high = _LOG_THETA
        return replace(self, log_theta=min(max(self.log_theta + _STEP * excess, low), high))

    def theta(self, calls_left: float, agents: int) -> float:
        gain = (calls_left - _HARD) / (room(agents) - _HARD)
        return math.exp(self.log_theta) * min(max(gain, 0.0), _MOST_GAIN)


def room(agents: int) -> float:
    """Calls left in the budget at which a team dials at its steady risk: larger teams lose more of them at once."""
    return 1 + 1.6 * math.sqrt(max(agents, 1))


class Over(NamedTuple):
    """Calls beyond the floor, and what stopped them."""

    place: int
    limit: Limit
    risk: float | None = None


class Predictive:
    """Marginal risk with a budget. `earning`: how much budget persons earn."""

    def __init__(
        self,
        settings: PredictiveSettings | None = None,
        *,
        learned: Learned | None = None,
        prior: Prior | None = None,
        earning: Earning = Earning.PLAIN,
    ) -> None:
        self.settings = settings if settings is not None else PredictiveSettings()
        self.learned = learned if learned is not None else Learned(prior, patience_s=self.settings.patience_s)
        self.steering = Steering(math.log(self.settings.theta))
        self._earning = earning
        self._binding = False

    def left(self, windows: tuple[Window, ...]) -> float:
        return left(windows, self.settings.abandon_rate_max, self._earning)

    def learn(self, seen: Observation) -> None:
        if isinstance(seen, Counted):
            if seen.windows and earns(seen.windows, self.settings.abandon_rate_max, self._earning):
                self.steering = self.steering.after(self.left(seen.windows), seen.agents, binding=self._binding)
            return
        self.learned.observe(seen)

    def decide(self, view: PacingView) -> PacingDecision:
        most, limit = view.room()
        floor = min(view.floor, most)
        calls_left = self.left(view.windows)
        theta = self.steering.theta(calls_left, view.staying)
        odds = self.learned.odds(view) if view.staying else None
        over = self._over(view, odds, calls_left, theta, most) if odds is not None else Over(0, limit)
        placed = floor + over.place
        self._binding = placed < most and over.limit is Limit.RISK
        return PacingDecision(
            place=placed,
            limit=over.limit if placed < most else limit,
            mode="predictive",
            floor=floor,
            cancel=self._cancel(view),
            risk=over.risk,
            theta=theta,
            left=calls_left,
            seen=_seen(view, odds),
        )

    def _over(self, view: PacingView, odds: Odds, calls_left: float, theta: float, most: int) -> Over:
        """The calls of the floor are taken as placed already."""
        if view.floor >= most:
            return Over(0, Limit.AGENTS_COVERED)
        if (why := self._forbidden(view, calls_left)) is not None:
            return Over(0, why)
        burst = max(int(self.settings.burst * view.staying), 1)
        wanted = min(burst, most - view.floor)
        found = self._weigh(view, odds, calls_left, theta, wanted)
        if found.placed < wanted:
            return Over(found.placed, Limit.BUDGET_GUARD if found.guarded else Limit.RISK, found.risk)
        return Over(found.placed, Limit.BURST, found.risk)

    def _forbidden(self, view: PacingView, calls_left: float) -> Limit | None:
        if self.settings.abandon_rate_max <= 0:
            return Limit.NONE_ALLOWED
        if not view.windows:
            return Limit.NO_TALLY
        return Limit.BUDGET_SPENT if guarded(calls_left) < 0 else None

    def _weigh(self, view: PacingView, odds: Odds, calls_left: float, theta: float, wanted: int) -> Weighed:
        return weigh(
            odds,
            floor=view.floor,
            uncovered=view.under_way + view.floor + max(view.promised, 0) - max(view.ready_agents, 0),
            most=wanted,
            theta=theta,
            allowed=guarded(calls_left),
            tail=GUARD_TAIL,
            peak_weight=self.settings.peak_weight,
        )

    def _cancel(self, view: PacingView) -> tuple[int, ...]:
        """Calls that have rung long enough, while whoever answers now would probably find nobody in time."""
        long = tuple(c.call_id for c in view.calls if c.rang_s is not None and c.rang_s >= self.settings.cancel_after_s)
        if not long or self.settings.cancel_risk >= 1:
            return ()
        needed = len(view.waiting_s) + max(view.promised, 0) - max(view.ready_agents, 0)
        if needed < 0:
            return ()
        nobody = float(Number(self.learned.frees_now(view)).at_most(needed, 1)[0, 0])
        return long if nobody > self.settings.cancel_risk else ()

    def to_dict(self) -> dict[str, Any]:
        """All that a restart must not lose."""
        return {"version": 1, "log_theta": self.steering.log_theta, "learned": self.learned.to_dict()}

    def restore(self, stored: Mapping[str, Any]) -> None:
        """Raises `ValueError`, and changes nothing, where it was not made by `to_dict`."""
        try:
            version, log_theta = stored["version"], float(stored["log_theta"])
            learned = Learned.from_dict(stored["learned"], patience_s=self.settings.patience_s)
        except (KeyError, TypeError) as error:
            raise ValueError(f"the state of pacing cannot be read: {error!r}; reset it") from error
        if version != 1 or not _LOG_THETA[0] <= log_theta <= _LOG_THETA[1]:
            raise ValueError("the state of pacing is of another version or damaged; reset it")
        self.learned, self.steering = learned, Steering(log_theta)


def _seen(view: PacingView, odds: Odds | None) -> Seen:
    """With what is expected at the middle one of the moments."""
    if odds is None:
        return seen_of(view)
    middle = len(odds.fresh) // 2
    return seen_of(
        view,
        free_soon=float(odds.frees[:, middle].sum()) + max(view.ready_agents, 0),
        answers_soon=float(odds.answers[:, middle].sum()),
    )
