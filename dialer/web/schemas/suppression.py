from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from dialer.web.schemas.page import Text


class NewSuppression(BaseModel):
    """`number` as people write it, with `country` for the ones without a country code ("" is the site's)."""

    model_config = ConfigDict(extra="forbid")

    number: Text = Field(min_length=3, max_length=40)
    country: str = Field(default="", pattern=r"^([A-Z]{2})?$")
    reason: Text = Field(default="asked not to be called", min_length=1, max_length=200)
    source: Text = Field(default="planner", min_length=1, max_length=80)


class SuppressionView(BaseModel):
    number: str
    suppressed: bool
    reason: str = Field(description='why and on whose word; "" where the number is not suppressed')
