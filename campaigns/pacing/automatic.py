"""Automatic pacing: progressive until it is sure, over-dialling while it is, progressive again near the limit.

Sure means: the upper end of the 95 % Wilson interval of the abandonment rate keeps below the policy's cap, in every
window, even if the next call was abandoned.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from campaigns.pacing.budget import Earning, Window, earns
from campaigns.pacing.decision import Limit, Note, PacingDecision
from campaigns.pacing.learned import Learned
from campaigns.pacing.policy import Observation
from campaigns.pacing.predictive import Predictive, PredictiveSettings
from campaigns.pacing.prior import Prior
from campaigns.pacing.view import PacingView

_SHORT: Final = frozenset({Limit.BUDGET_SPENT, Limit.BUDGET_GUARD})


class Automatic:
    def __init__(
        self,
        settings: PredictiveSettings | None = None,
        *,
        learned: Learned | None = None,
        prior: Prior | None = None,
    ) -> None:
        self.predictive = Predictive(settings, learned=learned, prior=prior, earning=Earning.BOUND)

    def learn(self, seen: Observation) -> None:
        self.predictive.learn(seen)

    def decide(self, view: PacingView) -> PacingDecision:
        found = replace(self.predictive.decide(view), mode="automatic")
        if found.limit in (Limit.NONE_ALLOWED, Limit.NO_TALLY, Limit.LOADING):
            return found
        note = self._note(view.windows, found)
        if found.limit not in _SHORT:
            return replace(found, note=note)
        return replace(found, note=note, limit=Limit.LEARNING if note is Note.LEARNING else Limit.LIMIT_NEAR)

    def _note(self, windows: tuple[Window, ...], found: PacingDecision) -> Note | None:
        cap = self.predictive.settings.abandon_rate_max
        if cap <= 0 or not windows:
            return None
        if not earns(windows, cap, Earning.BOUND):
            return Note.LEARNING
        return Note.FELL_BACK if found.left is not None and found.left < 1 else Note.OVER_DIALLING

    def to_dict(self) -> dict[str, Any]:
        return self.predictive.to_dict()

    def restore(self, stored: Mapping[str, Any]) -> None:
        """Raises `ValueError`, and changes nothing, where it was not made by `to_dict`."""
        self.predictive.restore(stored)
