from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Self

from pydantic import BaseModel, Field

from campaigns.allocation import By
from dialer.lists import Progress, UndoReport
from dialer.planning.allocating import AllocationReport
from dialer.ports import ImportRow
from dialer.ports.imports import Phase, SavedMapping


class RefusedRowView(BaseModel):
    line: int
    column: str
    value: str
    reason: str
    code: str


class SourceView(BaseModel):
    """How good the rows of one source were."""

    source: str = Field(description='"" for rows that name none')
    rows: int
    usable: int
    duplicates: int
    refused: int
    data_qualified_rate: float


class ImportReportView(BaseModel):
    """`rows` = usable + duplicates + refused; usable = new + updated + unchanged."""

    campaign: str
    id: int | None = Field(description="null after a dry run")
    dry_run: bool
    file_name: str
    sha256: str
    encoding: str
    delimiter: str
    sheet: str
    columns: dict[str, str]
    missing_columns: list[str]
    rows: int
    usable: int
    accepted: int
    duplicates: int
    duplicates_by: dict[str, int]
    duplicates_in_file: int
    duplicates_in_campaign: int
    refused: int
    refusals: dict[str, int]
    data_qualified_rate: float
    by_source: list[SourceView]
    spare_numbers_left_out: int
    spare_numbers: dict[str, int]
    remarks: dict[str, int]
    new: int
    updated: int
    unchanged: int
    missing: int = Field(description="leads of the campaign which the refreshed list does not name")
    suppressed: int = Field(description="usable rows with a number on the do-not-call list; it is not dialled")
    also_in_running: int = Field(description="usable rows with a number that another running campaign has as well")
    allocated: dict[str, int] = Field(description="new leads by agent")
    not_allocated: int
    refused_file: str = Field(description='file on the server with the refused rows; "" when there are none')
    examples: list[RefusedRowView] = Field(description="the first refused rows")


class ImportView(BaseModel):
    """`state`: running, interrupted (carry it on or take it back), done, undone."""

    id: int
    state: str
    phase: Phase
    file_name: str
    sha256: str
    started_at: datetime
    finished_at: datetime | None
    undone_at: datetime | None
    percent: float = Field(description="of the whole way; while the list is read by its bytes")
    rows_per_s: float
    size_bytes: int
    bytes_read: int
    rows: int
    accepted: int
    duplicates: int
    refused: int
    updated: int
    unchanged: int
    missing: int
    data_qualified_rate: float | None = Field(description="null until the list is read")
    by_source: list[SourceView]
    refused_file: str
    error: str = Field(description='why a list that broke down was taken back; "" otherwise')
    report: ImportReportView | None

    @classmethod
    def of(cls, row: ImportRow, progress: Progress | None) -> Self:
        report: Mapping[str, Any] = row.report or {}
        live = progress if progress is not None and progress.phase is Phase.READING else None
        return cls(
            id=row.import_id,
            state=_state(row, progress),
            phase=progress.phase if progress else Phase(row.phase),
            file_name=row.file_name,
            sha256=row.sha256,
            started_at=row.started_at,
            finished_at=row.finished_at,
            undone_at=row.undone_at,
            percent=progress.percent if progress else _percent(row),
            rows_per_s=round(progress.rows_per_s, 1) if progress else 0.0,
            size_bytes=row.size_bytes,
            bytes_read=progress.bytes_read if progress else row.bytes_read,
            rows=live.rows if live else report.get("rows", row.rows),
            accepted=live.accepted if live else row.accepted or report.get("new", 0),
            duplicates=live.duplicates if live else report.get("duplicates", row.duplicates),
            refused=live.refused if live else report.get("refused", row.refused),
            updated=row.updated,
            unchanged=row.unchanged,
            missing=row.missing,
            data_qualified_rate=report.get("data_qualified_rate"),
            by_source=report.get("by_source", []),
            refused_file=row.refused_file,
            error=row.error,
            report=ImportReportView.model_validate(report) if report else None,
        )


def _state(row: ImportRow, progress: Progress | None) -> str:
    if progress is not None and progress.phase is not Phase.DONE:
        return "running"
    return {Phase.DONE: "done", Phase.UNDONE: "undone"}.get(Phase(row.phase), "interrupted")


def _percent(row: ImportRow) -> float:
    return Progress(phase=Phase(row.phase), size_bytes=row.size_bytes, bytes_read=row.bytes_read).percent


class UndoView(BaseModel):
    """`closed` leads had been dialled already and stay, closed; `restored` ones had been brought up to date."""

    id: int
    removed: int
    closed: int
    restored: int

    @classmethod
    def of(cls, report: UndoReport) -> Self:
        return cls(id=report.import_id, removed=report.removed, closed=report.closed, restored=report.restored)


class MappingView(BaseModel):
    name: str
    mapping: list[str] = Field(description="such as number=手机")
    saved_at: datetime

    @classmethod
    def of(cls, saved: SavedMapping) -> Self:
        return cls(name=saved.name, mapping=list(saved.mapping), saved_at=saved.saved_at)


class MappingDraft(BaseModel):
    mapping: list[str] = Field(min_length=1, max_length=200, description="such as number=手机")


class AllocationDraft(BaseModel):
    rule: str = Field(max_length=20_000, description=f"one of {', '.join(By)}, such as evenly:li,wang")


class AllocationView(BaseModel):
    allocated: dict[str, int] = Field(description="leads that got an owner now, by agent")
    skilled: int = Field(description="leads that ask for a skill now")
    not_allocated: int = Field(description="the rule has no answer for them; they stay unowned")
    owned: int = Field(description="leads that had an owner, and keep it")

    @classmethod
    def of(cls, report: AllocationReport) -> Self:
        return cls(
            allocated=dict(report.allocated),
            skilled=report.skilled,
            not_allocated=report.not_allocated,
            owned=report.owned,
        )
