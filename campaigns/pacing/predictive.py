"""Predictive pacing: one more call if, and only if, the risk that it would find no agent is worth taking.

How much risk is worth taking follows the budget: with little left almost none, with much left more. Calls that cannot
be abandoned are always placed; no call beyond them is while those under way could use up what is left.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from campaigns.pacing import warm
from campaigns.pacing.budget import Earning, Window, earns, left
from campaigns.pacing.decision import Limit, PacingDecision
from campaigns.pacing.fixed import Progressive
from campaigns.pacing.kernel.memory import HIGHEST_LOG_THETA, LOWEST_LOG_THETA
from campaigns.pacing.learned import Learned
from campaigns.pacing.policy import Counted, Observation
from campaigns.pacing.prior import Prior
from campaigns.pacing.tuning import CANCEL_AFTER_S, THETA, rules_of
from campaigns.pacing.view import PacingView, seen_of

# Why no more calls were placed, in the order of the compiled rules.
_WHY: Final = (Limit.AGENTS_COVERED, Limit.BUDGET_SPENT, Limit.RISK, Limit.BUDGET_GUARD, Limit.BURST)
_MOST_AGENTS: Final = 100_000
_NO_END_S: Final = 1e9


class PredictiveSettings(BaseModel):
    """`abandon_rate_max` 0 never over-dials."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    abandon_rate_max: float = Field(default=0.029, ge=0, le=1)
    patience_s: float = Field(default=2.0, gt=0, le=10)
    cancel_after_s: float = Field(default=CANCEL_AFTER_S, ge=CANCEL_AFTER_S, description="of ringing")
    cancel_risk: float = Field(default=0.05, gt=0, le=1, description="that nobody is free now; 1: cancels no call")
    burst: float = Field(default=0.12, gt=0, le=1, description="of the agents, in one decision")
    peak_weight: float = Field(default=0.5, ge=0, le=1, description="of the worst moment in the risk")
    theta: float = Field(default=THETA, gt=0, le=0.36, description="risk taken at first")


class Predictive:
    """Marginal risk with a budget. `earning`: how much budget persons earn. Until the compiled rules are loaded (see
    `warm_up`) it is progressive."""

    def __init__(
        self,
        settings: PredictiveSettings | None = None,
        *,
        learned: Learned | None = None,
        prior: Prior | None = None,
        earning: Earning = Earning.PLAIN,
    ) -> None:
        self.settings = chosen = settings if settings is not None else PredictiveSettings()
        fresh = Learned(prior, patience_s=chosen.patience_s, theta=chosen.theta)
        self.learned = learned if learned is not None else fresh
        self._earning = earning
        self._closing_s = _NO_END_S
        self._rules = rules_of(
            abandon_rate_max=chosen.abandon_rate_max, patience_s=chosen.patience_s,
            cancel_after_s=chosen.cancel_after_s, cancel_risk=chosen.cancel_risk, burst=chosen.burst,
            peak_weight=chosen.peak_weight,
        )  # fmt: skip

    def left(self, windows: tuple[Window, ...]) -> float:
        return left(windows, self.settings.abandon_rate_max, self._earning)

    def learn(self, seen: Observation) -> None:
        if not isinstance(seen, Counted):
            self.learned.observe(seen)
            return
        if not warm.ready() or not seen.windows:
            return
        if earns(seen.windows, self.settings.abandon_rate_max, self._earning):
            memory, agents = self.learned.memory, max(seen.agents, 0)
            warm.rules().steer(memory, self._rules, self.left(seen.windows), agents, self._closing_s)

    def decide(self, view: PacingView) -> PacingDecision:
        if not warm.ready():
            return _while_loading(view)
        most, limit = view.room()
        floor = min(view.floor, most)
        calls_left = self.left(view.windows)
        forbidden = self._forbidden(view)
        answer, free_soon, answers_soon = self._ask(view, 0.0 if forbidden else calls_left, most)
        why = forbidden or _WHY[answer.why]
        if view.floor >= most:
            why = Limit.AGENTS_COVERED
        placed = floor + answer.over
        staying = view.staying > 0
        return PacingDecision(
            place=placed,
            limit=why if placed < most else limit,
            mode="predictive",
            floor=floor,
            cancel=self._long(view) if answer.cancel else (),
            risk=answer.risk if answer.risk >= 0 else None,
            theta=answer.theta,
            left=calls_left,
            seen=seen_of(
                view,
                free_soon=free_soon + max(view.ready_agents, 0) if staying else None,
                answers_soon=answers_soon if staying else None,
            ),
            again_s=answer.again_s,
        )

    def _forbidden(self, view: PacingView) -> Limit | None:
        if self.settings.abandon_rate_max <= 0:
            return Limit.NONE_ALLOWED
        return None if view.windows else Limit.NO_TALLY

    def _ask(self, view: PacingView, calls_left: float, most: int) -> tuple[Any, float, float]:
        rules, calls = warm.rules(), view.calls
        asked = rules.Asked(
            ready=view.ready_agents,
            promised=view.promised,
            under_way=view.under_way,
            waiting=len(view.waiting_s),
            staying=min(view.staying, _MOST_AGENTS),
            floor=view.floor,
            room=most,
            long=bool(self._long(view)),
            calls_left=float(calls_left),
            factor=float(view.next_factor),
            closes_in_s=self._closes_in_s(view),
        )
        found: tuple[Any, float, float] = rules.decide(
            self.learned.memory, self._rules, asked, float(view.at_s), self._hour_factor(view),
            np.array(view.talking_s, dtype=np.float64), np.array(view.wrapping_s, dtype=np.float64),
            np.array([call.age_s for call in calls], dtype=np.float64),
            np.array([call.factor for call in calls], dtype=np.float64),
        )  # fmt: skip
        return found

    def _closes_in_s(self, view: PacingView) -> float:
        """Kept for what is counted until the next decision."""
        known = view.closes_in_s is not None and not math.isnan(view.closes_in_s)
        self._closing_s = float(view.closes_in_s) if view.closes_in_s is not None and known else _NO_END_S
        return self._closing_s

    def _hour_factor(self, view: PacingView) -> float:
        return 1.0 if view.hour is None else float(self.learned.factor(f"hour:{view.hour}"))

    def _long(self, view: PacingView) -> tuple[int, ...]:
        """Calls that have rung long enough to be given up."""
        after = self.settings.cancel_after_s
        return tuple(call.call_id for call in view.calls if call.rang_s is not None and call.rang_s >= after)

    def to_dict(self) -> dict[str, Any]:
        """All that a restart must not lose."""
        return {"version": 1, "log_theta": self.learned.log_theta, "learned": self.learned.to_dict()}

    def restore(self, stored: Mapping[str, Any]) -> None:
        """Raises `ValueError`, and changes nothing, where it was not made by `to_dict`."""
        try:
            version, log_theta = stored["version"], float(stored["log_theta"])
            learned = Learned.from_dict(stored["learned"], patience_s=self.settings.patience_s)
        except (KeyError, TypeError) as error:
            raise ValueError(f"the state of pacing cannot be read: {error!r}; reset it") from error
        if version != 1 or not LOWEST_LOG_THETA <= log_theta <= HIGHEST_LOG_THETA:
            raise ValueError("the state of pacing is of another version or damaged; reset it")
        learned.log_theta = log_theta
        self.learned = learned


def _while_loading(view: PacingView) -> PacingDecision:
    found = replace(Progressive().decide(view), mode="predictive", seen=seen_of(view))
    return replace(found, limit=Limit.LOADING) if found.limit == Limit.AGENTS_COVERED else found
