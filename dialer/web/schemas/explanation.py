from __future__ import annotations

from datetime import date, datetime
from typing import Self

from pydantic import BaseModel, Field

from campaigns.campaign import CampaignState
from campaigns.explain import Funnel
from campaigns.idle import IdleReason
from campaigns.idle_minutes import IdleRun, words


class ExcludedView(BaseModel):
    """Leads whose first blocker is `rule`."""

    rule: str
    words: str
    leads: int
    clears_at: datetime | None
    groups: dict[str, int]


class IdleRunView(BaseModel):
    """Minutes on end; `reason` "" is dialling."""

    start: datetime
    end: datetime
    minutes: int
    reason: str
    words: str
    words_zh: str

    @classmethod
    def of(cls, run: IdleRun) -> Self:
        english, chinese = words(run.reason)
        return cls(
            start=run.start, end=run.end, minutes=run.minutes, reason=run.reason, words=english, words_zh=chinese
        )


class IdleDayView(BaseModel):
    """`day` in `time_zone`; a day that is not over ends now. `by_reason`: idle minutes, most first."""

    campaign: str
    day: date
    time_zone: str
    by_reason: dict[str, int]
    dialling_minutes: int
    runs: list[IdleRunView]


class CampaignExplanationView(BaseModel):
    """leads = dialable + the sum of `excluded`."""

    campaign: str
    state: CampaignState
    idle: IdleReason | None = Field(description="why nothing is dialled right now; null while it dials")
    sentence: str
    leads: int
    dialable: int
    excluded: list[ExcludedView]
    clears_at: datetime | None = Field(description="when the first excluded lead may be dialled")
    next_due: datetime | None

    @classmethod
    def of(
        cls, code: str, state: CampaignState, funnel: Funnel, *, idle: IdleReason | None, next_due: datetime | None
    ) -> Self:
        return cls(
            campaign=code,
            state=state,
            idle=idle,
            sentence=funnel.sentence(),
            leads=funnel.leads,
            dialable=funnel.dialable,
            excluded=[
                ExcludedView(
                    rule=step.rule,
                    words=step.words,
                    leads=step.leads,
                    clears_at=step.clears_at,
                    groups=step.groups,
                )
                for step in funnel.excluded
            ],
            clears_at=funnel.clears_at,
            next_due=next_due,
        )
