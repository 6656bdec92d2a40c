"""The numbers of the predictive policy, in the order in which the compiled rules read them."""

from __future__ import annotations

import numpy as np

from campaigns.pacing.budget import CREDIT, CREDIT_OVER, CREDIT_SHARE, GUARD_TAIL
from campaigns.pacing.kernel import memory as rows
from campaigns.pacing.kernel.memory import Floats

CANCEL_AFTER_S = 15.0  # of ringing; nobody hangs up on a customer earlier
THETA = 0.04  # risk taken at first


def rules_of(
    *,
    abandon_rate_max: float,
    patience_s: float,
    cancel_after_s: float = CANCEL_AFTER_S,
    cancel_risk: float = 0.05,
    burst: float = 0.12,
    peak_weight: float = 0.5,
) -> Floats:
    rules = np.zeros(rows.RULES)
    rules[rows.CAP], rules[rows.PATIENCE] = abandon_rate_max, patience_s
    rules[rows.CANCEL_AFTER], rules[rows.CANCEL_RISK] = cancel_after_s, cancel_risk
    rules[rows.BURST], rules[rows.PEAK] = burst, peak_weight
    rules[rows.TAIL] = GUARD_TAIL
    rules[rows.CREDIT], rules[rows.CREDIT_OVER], rules[rows.CREDIT_SHARE] = CREDIT, CREDIT_OVER, CREDIT_SHARE
    rules[rows.ROOM_BASE], rules[rows.ROOM_ROOT] = 1.0, 2.0  # calls kept in the budget, by the root of the team
    rules[rows.HORIZON] = 3 * 3600.0  # before the end of the calling time, from which fewer are kept
    rules[rows.HARD] = 0.5  # calls left at which no risk is taken any more
    rules[rows.RESERVE] = 0.25  # calls that are left even if calls under way are lost
    rules[rows.GAIN] = 3.0  # at most so many times the steady risk
    rules[rows.STEP] = 0.003  # of the logarithm of theta, by one answer
    return rules
