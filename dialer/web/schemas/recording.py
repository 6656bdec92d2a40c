from __future__ import annotations

from datetime import datetime
from typing import Self

from pydantic import BaseModel

from dialer.ports import RecordingRow


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
    legal_hold: bool

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
        )
