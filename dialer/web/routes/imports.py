"""Lists: uploaded, rehearsed, stored, taken back."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path, PurePath
from typing import Annotated

from fastapi import APIRouter, File, Form, UploadFile
from fastapi.responses import FileResponse

from dialer.errors import NotFound
from dialer.lists import import_list, undo_import
from dialer.web.schemas.imports import ImportReportView, ImportView, UndoView
from dialer.web.schemas.page import Code, RowNumber, Text
from dialer.web.services import ServicesHere

router = APIRouter(prefix="/campaigns/{code}/imports", tags=["imports"])


@router.post("")
async def import_file(
    code: Code,
    services: ServicesHere,
    *,
    file: Annotated[UploadFile, File(description="CSV; its encoding and delimiter are found out")],
    mapping: Annotated[list[Text] | None, Form(max_length=200, description="such as number=手机")] = None,
    country: Annotated[str, Form(pattern=r"^([A-Z]{2})?$")] = "",
    encoding: Annotated[str, Form(pattern=r"^[A-Za-z0-9_-]{0,32}$")] = "",
    dry_run: Annotated[bool, Form()] = False,
) -> ImportReportView:
    """Store a list, or with `dry_run` say what would become of it. All of it or nothing is stored."""
    campaign = await services.campaign(code)
    directory = services.config.data / "imports"
    async with _on_disk(file, directory) as path:
        report = await import_list(
            services.store,
            services.clock,
            campaign,
            path,
            mapping or (),
            country=country,
            dry_run=dry_run,
            encoding=encoding,
            refused_directory=directory,
            file_name=_plain_name(file.filename),
        )
    services.list_changed()
    return ImportReportView.of(report)


@router.get("")
async def list_imports(code: Code, services: ServicesHere) -> list[ImportView]:
    campaign = await services.campaign(code)
    return [ImportView.of(row) for row in await services.store.imports(campaign.campaign_id)]


@router.get("/{import_id}/refused", response_class=FileResponse, responses={200: {"content": {"text/csv": {}}}})
async def refused_rows(code: Code, import_id: RowNumber, services: ServicesHere) -> FileResponse:
    """The refused rows in the list's own format, each with line, column and reason."""
    campaign = await services.campaign(code)
    row = next((row for row in await services.store.imports(campaign.campaign_id) if row.import_id == import_id), None)
    path = Path(row.refused_file) if row and row.refused_file else None
    if path is None or path.parent != services.config.data / "imports" or not path.is_file():
        raise NotFound(f"import {import_id} of campaign '{code}' has no refused rows", field="import")
    return FileResponse(path, media_type="text/csv", filename=path.name)


@router.delete("/{import_id}")
async def undo(code: Code, import_id: RowNumber, services: ServicesHere) -> UndoView:
    """Take back a whole import."""
    campaign = await services.campaign(code)
    undone = await undo_import(services.store, services.clock, campaign, import_id)
    services.list_changed()
    return UndoView.of(undone)


@asynccontextmanager
async def _on_disk(upload: UploadFile, directory: Path) -> AsyncIterator[Path]:
    """A private copy for the time of the import."""
    with tempfile.NamedTemporaryFile(dir=directory, prefix=".upload-", suffix=".csv") as copy:
        await asyncio.to_thread(shutil.copyfileobj, upload.file, copy)
        copy.flush()
        yield Path(copy.name)


def _plain_name(name: str | None) -> str:
    """Only the last part, without control characters: it becomes part of a file name of ours."""
    last = PurePath((name or "").replace("\\", "/")).name
    return "".join(c for c in last if c.isprintable())[:120] or "list.csv"
