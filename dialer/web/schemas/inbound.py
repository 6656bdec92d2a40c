from __future__ import annotations

from datetime import datetime
from typing import Self

from pydantic import BaseModel, ConfigDict, Field

from campaigns.callback import Callback
from campaigns.inbound import InboundOutcome
from campaigns.lead import Dossier
from dialer.ports import AttemptRow
from dialer.ports.inbound import InboundRow
from dialer.web.schemas.attempt import AttemptView
from dialer.web.schemas.lead import LeadView
from dialer.web.schemas.page import AgentId, Code, Text


class InboundCallView(BaseModel):
    """`lead` is the lead's id, null for a caller who is none (yet); `recording` is relative to the recordings
    directory."""

    id: str
    trunk: str
    worker: str
    caller: str = Field(description="E.164; empty where it was withheld")
    called: str
    campaign: str | None
    lead: int | None
    lead_name: str | None
    known: bool = Field(description="the caller was a lead when he called")
    arrived_at: datetime
    answered_at: datetime | None = Field(description="when an agent spoke to him")
    ended_at: datetime | None
    outcome: InboundOutcome | None = Field(description="null while the call is under way")
    reason: str
    agent: str | None
    ring_s: float | None
    rings: int | None = Field(description="rings that had begun when it was answered")
    disposition: str | None
    note: str
    recording: str | None
    mos: float | None

    @classmethod
    def of(cls, row: InboundRow) -> Self:
        return cls(
            id=row.inbound_id,
            trunk=row.trunk,
            worker=row.worker,
            caller=row.caller,
            called=row.called,
            campaign=row.campaign_code,
            lead=row.lead_id,
            lead_name=row.lead_name,
            known=row.known,
            arrived_at=row.arrived_at,
            answered_at=row.answered_at,
            ended_at=row.ended_at,
            outcome=row.outcome,
            reason=row.reason,
            agent=row.agent_id,
            ring_s=row.ring_s,
            rings=row.rings,
            disposition=row.disposition,
            note=row.note,
            recording=row.recording_path,
            mos=row.mos,
        )


class PromiseView(BaseModel):
    """A callback that the customer was promised and that is open."""

    due_at: datetime
    agent: str | None
    note: str

    @classmethod
    def of(cls, promise: Callback) -> Self:
        return cls(due_at=promise.due_at, agent=promise.agent_id, note=promise.note)


class CardView(BaseModel):
    """What the agent's screen shows of a caller: who he is, what he was promised, and every call with him."""

    call: InboundCallView
    lead: LeadView | None
    callback: PromiseView | None
    attempts: list[AttemptView]
    calls: list[InboundCallView]

    @classmethod
    def of(cls, row: InboundRow, dossier: Dossier | None, attempts: list[AttemptRow], calls: list[InboundRow]) -> Self:
        promise = dossier.callback if dossier is not None else None
        return cls(
            call=InboundCallView.of(row),
            lead=LeadView.of(dossier.lead) if dossier is not None else None,
            callback=PromiseView.of(promise) if promise is not None else None,
            attempts=[AttemptView.of(attempt) for attempt in attempts],
            calls=[InboundCallView.of(call) for call in calls if call.inbound_id != row.inbound_id],
        )


class Adopt(BaseModel):
    """The caller as a lead. `campaign` is the call's where it is left out."""

    model_config = ConfigDict(extra="forbid")

    name: Text = Field(default="", max_length=120)
    owner: AgentId | None = None
    campaign: Code | None = None
