"""How many attempts to add now. Asked on every event, answered from a few counts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from campaigns.idle import IdleReason


@dataclass(frozen=True, slots=True, kw_only=True)
class PacingView:
    """`ready_agents`: READY, or RESERVED for one of the `covered` attempts. `covered`: attempts placing, ringing, or
    answered and not yet connected. `rate_tokens_s`: whole calls the trunks' call rate allows at this instant."""

    ready_agents: int
    covered: int
    lines_free: int
    rate_tokens_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class PacingDecision:
    """`limit` is the `IdleReason` that keeps `place` from being higher."""

    place: int
    limit: str


class PacingPolicy(Protocol):
    def decide(self, view: PacingView) -> PacingDecision: ...


class Progressive:
    """One line per ready agent: an answered customer always has somebody."""

    def decide(self, view: PacingView) -> PacingDecision:
        if view.ready_agents <= 0:
            return PacingDecision(place=0, limit=IdleReason.NO_READY_AGENT)
        room = (
            (view.ready_agents - view.covered, IdleReason.AGENTS_COVERED),
            (view.lines_free, IdleReason.NO_FREE_LINE),
            (int(view.rate_tokens_s), IdleReason.RATE_LIMIT),
        )
        place, limit = min(room, key=lambda bound: bound[0])
        return PacingDecision(place=max(place, 0), limit=limit)
