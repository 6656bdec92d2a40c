from __future__ import annotations

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from dialer.web.schemas.page import Text


class MovedAppointment(BaseModel):
    """`at` with its offset from UTC."""

    model_config = ConfigDict(extra="forbid")

    at: AwareDatetime
    reason: Text = Field(default="", max_length=200)


class CancelledAppointment(BaseModel):
    model_config = ConfigDict(extra="forbid")

    reason: Text = Field(min_length=1, max_length=200)
