from __future__ import annotations

from datetime import datetime
from typing import Self

from pydantic import BaseModel, ConfigDict, Field

from dialer.ports import RecordingRow
from dialer.web.schemas.page import Text


class HoldOrder(BaseModel):
    """Why a recording is put on legal hold, or released, and on whose word."""

    model_config = ConfigDict(extra="forbid")

    reason: Text = Field(max_length=500, pattern=r"\S")
    by: Text = Field(default="api", max_length=80, pattern=r"\S")


class RecordingView(BaseModel):
    """`path` is relative to the recordings directory; `call` is the attempt's id."""

    id: str
    call: str
    agent: str | None
    state: str
    path: str
    started_at: datetime | None
    duration_s: float | None
    size_bytes: int | None
    sha256: str | None
    repaired: bool
    remark: str
    legal_hold: bool = Field(description="not deleted before it is released, whatever its age")
    hold_by: str
    hold_reason: str

    @classmethod
    def of(cls, row: RecordingRow) -> Self:
        return cls(
            id=row.recording_id,
            call=row.attempt_id,
            agent=row.agent_id,
            state=row.state,
            path=row.path,
            started_at=row.started_at,
            duration_s=row.duration_s,
            size_bytes=row.size_bytes,
            sha256=row.sha256,
            repaired=row.repaired,
            remark=row.remark,
            legal_hold=row.legal_hold,
            hold_by=row.hold_by,
            hold_reason=row.hold_reason,
        )
