from __future__ import annotations

from datetime import datetime
from typing import Self

from pydantic import BaseModel, Field

from campaigns.screening_errors import Estimate, ScreeningFigures
from campaigns.statistics import Rate


class ScreeningView(BaseModel):
    """Verdicts on who answered over one trunk, and how often they were wrong, with 95 % intervals."""

    trunk: str = Field(description='"" is all trunks together')
    screened: int
    humans: int
    machines: int
    uncertain: int = Field(description="treated as persons")
    mean_delay_ms: float | None = Field(description="from the answer to the verdict")
    messages: int = Field(description="machines that were left a message, or to which it was broken off")
    checked: Rate = Field(description="persons among the machines that agents heard all the same")
    false_positive: Estimate = Field(description="persons taken for machines, of all persons")
    false_negative: Estimate = Field(description="machines taken for persons, of all machines")
    wrongly_ended: Estimate = Field(description="persons hung up on as machines: how many, estimated")

    @classmethod
    def of(cls, found: ScreeningFigures) -> Self:
        return cls(**{name: getattr(found, name) for name in cls.model_fields})


class ScreeningReport(BaseModel):
    """`since` is the first instant of dialling that counts. The first row is all trunks together."""

    since: datetime
    campaign: str
    counts_as_abandoned: bool | None = Field(
        description="whether the campaign's policy pack counts persons taken for machines as abandoned; "
        "null without a campaign"
    )
    rows: list[ScreeningView]
