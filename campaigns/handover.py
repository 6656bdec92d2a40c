"""Handing a customer to sales, and giving one up: who has to answer, and what the answer leads to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final


class HandoverState(StrEnum):
    OFFERED = "OFFERED"
    CONFIRMED = "CONFIRMED"  # sales found it real: an opportunity
    RETURNED = "RETURNED"  # not real, with a reason: called again
    WITHDRAWN = "WITHDRAWN"


class HandoverOrder(StrEnum):
    CONFIRM = "confirm"
    RETURN = "return"
    WITHDRAW = "withdraw"


class LossState(StrEnum):
    PROPOSED = "PROPOSED"
    APPROVED = "APPROVED"
    SENT_BACK = "SENT_BACK"  # the supervisor wants it worked on


class LossOrder(StrEnum):
    APPROVE = "approve"
    SEND_BACK = "send_back"


HANDOVER: Final[Mapping[tuple[HandoverState, HandoverOrder], HandoverState]] = {
    (HandoverState.OFFERED, HandoverOrder.CONFIRM): HandoverState.CONFIRMED,
    (HandoverState.OFFERED, HandoverOrder.RETURN): HandoverState.RETURNED,
    (HandoverState.OFFERED, HandoverOrder.WITHDRAW): HandoverState.WITHDRAWN,
    # Sales may find out later.
    (HandoverState.CONFIRMED, HandoverOrder.RETURN): HandoverState.RETURNED,
}
LOSS: Final[Mapping[tuple[LossState, LossOrder], LossState]] = {
    (LossState.PROPOSED, LossOrder.APPROVE): LossState.APPROVED,
    (LossState.PROPOSED, LossOrder.SEND_BACK): LossState.SENT_BACK,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Handover:
    """`to` names the person or shop that gets the customer."""

    handover_id: int
    lead_id: int
    campaign_id: int
    to: str
    state: HandoverState
    made_at: datetime
    made_by: str
    note: str = ""
    settled_at: datetime | None = None
    settled_by: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Loss:
    """A customer somebody wants to give up. While it is PROPOSED the lead is not called."""

    loss_id: int
    lead_id: int
    campaign_id: int
    reason: str
    state: LossState
    proposed_at: datetime
    proposed_by: str
    note: str = ""
    decided_at: datetime | None = None
    decided_by: str = ""
    remark: str = ""  # the supervisor's
