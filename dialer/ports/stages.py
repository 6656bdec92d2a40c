"""The funnel as it is kept: moves with who and when, hand-overs to sales, customers given up."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from campaigns.handover import Handover, HandoverOrder, HandoverState, Loss, LossOrder, LossState
from campaigns.stage import Stage
from campaigns.stage_moves import StageMove


@dataclass(frozen=True, slots=True, kw_only=True)
class StageStep:
    lead_id: int
    at: datetime
    previous: Stage
    stage: Stage
    move: StageMove
    moved_by: str
    reason: str
    attempt_id: str | None


class Stages(Protocol):
    """Every method is one transaction: rows, the lead and the journal together. Raises `NotFound` for an unknown lead
    or question, `WrongState` where it was answered meanwhile or the stage does not fit."""

    async def move(
        self,
        lead_id: int,
        move: StageMove,
        *,
        expected: Stage,
        to: Stage,
        at: datetime,
        by: str,
        reason: str,
        due_at: datetime | None = None,
    ) -> None:
        """`due_at`: when a reopened customer is called again."""
        ...

    async def offer(self, lead_id: int, *, to: str, note: str, at: datetime, by: str) -> Handover: ...
    async def settle(
        self, handover_id: int, order: HandoverOrder, *, at: datetime, by: str, reason: str, due_at: datetime | None
    ) -> Handover:
        """`due_at`: when a customer who was given back is called again; None leaves a closed lead closed."""
        ...

    async def propose_loss(self, lead_id: int, *, reason: str, note: str, at: datetime, by: str) -> Loss:
        """The lead rests until the decision."""
        ...

    async def decide_loss(
        self, loss_id: int, order: LossOrder, *, at: datetime, by: str, remark: str, due_at: datetime
    ) -> Loss:
        """Sent back, the lead is due at `due_at`."""
        ...

    async def describe(self, lead_id: int, *, name: str | None, fields: dict[str, str], at: datetime, by: str) -> None:
        """Complete a customer's details; what was there before stays in the journal. "" takes a field away."""
        ...

    async def steps(self, lead_id: int) -> list[StageStep]: ...
    async def handover(self, handover_id: int) -> Handover | None: ...
    async def loss(self, loss_id: int) -> Loss | None: ...
    async def handovers(
        self, *, campaign_id: int | None = None, state: HandoverState | None = None, after: int = 0, limit: int = 100
    ) -> list[Handover]: ...
    async def losses(
        self, *, campaign_id: int | None = None, state: LossState | None = None, after: int = 0, limit: int = 100
    ) -> list[Loss]: ...
    async def funnel(self, campaign_id: int) -> dict[Stage, int]:
        """Leads by stage; those of unfinished lists left out."""
        ...
