"""What the agent decided about a conversation. Logic asks the flags, never the codes."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class Disposition(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    code: str = Field(pattern=r"^[A-Z][A-Z0-9_]{0,31}$")
    label: str = Field(min_length=1, max_length=80)
    label_zh: str = Field(default="", max_length=80)
    key: str = Field(default="", max_length=1, description="one key on the agent's screen")
    contact: bool = False  # conversation with the right person
    success: bool = False
    closes_lead: bool = False
    do_not_call: bool = False  # number goes to the suppression list
    callback: bool = False
    appointment: bool = False  # books an appointment, or confirms the one there is
    cancels_appointment: bool = False
    deal: bool = False  # sold in the conversation itself
    wrong_number: bool = False
    machine: bool = False  # the agent met an answering machine
    refusal_reason: str = Field(default="", max_length=80)
    retry_after_s: int | None = Field(default=None, ge=60)  # None: the retry rule of the outcome


STANDARD: tuple[Disposition, ...] = (
    Disposition(
        code="SALE", label="Sale", label_zh="成交", key="1",
        contact=True, success=True, closes_lead=True, deal=True,
    ),
    Disposition(
        code="APPOINTMENT", label="Appointment", label_zh="预约", key="2",
        contact=True, success=True, closes_lead=True, appointment=True,
    ),
    Disposition(code="CALLBACK", label="Call back", label_zh="回拨", key="3", contact=True, callback=True),
    Disposition(
        code="NOT_INTERESTED", label="Not interested", label_zh="无意向", key="4",
        contact=True, closes_lead=True, refusal_reason="not interested",
    ),
    Disposition(
        code="WRONG_PERSON", label="Wrong person", label_zh="非本人", key="5",
        closes_lead=True, wrong_number=True,
    ),
    Disposition(code="MACHINE", label="Answering machine", label_zh="语音信箱", key="6", machine=True),
    Disposition(
        code="DO_NOT_CALL", label="Do not call again", label_zh="拒绝来电", key="7",
        contact=True, closes_lead=True, do_not_call=True, refusal_reason="do not call",
    ),
    Disposition(code="NO_TALK", label="No conversation", label_zh="无效通话", key="8"),
    Disposition(
        code="APPOINTMENT_CANCELLED", label="Appointment cancelled", label_zh="取消预约", key="9",
        contact=True, cancels_appointment=True,
    ),
)  # fmt: skip
