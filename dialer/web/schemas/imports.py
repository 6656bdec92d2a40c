from __future__ import annotations

from datetime import datetime
from typing import Self

from pydantic import BaseModel, Field

from campaigns.importing import RefusedRow
from dialer.lists import ImportReport, UndoReport
from dialer.ports import ImportRow


class RefusedRowView(BaseModel):
    line: int
    column: str
    value: str
    reason: str

    @classmethod
    def of(cls, row: RefusedRow) -> Self:
        return cls(line=row.line, column=row.column, value=row.value, reason=row.reason)


class ImportReportView(BaseModel):
    """`rows` = accepted + duplicates_in_file + duplicates_in_campaign + refused."""

    campaign: str
    id: int | None = Field(description="null after a dry run")
    dry_run: bool
    file_name: str
    sha256: str
    encoding: str
    delimiter: str
    columns: dict[str, str]
    rows: int
    accepted: int
    duplicates_in_file: int
    duplicates_in_campaign: int
    refused: int
    refusals: dict[str, int]
    suppressed: int = Field(description="accepted rows with a number on the do-not-call list; it is not dialled")
    spare_numbers_left_out: int
    data_qualified_rate: float
    refused_file: str = Field(description='file on the server with the refused rows; "" when there are none')
    examples: list[RefusedRowView] = Field(description="the first refused rows")

    @classmethod
    def of(cls, report: ImportReport) -> Self:
        return cls(
            campaign=report.campaign,
            id=report.import_id,
            dry_run=report.dry_run,
            file_name=report.file_name,
            sha256=report.sha256,
            encoding=report.encoding,
            delimiter=report.delimiter,
            columns=dict(report.columns),
            rows=report.rows,
            accepted=report.accepted,
            duplicates_in_file=report.duplicates_in_file,
            duplicates_in_campaign=report.duplicates_in_campaign,
            refused=report.refused,
            refusals=dict(report.refusals),
            suppressed=report.suppressed,
            spare_numbers_left_out=report.spare_numbers_left_out,
            data_qualified_rate=report.data_qualified_rate,
            refused_file=report.refused_file,
            examples=[RefusedRowView.of(row) for row in report.examples],
        )


class ImportView(BaseModel):
    id: int
    file_name: str
    sha256: str
    started_at: datetime
    finished_at: datetime | None
    undone_at: datetime | None
    rows: int
    accepted: int
    duplicates: int
    refused: int
    refused_file: str

    @classmethod
    def of(cls, row: ImportRow) -> Self:
        return cls(
            id=row.import_id,
            file_name=row.file_name,
            sha256=row.sha256,
            started_at=row.started_at,
            finished_at=row.finished_at,
            undone_at=row.undone_at,
            rows=row.rows,
            accepted=row.accepted,
            duplicates=row.duplicates,
            refused=row.refused,
            refused_file=row.refused_file,
        )


class UndoView(BaseModel):
    """`closed` leads had been dialled already and stay, closed."""

    id: int
    removed: int
    closed: int

    @classmethod
    def of(cls, report: UndoReport) -> Self:
        return cls(id=report.import_id, removed=report.removed, closed=report.closed)
