from __future__ import annotations

from datetime import date
from typing import Self

from pydantic import BaseModel, ConfigDict, Field

from campaigns.policy import Policy
from dialer.web.schemas.page import Text


class PolicyText(BaseModel):
    model_config = ConfigDict(extra="forbid")

    text: Text = Field(max_length=100_000, description="a policy pack in TOML")


class HoursView(BaseModel):
    days: list[str]
    start: str = Field(serialization_alias="from", description="the called person's local time")
    end: str = Field(serialization_alias="to")


class PolicyView(BaseModel):
    """Times of day are the called person's. The strictest of pack and campaign holds."""

    name: str
    version: int
    title: str
    source: str
    checked_on: date
    countries: list[str] = Field(description="empty: every country without a pack of its own")
    windows: list[HoursView]
    windows_bind: bool = Field(description="a campaign's own windows count only inside these")
    wall_from: str
    wall_to: str
    forbidden_days: list[str]
    holidays: str = Field(description="open, closed unless the campaign says otherwise, or forbidden")
    number_per_24h: int
    number_per_30d: int
    person_per_24h: int | None
    person_per_30d: int | None
    abandon_limit_s: float
    abandon_lockout_h: float
    abandon_guarantee_h: float = Field(description="so long a number we abandoned rings only with a reserved agent")
    abandon_rate_max: float
    screening_errors_abandon: bool = Field(description="persons taken for answering machines count as abandoned")
    refusal_lockout_days: int
    min_ring_s: int
    recording_days_min: int
    recording_days_max: int
    records_days_min: int
    duties: list[str] = Field(description="what the planner has to see to, as the software cannot")

    @classmethod
    def of(cls, policy: Policy) -> Self:
        own = {name: getattr(policy, name) for name in cls.model_fields if hasattr(policy, name)}
        return cls(
            **own
            | {
                "source": " ".join(policy.source.split()),
                "windows": [
                    HoursView(days=list(w.days), start=f"{w.start:%H:%M}", end=f"{w.end:%H:%M}") for w in policy.windows
                ],
                "wall_from": f"{policy.wall_from:%H:%M}",
                "wall_to": f"{policy.wall_to:%H:%M}",
                "abandon_lockout_h": policy.abandon_lockout.total_seconds() / 3600,
                "abandon_guarantee_h": policy.abandon_guarantee.total_seconds() / 3600,
                "refusal_lockout_days": policy.refusal_lockout.days,
            }
        )


class CalendarView(BaseModel):
    """Which public holidays of a country are known. Where they matter, nobody is dialled in another year."""

    country: str
    sources: dict[int, str] = Field(description="year to where it was taken from")
    covered_until: date | None = Field(description="from today on; null where today is not covered")
    holidays: dict[date, str]
    working: list[date] = Field(description="make-up working days")
