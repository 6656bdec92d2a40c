from __future__ import annotations

from datetime import datetime
from typing import Literal, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from campaigns.attempt import AttemptOutcome
from campaigns.screening_words import told
from dialer.ports import AttemptRow
from dialer.web.schemas.page import AgentId, Text


class ScreeningOf(BaseModel):
    """What the detector said, `delay_ms` after the answer, and what became of the call."""

    mode: str
    verdict: str = Field(description="human, machine or uncertain")
    reason: str
    delay_ms: int
    treatment: str = Field(description="served, hung_up, message, handed_over, checked, kept or late")
    message_left_at: datetime | None
    person_marked_at: datetime | None
    en: str
    zh: str

    @classmethod
    def of(cls, row: AttemptRow) -> Self | None:
        if row.screening_verdict is None:
            return None
        reason, treated, delay_ms = row.screening_reason or "", row.screening_treatment or "", row.screening_ms or 0
        en, zh = told(row.screening_verdict, reason, treated, delay_ms)
        return cls(
            en=en,
            zh=zh,
            mode=row.screening_mode or "",
            verdict=row.screening_verdict,
            reason=reason,
            delay_ms=delay_ms,
            treatment=treated,
            message_left_at=row.message_left_at,
            person_marked_at=row.person_marked_at,
        )


class AttemptView(BaseModel):
    """`lead` is the lead's id, `agent` the agent's; `recording` is relative to the recordings directory."""

    id: str
    lead: int
    number: str
    trunk: str
    worker: str
    placed_at: datetime
    ringing_at: datetime | None
    answered_at: datetime | None
    connected_at: datetime | None
    message_at: datetime | None = Field(description="the customer heard the safe-harbour message from here on")
    opted_out_at: datetime | None = Field(description="... and pressed the key: he is not called again")
    abandon_limit_s: float | None = Field(description="an agent who came later than this after the answer was too late")
    screening: ScreeningOf | None = Field(description="person or machine; null where nobody listened")
    ended_at: datetime | None
    outcome: AttemptOutcome | None = Field(description="null while the attempt is under way")
    sip_status: int | None
    q850: int | None
    sip_call_id: str
    agent: str | None
    disposition: str | None
    recording: str | None
    mos: float | None
    script: str = Field(description='name and version of the script it was made with, "" without one')

    @classmethod
    def of(cls, row: AttemptRow) -> Self:
        return cls(
            id=row.attempt_id,
            lead=row.lead_id,
            number=row.number,
            trunk=row.trunk,
            worker=row.worker,
            placed_at=row.placed_at,
            ringing_at=row.ringing_at,
            answered_at=row.answered_at,
            connected_at=row.connected_at,
            message_at=row.message_at,
            opted_out_at=row.opted_out_at,
            abandon_limit_s=row.abandon_limit_s,
            screening=ScreeningOf.of(row),
            ended_at=row.ended_at,
            outcome=row.outcome,
            sip_status=row.sip_status,
            q850=row.q850,
            sip_call_id=row.sip_call_id,
            agent=row.agent_id,
            disposition=row.disposition,
            recording=row.recording_path,
            mos=row.mos,
            script=row.script_version,
        )


class Dispose(BaseModel):
    """What the agent decided; `callback_at` with its offset from UTC."""

    model_config = ConfigDict(extra="forbid")

    code: str = Field(pattern=r"^[A-Z][A-Z0-9_]{0,31}$")
    note: Text = Field(default="", max_length=2000)
    callback_at: AwareDatetime | None = None
    callback_for: Literal["", "me"] | AgentId = Field(
        default="",
        description='"me" is the agent of the call, "" or "anyone" whoever is free, else the agent of that id',
    )
    appointment_at: AwareDatetime | None = Field(default=None, description="the appointment booked; reminded of before")
    agent: AgentId | None = None


class MarkPerson(BaseModel):
    """`agent` is the one who talks in the call."""

    model_config = ConfigDict(extra="forbid")

    agent: str = Field(min_length=1, max_length=64)


class Correct(BaseModel):
    """Another disposition than the one saved: by its agent or somebody who is no agent, within a day."""

    model_config = ConfigDict(extra="forbid")

    code: str = Field(pattern=r"^[A-Z][A-Z0-9_]{0,31}$")
    note: Text = Field(default="", max_length=2000)
    callback_at: AwareDatetime | None = None
    callback_for: Literal["", "me"] | AgentId = ""
    appointment_at: AwareDatetime | None = None
