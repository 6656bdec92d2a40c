from __future__ import annotations

from datetime import date, datetime
from typing import Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from campaigns.callback import CallbackState, FollowUpCount
from campaigns.lead import DueKind, LeadState
from campaigns.tickler import Cabinet, Day, Item
from campaigns.windows import zone
from dialer.ports.callbacks import CallbackRow
from dialer.web.schemas.page import AgentId, Text


def local(at: datetime, time_zone: str) -> str | None:
    """As the clock on the customer's wall shows it; None where nobody knows."""
    found = zone(time_zone)
    return None if found is None else f"{at.astimezone(found):%a %Y-%m-%d %H:%M} {time_zone}"


class CallbackView(BaseModel):
    """A promised call. `due_local` is the customer's own time; `next_at` the next try, where it is not `due_at`."""

    id: str
    campaign: str
    lead: int
    lead_name: str
    lead_state: LeadState
    state: CallbackState
    due_at: datetime
    due_local: str | None
    overdue: bool
    agent: str | None = Field(description="null: whoever is free")
    owner: str = Field(description="agent who knows the customer")
    next_at: datetime | None
    escalates_at: datetime | None = Field(description="from then on anyone may keep it")
    note: str
    made_at: datetime
    made_by: str
    call: str | None = Field(description="the conversation in which it was promised")
    settled_at: datetime | None
    settled_by: str
    settled_call: str | None = Field(description="the conversation that kept it, ours or the customer's own call")
    reason: str

    @classmethod
    def of(cls, row: CallbackRow, now: datetime) -> Self:
        callback = row.callback
        is_open = callback.state is CallbackState.OPEN
        return cls(
            id=callback.callback_id,
            campaign=row.campaign_code,
            lead=callback.lead_id,
            lead_name=row.lead_name,
            lead_state=row.lead_state,
            state=callback.state,
            due_at=callback.due_at,
            due_local=local(callback.due_at, row.time_zone),
            overdue=is_open and callback.due_at < now,
            agent=callback.agent_id,
            owner=row.owner,
            next_at=row.next_at if is_open else None,
            escalates_at=row.escalates_at if is_open else None,
            note=callback.note,
            made_at=callback.made_at,
            made_by=callback.made_by,
            call=callback.attempt_id,
            settled_at=callback.settled_at,
            settled_by=callback.settled_by,
            settled_call=callback.settled_attempt,
            reason=callback.reason,
        )


class NewCallback(BaseModel):
    """`at` with its offset from UTC; `agent` null is whoever is free."""

    model_config = ConfigDict(extra="forbid")

    at: AwareDatetime
    agent: AgentId | None = None
    note: Text = Field(default="", max_length=2000)


class MovedCallback(BaseModel):
    """What is left out stays as it is; `agent` "anyone" is whoever is free."""

    model_config = ConfigDict(extra="forbid")

    at: AwareDatetime | None = None
    agent: AgentId | None = None
    reason: Text = Field(default="", max_length=200)


class CancelledCallback(BaseModel):
    model_config = ConfigDict(extra="forbid")

    reason: Text = Field(min_length=1, max_length=200)


class FollowUpView(BaseModel):
    """Callbacks that fell due in the period; `rate` (call-back completion) is done / due, null where none was due."""

    due: int
    done: int
    open: int
    missed: int
    cancelled: int
    rate: float | None

    @classmethod
    def of(cls, count: FollowUpCount) -> Self:
        return cls(
            due=count.due,
            done=count.done,
            open=count.open,
            missed=count.missed,
            cancelled=count.cancelled,
            rate=count.rate,
        )


class ItemView(BaseModel):
    kind: DueKind
    due_at: datetime
    due_local: str | None
    campaign: str
    lead: int
    lead_name: str
    agent: str
    callback: str | None
    note: str
    next_at: datetime | None

    @classmethod
    def of(cls, item: Item) -> Self:
        return cls(
            kind=item.kind,
            due_at=item.due_at,
            due_local=local(item.due_at, item.time_zone),
            campaign=item.campaign_code,
            lead=item.lead_id,
            lead_name=item.lead_name,
            agent=item.agent_id,
            callback=item.callback_id,
            note=item.note,
            next_at=item.next_at,
        )


class DayView(BaseModel):
    """`count` is exact, also where there are more than the `items` shown."""

    day: date
    count: int
    items: list[ItemView]

    @classmethod
    def of(cls, day: Day) -> Self:
        return cls(day=day.day, count=day.count, items=[ItemView.of(item) for item in day.items])


class CabinetView(BaseModel):
    """The 31-day cabinet: overdue first, then a drawer for each day."""

    time_zone: str
    count: int
    overdue: DayView
    days: list[DayView]
    by_agent: dict[str, int]
    by_kind: dict[DueKind, int]

    @classmethod
    def of(cls, cabinet: Cabinet, time_zone: str) -> Self:
        return cls(
            time_zone=time_zone,
            count=cabinet.count,
            overdue=DayView.of(cabinet.overdue),
            days=[DayView.of(day) for day in cabinet.days],
            by_agent=cabinet.by_agent,
            by_kind=cabinet.by_kind,
        )
