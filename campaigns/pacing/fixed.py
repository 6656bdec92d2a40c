"""Modes that need nothing but counts: progressive, and power with its fixed number of lines."""

from __future__ import annotations

import math
from typing import Final

from campaigns.pacing.budget import left
from campaigns.pacing.decision import Limit, PacingDecision
from campaigns.pacing.policy import Observation
from campaigns.pacing.view import PacingView, seen_of

MOST_LINES: Final = 4.0


class Progressive:
    """One line per ready agent: an answered customer always has somebody."""

    def decide(self, view: PacingView) -> PacingDecision:
        if view.open and view.ready_agents <= 0:
            return PacingDecision(place=0, limit=Limit.NO_READY_AGENT)
        bare = view.ready_agents - max(view.promised, 0) - view.under_way
        room = ((bare, Limit.AGENTS_COVERED), view.room())
        place, limit = min(room, key=lambda bound: bound[0])
        return PacingDecision(place=max(place, 0), limit=limit, floor=max(place, 0))

    def learn(self, seen: Observation) -> None:
        """One line per agent, whatever happens."""


class Power:
    """A fixed number of lines per ready agent, as long as the budget has a call left for every call without an agent.
    Under a cap of 0, with the budget used up or not counted, it is progressive."""

    def __init__(self, lines_per_agent: float, abandon_rate_max: float) -> None:
        """Raises `ValueError` unless 1 <= lines per agent <= 4."""
        if not 1 <= lines_per_agent <= MOST_LINES:
            raise ValueError(f"lines per ready agent: {lines_per_agent:g} is not between 1 and {MOST_LINES:g}")
        self._lines, self._cap = lines_per_agent, abandon_rate_max

    def decide(self, view: PacingView) -> PacingDecision:
        most, limit = view.room()
        floor = min(view.floor, most)
        calls_left = left(view.windows, self._cap)
        over, why = self._over(view, calls_left)
        if floor + over < most:
            most, limit = floor + over, why
        return PacingDecision(place=most, limit=limit, mode="power", floor=floor, left=calls_left, seen=seen_of(view))

    def _over(self, view: PacingView, calls_left: float) -> tuple[int, Limit]:
        """Never more than the budget has left if nobody answered found an agent."""
        if self._cap <= 0:
            return 0, Limit.NONE_ALLOWED
        if not view.windows:
            return 0, Limit.NO_TALLY
        ready = max(view.ready_agents - max(view.promised, 0), 0)
        bare = view.under_way + view.floor - ready  # calls already without an agent
        wanted = int(self._lines * ready) - view.under_way - view.floor
        spare = math.floor(calls_left) - 1 - max(bare, 0)
        if spare < wanted:
            return max(spare, 0), Limit.BUDGET_SPENT if calls_left < 1 else Limit.BUDGET_GUARD
        return max(wanted, 0), Limit.AGENTS_COVERED if ready else Limit.NO_READY_AGENT

    def learn(self, seen: Observation) -> None:
        """Its number of lines is fixed."""
