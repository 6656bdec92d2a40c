"""A requirement (外呼业务需求书): what a campaign is to achieve, agreed with the requester before it is made."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Final, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from campaigns.campaign import CallingWindow, Goal
from campaigns.disposition import STANDARD, Disposition

Words = Annotated[str, Field(max_length=4000)]


class RequirementState(StrEnum):
    DRAFT = "DRAFT"
    AGREED = "AGREED"  # by the planner and by the requester, on the same version
    CAMPAIGN_MADE = "CAMPAIGN_MADE"
    EVALUATED = "EVALUATED"  # the results went back to the requester


class RequirementOrder(StrEnum):
    CHANGE = "change"  # agreements were to other words: they lapse
    AGREE = "agree"
    MAKE_CAMPAIGN = "make campaign"
    EVALUATE = "evaluate"


_S, _O = RequirementState, RequirementOrder
NEXT: Final[Mapping[tuple[RequirementState, RequirementOrder], RequirementState]] = {
    (_S.DRAFT, _O.CHANGE): _S.DRAFT,
    (_S.AGREED, _O.CHANGE): _S.DRAFT,
    (_S.CAMPAIGN_MADE, _O.CHANGE): _S.DRAFT,
    (_S.DRAFT, _O.AGREE): _S.AGREED,  # once both have
    (_S.AGREED, _O.MAKE_CAMPAIGN): _S.CAMPAIGN_MADE,
    (_S.CAMPAIGN_MADE, _O.MAKE_CAMPAIGN): _S.CAMPAIGN_MADE,  # one requirement may need several campaigns
    (_S.CAMPAIGN_MADE, _O.EVALUATE): _S.EVALUATED,
    (_S.EVALUATED, _O.EVALUATE): _S.EVALUATED,
}


def after(state: RequirementState, order: RequirementOrder) -> RequirementState | None:
    """The state an order leads to; None when the order does not fit the state."""
    return NEXT.get((state, order))


class Party(StrEnum):
    PLANNER = "planner"
    REQUESTER = "requester"


class StepKind(StrEnum):
    CREATED = "created"
    CHANGED = "changed"
    AGREED = "agreed"
    CAMPAIGN_MADE = "campaign made"
    EVALUATED = "evaluated"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """Something done with a requirement: by whom, when and on which version. `words` is a campaign's code after
    CAMPAIGN_MADE, the evaluation after EVALUATED."""

    kind: StepKind
    at: datetime
    by: str
    version: int
    party: Party | None = None
    words: str = ""
    figures: Mapping[str, float] | None = None


def agreed(steps: Iterable[Step], version: int) -> bool:
    """Both parties have agreed to this version."""
    parties = {step.party for step in steps if step.kind is StepKind.AGREED and step.version == version}
    return parties >= set(Party)


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class CallingTimes(_Part):
    """When the requester wants people called. The policy's hours bound all of it; `windows` names exact hours."""

    daytime: bool = True  # until 18:00
    evening: bool = False  # from 18:00
    saturday: bool = False
    sunday: bool = False
    holidays: bool = False
    windows: tuple[CallingWindow, ...] = ()

    @model_validator(mode="after")
    def _some_time(self) -> Self:
        if not (self.windows or self.daytime or self.evening):
            raise ValueError("neither daytime nor evening nor windows: nobody could ever be called")
        return self


class RepeatFrequency(_Part):
    """How often to try again when nobody is reached. What is left out follows the house's rules."""

    attempts: int | None = Field(default=None, ge=1, le=100)
    within_days: int | None = Field(default=None, ge=1, le=365)
    no_answer_after_h: tuple[float, ...] = ()  # hours before the 2nd, 3rd ... attempt; the last repeats
    busy_after_min: tuple[float, ...] = ()  # minutes
    other_day_part: bool = True
    other_weekday: bool = False
    other_number: bool = False

    @model_validator(mode="after")
    def _delays(self) -> Self:
        for name, values, most in (
            ("no_answer_after_h", self.no_answer_after_h, 90 * 24),
            ("busy_after_min", self.busy_after_min, 90 * 24 * 60),
        ):
            if any(not 0 < value <= most for value in values):
                raise ValueError(f"{name} must lie above 0 and up to 90 days")
        return self


class SuccessMeans(_Part):
    """What counts as success: `counts` names dispositions, `dispositions` replaces the standard set."""

    counts: tuple[str, ...] = ()
    dispositions: tuple[Disposition, ...] = ()

    @model_validator(mode="after")
    def _known(self) -> Self:
        codes = [d.code for d in self.dispositions or STANDARD]
        if unknown := [code for code in self.counts if code not in codes]:
            raise ValueError(f"counts names {', '.join(unknown)}; the dispositions are {', '.join(codes)}")
        return self


class Requirement(_Part):
    code: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,47}$")
    title: str = Field(min_length=1, max_length=120)
    requester: str = Field(min_length=1, max_length=120)
    department: str = Field(default="", max_length=120)
    purpose: Words = ""
    target_group: Words = ""
    offer: Words = ""
    country: str = Field(default="CN", pattern=r"^[A-Z]{2}$")
    starts_on: date | None = None
    deadline: date | None = None
    script_name: str = Field(default="", max_length=64)
    script: str = Field(default="", max_length=20000)
    notes: Words = ""
    goal: Goal = Goal()
    calling_times: CallingTimes = CallingTimes()
    repeat: RepeatFrequency = RepeatFrequency()
    success: SuccessMeans = SuccessMeans()

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.starts_on and self.deadline and self.deadline < self.starts_on:
            raise ValueError("deadline lies before starts_on")
        return self


_ASKED: Final[tuple[tuple[str, str, str], ...]] = (
    ("purpose", "the purpose", "外呼目的"),
    ("target_group", "the target group", "目标客户"),
    ("offer", "the product or offer", "产品或优惠"),
    ("deadline", "the completion deadline", "完成期限"),
    ("goal", "the goal figures", "目标数据"),
    ("script", "the script", "脚本"),
)


def unanswered(requirement: Requirement) -> list[tuple[str, str, str]]:
    """What a complete requirement would say and this one does not: field, in English, in Chinese."""
    answers = {
        "deadline": requirement.deadline,
        "goal": requirement.goal.figures(),
        "script": requirement.script or requirement.script_name,
    }
    return [entry for entry in _ASKED if not answers.get(entry[0], getattr(requirement, entry[0]))]
