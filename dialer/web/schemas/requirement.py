from __future__ import annotations

from datetime import datetime
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field

from campaigns.derivation import Derivation, Remark
from campaigns.requirement import Party, Requirement, RequirementState, StepKind
from dialer.planning.requirements import Taken
from dialer.ports.requirements import RequirementRow
from dialer.web.schemas.campaign import CampaignView, ChangeView
from dialer.web.schemas.page import Code, Text, TrunkName


class RequirementView(BaseModel):
    code: str
    title: str
    requester: str
    state: RequirementState
    version: int
    created_at: datetime
    content: Requirement

    @classmethod
    def of(cls, row: RequirementRow) -> Self:
        return cls(
            code=row.content.code,
            title=row.content.title,
            requester=row.content.requester,
            state=row.state,
            version=row.version,
            created_at=row.created_at,
            content=row.content,
        )


class ChangeRequirement(BaseModel):
    """As for campaigns: tables are merged, lists replaced, `unset` goes back to what is usual."""

    model_config = ConfigDict(extra="forbid")

    changes: dict[str, Any] = {}
    unset: list[str] = Field(default=[], max_length=100)


class Agreement(BaseModel):
    model_config = ConfigDict(extra="forbid")

    party: Party


class Evaluation(BaseModel):
    model_config = ConfigDict(extra="forbid")

    words: Text = Field(min_length=1, max_length=8000)


class MakeCampaign(BaseModel):
    """`changes` are settings the planner decides at once."""

    model_config = ConfigDict(extra="forbid")

    code: Code
    trunks: list[TrunkName] = Field(min_length=1, max_length=20)
    changes: dict[str, Any] = {}


class RemarkView(BaseModel):
    field: str
    en: str
    zh: str

    @classmethod
    def of(cls, remark: Remark) -> Self:
        return cls(field=remark.field, en=remark.en, zh=remark.zh)


class MadeCampaignView(BaseModel):
    campaign: CampaignView
    derived: list[RemarkView] = Field(description="what follows from the requirement")
    undecided: list[RemarkView] = Field(description="what must still be decided")

    @classmethod
    def of(cls, campaign: CampaignView, derivation: Derivation) -> Self:
        return cls(
            campaign=campaign,
            derived=[RemarkView.of(remark) for remark in derivation.derived],
            undecided=[RemarkView.of(remark) for remark in derivation.undecided],
        )


class StepView(BaseModel):
    """`words`: the campaign's code after "campaign made", the evaluation after "evaluated"."""

    at: datetime
    by: str
    kind: StepKind
    version: int
    party: Party | None
    words: str
    figures: dict[str, float] | None
    changes: list[ChangeView]

    @classmethod
    def of(cls, taken: Taken) -> Self:
        step = taken.step
        return cls(
            at=step.at,
            by=step.by,
            kind=step.kind,
            version=step.version,
            party=step.party,
            words=step.words,
            figures=None if step.figures is None else dict(step.figures),
            changes=[ChangeView.of(change) for change in taken.changes],
        )
