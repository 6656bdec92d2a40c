from __future__ import annotations

from datetime import date, datetime
from typing import Self

from pydantic import BaseModel, ConfigDict, Field

from dialer.planning.registers import RegisterReport
from dialer.ports.suppression import RegisterRow, SuppressionEntry
from dialer.web.schemas.page import Code, Text


class NewSuppression(BaseModel):
    """`number` as people write it, with `country` for the ones without a country code ("" is the site's).

    With `prefix` it is how the numbers begin, with plus and country code, such as +8613800.
    """

    model_config = ConfigDict(extra="forbid")

    number: Text = Field(min_length=3, max_length=40)
    prefix: bool = False
    country: str = Field(default="", pattern=r"^([A-Z]{2})?$")
    campaign: Code | None = Field(default=None, description="holds for it alone; null for every campaign")
    expires_on: date | None = Field(default=None, description="last day on which it holds, in the site's time zone")
    reason: Text = Field(default="asked not to be called", min_length=1, max_length=200)
    source: Text = Field(default="planner", min_length=1, max_length=80)
    by: Text = Field(default="", max_length=80, description="who put it on the list")


class EntryView(BaseModel):
    id: int
    number: str
    prefix: bool
    campaign: str | None
    reason: str
    source: str
    by: str
    at: datetime
    expires_at: datetime | None
    removed_at: datetime | None
    removed_by: str
    in_force: bool

    @classmethod
    def of(cls, entry: SuppressionEntry, codes: dict[int, str], now: datetime) -> Self:
        return cls(
            id=entry.suppression_id,
            number=entry.e164,
            prefix=entry.prefix,
            campaign=codes.get(entry.campaign_id or 0),
            reason=entry.reason,
            source=entry.source,
            by=entry.by,
            at=entry.at,
            expires_at=entry.expires_at,
            removed_at=entry.removed_at,
            removed_by=entry.removed_by,
            in_force=entry.in_force(now),
        )


class SuppressionView(BaseModel):
    number: str
    suppressed: bool
    reason: str = Field(description='why and on whose word; "" where the number is not suppressed')
    until: datetime | None = Field(default=None, description="null: for good, or until somebody takes it back")
    entries: list[EntryView] = Field(default=[], description="every entry there ever was for it, the newest first")


class RegisterView(BaseModel):
    id: int
    name: str
    campaign: str | None
    dated: date
    state: str = Field(description="LOADING, CURRENT or REPLACED")
    file_name: str
    by: str
    started_at: datetime
    finished_at: datetime | None
    expires_at: datetime | None
    entries: int
    refused: int

    @classmethod
    def of(cls, row: RegisterRow, codes: dict[int, str]) -> Self:
        return cls(
            id=row.register_id,
            name=row.name,
            campaign=codes.get(row.campaign_id or 0),
            dated=row.dated,
            state=row.state,
            file_name=row.file_name,
            by=row.by,
            started_at=row.started_at,
            finished_at=row.finished_at,
            expires_at=row.expires_at,
            entries=row.entries,
            refused=row.refused,
        )


class RefusedLineView(BaseModel):
    line: int
    value: str
    reason: str


class RegisterReportView(BaseModel):
    """rows = entries of the register + duplicates + refused."""

    register_: RegisterView = Field(alias="register", serialization_alias="register")
    rows: int
    duplicates: int
    refused: int
    examples: list[RefusedLineView] = Field(description="the first refused lines")

    @classmethod
    def of(cls, report: RegisterReport, codes: dict[int, str]) -> Self:
        return cls(
            register=RegisterView.of(report.register, codes),
            rows=report.rows,
            duplicates=report.duplicates,
            refused=report.register.refused,
            examples=[RefusedLineView(line=bad.line, value=bad.value, reason=bad.reason) for bad in report.examples],
        )
