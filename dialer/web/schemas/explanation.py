from __future__ import annotations

from datetime import datetime
from typing import Self

from pydantic import BaseModel, Field

from campaigns.campaign import CampaignState
from campaigns.explain import Funnel
from campaigns.idle import IdleReason


class ExcludedView(BaseModel):
    """Leads whose first blocker is `rule`."""

    rule: str
    words: str
    leads: int
    clears_at: datetime | None
    groups: dict[str, int]


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
