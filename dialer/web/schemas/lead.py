from __future__ import annotations

from datetime import datetime
from typing import Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from campaigns.lead import CloseReason, Dossier, DueKind, Lead, LeadState
from campaigns.promise import kept_for
from campaigns.stage import Stage
from campaigns.verdict import Verdict
from dialer.planning.web_leads import Asked
from dialer.ports.web_leads import Received
from dialer.web.schemas.callback import local
from dialer.web.schemas.page import Text


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


class SentNumber(BaseModel):
    """As people write it; without a country code it is one of the lead's country."""

    model_config = ConfigDict(extra="forbid")

    number: Text = Field(min_length=1, max_length=64)
    kind: Text = Field(default="main", min_length=1, max_length=24)


class SentLead(BaseModel):
    """An enquiry. `external_id` is the sender's own name for it: sent again, it changes nothing."""

    model_config = ConfigDict(extra="forbid")

    numbers: list[SentNumber] = Field(min_length=1, max_length=10, description="in dialling order")
    name: Text = Field(default="", max_length=200)
    country: str = Field(default="", pattern=r"^([A-Z]{2})?$", description='"" is the campaign\'s')
    time_zone: Text = Field(default="", max_length=64, description="\"\" is the number's, else the campaign's")
    fields: dict[Text, Text] = Field(default_factory=dict, max_length=100)
    source: Text = Field(default="web", max_length=80)
    segment: Text = Field(default="", max_length=80)
    owner: Text = Field(default="", max_length=48, description="agent who knows the customer")
    skill: Text = Field(default="", max_length=80)
    priority: int = Field(default=0, ge=-100, le=100)
    value: float = Field(default=0.0, ge=0, le=1e12, allow_inf_nan=False)
    external_id: Text = Field(default="", max_length=120)
    consent: Text = Field(default="", max_length=2000, description="the words he agreed to")
    consent_at: AwareDatetime | None = None

    def asked(self) -> Asked:
        plain = self.model_dump(exclude={"numbers"})
        return Asked(numbers=[(sent.kind, sent.number) for sent in self.numbers], **plain)


class ReceivedView(BaseModel):
    """`received`: added, known (due again at once, with its history) or repeated (nothing was changed)."""

    received: Received
    lead: LeadView


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
    due_at: datetime | None
    due_local: str | None = Field(description="as the clock on the customer's wall shows it")
    due_kind: DueKind
    callback: str | None = Field(description="the callback that was promised and is not settled")
    waits_for: str | None = Field(description="the only agent who may take the next call now")
    waits_until: datetime | None = Field(description="from then on anyone may")
    rules: list[RuleView]

    @classmethod
    def of(cls, dossier: Dossier, campaign: str, verdict: Verdict, now: datetime) -> Self:
        lead = dossier.lead
        waits_for = kept_for(lead, now)
        return cls(
            lead=lead.lead_id,
            campaign=campaign,
            dialable=verdict.dialable,
            number=verdict.number.e164 if verdict.number else None,
            blocker=verdict.blocker.rule if verdict.blocker else None,
            clears_at=verdict.clears_at,
            due_at=lead.due_at,
            due_local=None if lead.due_at is None else local(lead.due_at, lead.time_zone),
            due_kind=lead.due_kind,
            callback=dossier.callback.callback_id if dossier.callback is not None else None,
            waits_for=waits_for,
            waits_until=lead.escalates_at if waits_for is not None else None,
            rules=[RuleView(**rule._asdict()) for rule in verdict.rules],
        )
