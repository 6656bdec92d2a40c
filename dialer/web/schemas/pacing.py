from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field

from campaigns.campaign import PacingMode
from campaigns.pacing import PreviewState, Window
from campaigns.pacing_words import limit_words, note_words, words
from dialer.engine.pacing_log import Logged, moment
from dialer.engine.preview_desk import Shown
from dialer.web.schemas.attempt import AttemptView
from dialer.web.schemas.lead import LeadView
from dialer.web.schemas.page import Text


class WindowView(BaseModel):
    """Persons who answered, and those abandoned; `low` and `high` are the rate's 95 % Wilson interval."""

    window: str
    answered: int
    abandoned: int
    rate: float | None
    low: float
    high: float

    @classmethod
    def of(cls, window: Window) -> Self:
        rate = window.rate
        return cls(
            window=window.name, answered=window.answered, abandoned=window.abandoned, rate=rate.value, low=rate.low,
            high=rate.high,
        )  # fmt: skip


class PacingView(BaseModel):
    """`abandon_rate_max` is the one in force: the stricter of campaign and policy. `over_dials`: may place calls that
    no agent is ready for. `note` is what the automatic mode does now; null while no server runs."""

    campaign: str
    mode: PacingMode
    lines_per_agent: float
    abandon_rate_max: float
    abandon_limit_s: float
    preview_s: int
    over_dials: bool
    note: str | None = None
    words: str = ""
    words_zh: str = ""
    windows: list[WindowView]
    learned: dict[str, float]
    rates: dict[str, float] = Field(description='answer rate against the campaign\'s: "hour:14", "list:spring.csv"')
    learned_at: datetime | None = Field(description="when it was stored last; null where nothing is stored")


class DecisionView(BaseModel):
    """The same decision was made `times` times from `first` to `last`. `limit` and `note` with their words."""

    first: datetime
    last: datetime
    times: int
    mode: str
    placed: int
    wanted: int
    limit: str
    limit_words: str
    limit_words_zh: str
    note: str
    note_words: str
    note_words_zh: str
    risk: float | None = Field(description="that a further call would find no agent")
    theta: float | None = Field(description="the risk that was taken")
    left: float | None = Field(description="calls that might still be abandoned")
    floor: int = Field(description="calls that had an agent to themselves")
    cancelled: int
    offered: int
    seen: dict[str, float | int | None]
    words: str
    words_zh: str

    @classmethod
    def of(cls, entry: Logged) -> Self:
        decided, (first, last) = entry.decided, moment(entry)
        values: dict[str, Any] = asdict(decided)
        english, chinese = words(decided)
        limits, notes = limit_words(decided.limit), note_words(decided.note)
        own = {name: values.pop(name) for name in tuple(values) if name in cls.model_fields}
        return cls(
            first=first, last=last, times=entry.times, seen=values, words=english, words_zh=chinese,
            limit_words=limits[0], limit_words_zh=limits[1], note_words=notes[0], note_words_zh=notes[1], **own,
        )  # fmt: skip


class WhyView(BaseModel):
    """`decision` is the one in force at `at`, null where none is known from before; its neighbours in time order."""

    campaign: str
    at: datetime
    decision: DecisionView | None
    before: list[DecisionView]
    after: list[DecisionView]

    @classmethod
    def of(cls, code: str, at: datetime, place: int, entries: list[Logged]) -> Self:
        views = [DecisionView.of(entry) for entry in entries]
        return cls(
            campaign=code, at=at, decision=views[place] if place >= 0 else None, before=views[: max(place, 0)],
            after=views[place + 1 :],
        )  # fmt: skip


class SkipReason(BaseModel):
    model_config = ConfigDict(extra="forbid")

    reason: Text = Field(default="", max_length=200)


class PreviewView(BaseModel):
    """A lead shown to an agent. `number` is the one that would be called; `attempts` are those made so far."""

    agent: str
    campaign: str
    state: PreviewState
    since: datetime
    until: datetime
    reason: str
    number: str
    lead: LeadView
    attempts: list[AttemptView] = []

    @classmethod
    def of(cls, shown: Shown, attempts: list[AttemptView] | None = None) -> Self:
        return cls(
            agent=shown.agent_id,
            campaign=shown.campaign.settings.code,
            state=shown.state,
            since=shown.since,
            until=shown.until,
            reason=shown.reason,
            number=shown.number,
            lead=LeadView.of(shown.lead),
            attempts=attempts or [],
        )
