from __future__ import annotations

from datetime import datetime
from typing import Self

from pydantic import BaseModel, Field

from campaigns.lead import CloseReason, DueKind, Lead, LeadState
from campaigns.stage import Stage
from campaigns.verdict import Verdict


class NumberView(BaseModel):
    number: str
    kind: str
    usable: bool


class LeadView(BaseModel):
    id: int
    name: str
    numbers: list[NumberView]
    country: str
    time_zone: str
    state: LeadState
    due_at: datetime | None
    closed_reason: CloseReason | None
    priority: int
    agent_guaranteed: bool
    import_id: int | None
    row: int | None
    fields: dict[str, str]
    due_kind: DueKind
    due_reason: str = Field(description="the rule that set due_at, in words")
    appointment_at: datetime | None
    for_agent: str | None
    escalates_at: datetime | None
    owner: str
    source: str
    segment: str
    skill: str
    value: float
    stage: Stage
    created_at: datetime | None

    @classmethod
    def of(cls, lead: Lead) -> Self:
        return cls(
            id=lead.lead_id,
            name=lead.name,
            numbers=[NumberView(number=n.e164, kind=n.kind, usable=n.usable) for n in lead.numbers],
            country=lead.country,
            time_zone=lead.time_zone,
            state=lead.state,
            due_at=lead.due_at,
            closed_reason=lead.closed_reason,
            priority=lead.priority,
            agent_guaranteed=lead.agent_guaranteed,
            import_id=lead.import_id,
            row=lead.row,
            fields=dict(lead.fields),
            due_kind=lead.due_kind,
            due_reason=lead.due_reason,
            appointment_at=lead.appointment_at,
            for_agent=lead.for_agent,
            escalates_at=lead.escalates_at,
            owner=lead.owner,
            source=lead.source,
            segment=lead.segment,
            skill=lead.skill,
            value=lead.value,
            stage=lead.stage,
            created_at=lead.created_at,
        )


class RuleView(BaseModel):
    rule: str
    passed: bool
    value: str
    detail: str
    clears_at: datetime | None = Field(description="when time alone will clear it; null where it will not")


class LeadExplanation(BaseModel):
    """Every rule, in the order in which they are applied; `blocker` is the first that failed."""

    lead: int
    campaign: str
    dialable: bool
    number: str | None
    blocker: str | None
    clears_at: datetime | None
    rules: list[RuleView]

    @classmethod
    def of(cls, lead_id: int, campaign: str, verdict: Verdict) -> Self:
        return cls(
            lead=lead_id,
            campaign=campaign,
            dialable=verdict.dialable,
            number=verdict.number.e164 if verdict.number else None,
            blocker=verdict.blocker.rule if verdict.blocker else None,
            clears_at=verdict.clears_at,
            rules=[RuleView(**rule._asdict()) for rule in verdict.rules],
        )
