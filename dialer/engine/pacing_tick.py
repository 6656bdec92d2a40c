"""When a decision is to be made anew though nothing has happened: agents and calls grow older."""

from __future__ import annotations

from typing import Final

from campaigns.pacing import Limit, PacingDecision
from dialer.engine.pacing_sight import Sighted

_BY_TIME: Final = frozenset({Limit.RISK, Limit.BURST, Limit.BUDGET_GUARD})
_SOON_S: Final = 0.25
_USUAL_S: Final = 0.5
# So many times the risk that is taken does not sink to it within so many seconds.
_FAR: Final = ((6.0, 3.0), (3.0, 1.5), (1.5, 1.0))
_CANCEL_S: Final = 15.0  # of ringing, from which on a call may be given up


def tick_s(decision: PacingDecision, sighted: Sighted) -> float | None:
    """Until the decision is to be made anew though nothing has happened; None where only an event can change it."""
    found: float | None = None
    if decision.limit in _BY_TIME and sighted.view.talking_s + sighted.view.wrapping_s:
        found = _SOON_S if decision.limit == Limit.BURST else _until_worth_it(decision)
    for call in sighted.view.calls:
        if call.rang_s is not None:
            left = max(_CANCEL_S - call.rang_s, _USUAL_S)
            found = left if found is None else min(found, left)
    return found


def _until_worth_it(decision: PacingDecision) -> float:
    if decision.risk is None or decision.theta is None:
        return _USUAL_S
    return next((seconds for times, seconds in _FAR if decision.risk > times * decision.theta), _USUAL_S)
