"""A day of the fast world: what it is made of and what came of it."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from campaigns.pacing.prior import Prior

Share = Annotated[float, Field(ge=0, le=1)]


class PolicyName(StrEnum):
    """KNOWN_ENDS and KNOWN_FATES are predictive with what no dialer can know: when each agent will be free, how each
    call under way will end. ADAPTIVE raises and lowers a dial level every 15 s, as ViciDial does."""

    PREDICTIVE = "predictive"
    PROGRESSIVE = "progressive"
    POWER = "power"
    ADAPTIVE = "adaptive"
    KNOWN_ENDS = "known_ends"
    KNOWN_FATES = "known_fates"


class Break(BaseModel):
    """`share` of the agents ask for a break at once; those who talk go after their wrap-up. All come back together."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    at_h: float = Field(ge=0, le=24)
    minutes: float = Field(gt=0, le=240)
    share: Share


class Adaptive(BaseModel):
    """Knobs of the adaptive dial level."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    method: str = Field(default="tapered", pattern="^(hard_limit|tapered|average)$")
    level_max: float = Field(default=3.0, ge=1, le=10)
    intensity: float = Field(default=0.0, ge=-100, le=100)
    target: float = Field(default=0.0, ge=-20, le=20, description="agents who should wait")
    ready_only: bool = Field(default=False, description="tally only agents who wait")


class Scenario(BaseModel):
    """Seconds, unless a name says hours. Everybody logs in at 0. `answer_rates`: pairs of a share of the day and the
    rate from there on. `known_leads`: the dialer knows which lead seldom answers."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    agents: int = Field(ge=1, le=2000)
    hours: float = Field(default=8.0, gt=0, le=24)
    answer_rate: float = Field(default=0.30, gt=0, lt=1)
    answer_rates: tuple[tuple[Share, Share], ...] = ()
    low_rate: Share = 0.0
    high_rate: Share = 0.0
    low_share: Share = 0.0
    known_leads: bool = False
    setup_from_s: float = Field(default=1.0, ge=0, le=30)
    setup_to_s: float = Field(default=3.0, ge=0, le=30)
    ring_s: float = Field(default=9.0, gt=0, le=120)
    ring_cv: float = Field(default=0.6, gt=0, le=3)
    ring_limit_s: float = Field(default=25.0, gt=0, le=120)
    refused: Share = 0.10
    machines: Share = 0.20
    talk_s: float = Field(default=90.0, gt=0, le=7200)
    talk_cv: float = Field(default=1.0, gt=0, le=5)
    short_share: Share = 0.0
    short_s: float = Field(default=12.0, gt=0, le=600)
    wrap_s: float = Field(default=15.0, gt=0, le=1800)
    patience_s: float = Field(default=2.0, gt=0, le=10)
    breaks: tuple[Break, ...] = ()
    policy: PolicyName = PolicyName.PREDICTIVE
    lines_per_agent: float = Field(default=2.0, ge=1, le=4)
    adaptive: Adaptive = Adaptive()
    abandon_rate_max: Share = 0.03
    prior: Prior = Prior()
    lines: int | None = Field(default=None, ge=1, le=20_000)
    end_known: bool = Field(default=True, description="the dialer knows when the calling time ends")
    ticks: float = Field(default=1.0, gt=0, le=4, description="pace of the decisions between events")
    gap_s: float | None = Field(default=None, ge=0, le=5, description="at least, between two decisions")
    seed: int = Field(default=1, ge=0)
    days: int = Field(default=1, ge=1, le=100_000)

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.setup_to_s < self.setup_from_s:
            raise ValueError("setup_to_s is below setup_from_s")
        if list(self.answer_rates) != sorted(self.answer_rates):
            raise ValueError("answer_rates are not in the order of the day")
        if [b.at_h for b in self.breaks] != sorted(b.at_h for b in self.breaks):
            raise ValueError("breaks are not in the order of the day")
        return self
