from __future__ import annotations

from datetime import datetime
from typing import Self

from pydantic import BaseModel, ConfigDict, Field

from campaigns.handover import Handover, HandoverState, Loss, LossState
from campaigns.stage import Stage
from campaigns.stage_moves import StageMove
from dialer.planning.stages import Standing
from dialer.ports.stages import StageStep


class StepView(BaseModel):
    at: datetime
    previous: Stage
    stage: Stage
    move: StageMove
    by: str
    reason: str
    call: str | None

    @classmethod
    def of(cls, step: StageStep) -> Self:
        return cls(
            at=step.at,
            previous=step.previous,
            stage=step.stage,
            move=step.move,
            by=step.moved_by,
            reason=step.reason,
            call=step.attempt_id,
        )


class StandingView(BaseModel):
    """`missing`: details without which the customer does not go up; `moves`: what a person may decide now."""

    lead: int
    name: str
    stage: Stage
    moves: list[StageMove]
    missing: list[str]
    steps: list[StepView]

    @classmethod
    def of(cls, standing: Standing) -> Self:
        return cls(
            lead=standing.lead.lead_id,
            name=standing.lead.name,
            stage=standing.lead.stage,
            moves=list(standing.moves),
            missing=list(standing.missing),
            steps=[StepView.of(step) for step in standing.steps],
        )


class _Asked(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Move(_Asked):
    move: StageMove
    reason: str = Field(default="", max_length=500)


class Details(_Asked):
    """Fields that are left out stay; an empty value takes a field away."""

    name: str | None = Field(default=None, max_length=200)
    fields: dict[str, str] = Field(default_factory=dict, max_length=100)


class Offer(_Asked):
    to: str = Field(min_length=1, max_length=120, description="who gets the customer")
    note: str = Field(default="", max_length=2000)


class Answer(_Asked):
    reason: str = Field(default="", max_length=500)


class Proposal(_Asked):
    reason: str = Field(min_length=1, max_length=200)
    note: str = Field(default="", max_length=2000)


class Decision(_Asked):
    remark: str = Field(default="", max_length=500)


class HandoverView(BaseModel):
    id: int
    lead: int
    to: str
    state: HandoverState
    made_at: datetime
    made_by: str
    note: str
    settled_at: datetime | None
    settled_by: str
    reason: str

    @classmethod
    def of(cls, handover: Handover) -> Self:
        return cls(
            id=handover.handover_id,
            lead=handover.lead_id,
            to=handover.to,
            state=handover.state,
            made_at=handover.made_at,
            made_by=handover.made_by,
            note=handover.note,
            settled_at=handover.settled_at,
            settled_by=handover.settled_by,
            reason=handover.reason,
        )


class LossView(BaseModel):
    id: int
    lead: int
    reason: str
    state: LossState
    proposed_at: datetime
    proposed_by: str
    note: str
    decided_at: datetime | None
    decided_by: str
    remark: str

    @classmethod
    def of(cls, loss: Loss) -> Self:
        return cls(
            id=loss.loss_id,
            lead=loss.lead_id,
            reason=loss.reason,
            state=loss.state,
            proposed_at=loss.proposed_at,
            proposed_by=loss.proposed_by,
            note=loss.note,
            decided_at=loss.decided_at,
            decided_by=loss.decided_by,
            remark=loss.remark,
        )
