"""A callback: a promise to call at a time, by one agent or by anyone. Settled exactly once, and never forgotten."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final


class CallbackState(StrEnum):
    OPEN = "OPEN"
    KEPT = "KEPT"  # a conversation took place
    MISSED = "MISSED"  # the lead was closed before one did
    CANCELLED = "CANCELLED"  # taken back, with a reason
    ATTACHED = "ATTACHED"  # the customer called in first


class CallbackOrder(StrEnum):
    KEEP = "keep"
    MISS = "miss"
    CANCEL = "cancel"
    ATTACH = "attach"
    REOPEN = "reopen"  # the agent says that what looked like a conversation was none


_S, _O = CallbackState, CallbackOrder
NEXT: Final[Mapping[tuple[CallbackState, CallbackOrder], CallbackState]] = {
    (_S.OPEN, _O.KEEP): _S.KEPT,
    (_S.OPEN, _O.MISS): _S.MISSED,
    (_S.OPEN, _O.CANCEL): _S.CANCELLED,
    (_S.OPEN, _O.ATTACH): _S.ATTACHED,
    (_S.KEPT, _O.REOPEN): _S.OPEN,
}
DONE: Final = frozenset({CallbackState.KEPT, CallbackState.ATTACHED})  # the customer was spoken to


def after(state: CallbackState, order: CallbackOrder) -> CallbackState | None:
    """The state an order leads to; None when the order does not fit the state."""
    return NEXT.get((state, order))


@dataclass(frozen=True, slots=True, kw_only=True)
class Callback:
    """`due_at` is what was promised; when it is tried next, and from when on anyone may, stands with the lead."""

    callback_id: str
    campaign_id: int
    lead_id: int
    due_at: datetime
    made_at: datetime
    made_by: str = ""  # agent or planner
    attempt_id: str | None = None  # the conversation in which it was promised
    agent_id: str | None = None  # None: anyone
    note: str = ""
    state: CallbackState = CallbackState.OPEN
    settled_at: datetime | None = None
    settled_by: str = ""
    settled_attempt: str | None = None  # the conversation, ours or the customer's, that kept it
    reason: str = ""  # why it was cancelled, moved or missed


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowUpCount:
    """Call-back completion (回访率) of the callbacks that fell due in a period. Cancelled ones were not due."""

    due: int
    done: int
    open: int
    missed: int
    cancelled: int

    @property
    def rate(self) -> float | None:
        """done / due; None where nothing was due."""
        return self.done / self.due if self.due else None


def follow_ups(counts: Mapping[CallbackState, int]) -> FollowUpCount:
    cancelled = counts.get(CallbackState.CANCELLED, 0)
    return FollowUpCount(
        due=sum(counts.values()) - cancelled,
        done=sum(counts.get(state, 0) for state in DONE),
        open=counts.get(CallbackState.OPEN, 0),
        missed=counts.get(CallbackState.MISSED, 0),
        cancelled=cancelled,
    )
