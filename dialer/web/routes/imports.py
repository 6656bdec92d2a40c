"""Lists: uploaded, rehearsed, stored, watched, carried on, taken back."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from pathlib import Path, PurePath
from typing import Annotated, Any, Final

from fastapi import APIRouter, File, Form, Query, UploadFile
from fastapi.responses import FileResponse, JSONResponse

from campaigns.campaign import Campaign
from dialer.errors import NotFound
from dialer.lists import ImportOptions, Mode, Unnamed, check_list, parse_scope
from dialer.planning.allocating import allocate
from dialer.planning.list_desk import UnderWay
from dialer.planning.own_copies import OWN_COPY, forget
from dialer.ports import ImportRow
from dialer.web.schemas.imports import AllocationDraft, AllocationView, ImportReportView, ImportView, UndoView
from dialer.web.schemas.page import Code, RowNumber, Text
from dialer.web.services import Services, ServicesHere
from dialer.web.uploads import plain_name

router = APIRouter(prefix="/campaigns/{code}", tags=["imports"])
_LATER: Final[dict[int | str, dict[str, Any]]] = {202: {"model": ImportView, "description": "Under way; ask again."}}


@router.post("/imports", responses=_LATER, response_model=ImportReportView)
async def import_file(
    code: Code,
    services: ServicesHere,
    *,
    file: Annotated[UploadFile, File(description="CSV or XLSX; encoding and delimiter are found out")],
    mapping: Annotated[list[Text] | None, Form(max_length=200, description="such as number=手机")] = None,
    mapping_name: Annotated[Text, Form(max_length=80, description="a mapping saved by name; `mapping` wins")] = "",
    country: Annotated[str, Form(pattern=r"^([A-Z]{2})?$")] = "",
    encoding: Annotated[str, Form(pattern=r"^[A-Za-z0-9_-]{0,32}$")] = "",
    sheet: Annotated[Text, Form(max_length=80, description='name of a sheet; "" is the first one')] = "",
    source: Annotated[Text, Form(max_length=120, description="of rows that name none")] = "",
    mode: Annotated[Mode, Form(description="append: only new people; refresh: known ones are updated")] = Mode.APPEND,
    duplicates: Annotated[Text, Form(max_length=20, description="file, campaign, running or days:N")] = "campaign",
    unnamed_numbers: Annotated[Unnamed, Form(description="of a refreshed lead, not in the file")] = Unnamed.KEEP,
    allocation: Annotated[Text, Form(max_length=20_000, description="rule, such as evenly:li,wang")] = "",
    dry_run: Annotated[bool, Form()] = False,
    wait: Annotated[bool, Form(description="answer when it is over, not when it has begun")] = True,
) -> ImportReportView | JSONResponse:
    """Store a list, or with `dry_run` say what would become of it. Nothing of a list is dialled before it is whole."""
    campaign = await services.campaign(code)
    scope, days = parse_scope(duplicates)
    options = ImportOptions(
        mapping=tuple(mapping or ()),
        saved_mapping=await _saved(services, mapping_name),
        country=country,
        encoding=encoding,
        sheet=sheet,
        source=source,
        mode=mode,
        scope=scope,
        days=days,
        unnamed_numbers=unnamed_numbers,
        allocation=allocation,
    )
    path = await _on_disk(file, services.config.data / "imports")
    if dry_run:
        return await _rehearsed(services, campaign, path, options, plain_name(file.filename))
    under_way = await services.imports.start(
        campaign, path, options, file_name=plain_name(file.filename), refused_directory=path.parent
    )
    return await _answer(services, under_way, wait)


@router.get("/imports")
async def list_imports(code: Code, services: ServicesHere) -> list[ImportView]:
    campaign = await services.campaign(code)
    return [_view(services, row) for row in await services.store.imports(campaign.campaign_id)]


@router.get("/imports/{import_id}")
async def one_import(
    code: Code,
    import_id: RowNumber,
    services: ServicesHere,
    wait_s: Annotated[float, Query(ge=0, le=60, description="answer earlier only when it is over")] = 0,
) -> ImportView:
    """How far an import has come, and its report."""
    campaign = await services.campaign(code)
    if wait_s:
        await services.imports.wait(import_id, wait_s)
    return _view(services, await _row(services, campaign, import_id))


@router.post("/imports/{import_id}/resume", responses=_LATER, response_model=ImportReportView)
async def resume(
    code: Code, import_id: RowNumber, services: ServicesHere, wait: bool = True
) -> ImportReportView | JSONResponse:
    """Carry an interrupted import on from what it has stored."""
    campaign = await services.campaign(code)
    return await _answer(services, await services.imports.resume(campaign, import_id), wait)


@router.post("/imports/{import_id}/cancel")
async def cancel(code: Code, import_id: RowNumber, services: ServicesHere) -> ImportView:
    """Interrupt an import; then it can be carried on or taken back."""
    campaign = await services.campaign(code)
    await _row(services, campaign, import_id)
    await services.imports.cancel(import_id)
    return _view(services, await _row(services, campaign, import_id))


@router.get("/imports/{import_id}/refused", response_class=FileResponse, responses={200: {"content": {"text/csv": {}}}})
async def refused_rows(code: Code, import_id: RowNumber, services: ServicesHere) -> FileResponse:
    """The refused rows in the list's own format, each with line, column and reason."""
    campaign = await services.campaign(code)
    row = next((row for row in await services.store.imports(campaign.campaign_id) if row.import_id == import_id), None)
    path = Path(row.refused_file) if row and row.refused_file else None
    if path is None or path.parent != services.config.data / "imports" or not path.is_file():
        raise NotFound(f"import {import_id} of campaign '{code}' has no refused rows", field="import")
    return FileResponse(path, media_type="text/csv", filename=path.name)


@router.delete("/imports/{import_id}")
async def undo(code: Code, import_id: RowNumber, services: ServicesHere) -> UndoView:
    """Take back a whole import, or what an interrupted one has stored."""
    campaign = await services.campaign(code)
    return UndoView.of(await services.imports.undo(campaign, import_id))


@router.post("/allocation")
async def allocate_leads(code: Code, draft: AllocationDraft, services: ServicesHere) -> AllocationView:
    """Give the open leads that nobody owns to agents by a rule."""
    campaign = await services.campaign(code)
    report = await allocate(services.store, campaign, draft.rule)
    services.list_changed()
    return AllocationView.of(report)


async def _rehearsed(
    services: Services, campaign: Campaign, path: Path, options: ImportOptions, file_name: str
) -> ImportReportView:
    try:
        report = await check_list(
            services.store,
            services.clock,
            campaign,
            path,
            options=options,
            file_name=file_name,
            refused_directory=path.parent,
        )
    finally:
        forget(path)
    return ImportReportView.model_validate(report.plain())


async def _answer(services: Services, under_way: UnderWay, wait: bool) -> ImportReportView | JSONResponse:
    row = None
    if wait:
        report = await asyncio.shield(under_way.task)  # it goes on when the caller goes away
        row = await services.store.lists.one(under_way.import_id)
        stored = report.plain() if report else row and row.report
        return ImportReportView.model_validate(stored)
    row = await services.store.lists.one(under_way.import_id)
    assert row is not None
    return JSONResponse(_view(services, row).model_dump(mode="json"), status_code=202)


async def _saved(services: Services, name: str) -> tuple[str, ...]:
    if not name:
        return ()
    saved = {mapping.name: mapping for mapping in await services.store.lists.mappings()}
    if name not in saved:
        known = ", ".join(saved) or "none yet"
        raise NotFound(f"there is no mapping '{name}'; known: {known}", field="mapping_name")
    return saved[name].mapping


async def _row(services: Services, campaign: Campaign, import_id: int) -> ImportRow:
    row = await services.store.lists.one(import_id)
    if row is None or row.campaign_id != campaign.campaign_id:
        raise NotFound(f"campaign '{campaign.settings.code}' has no import {import_id}", field="import")
    return row


def _view(services: Services, row: ImportRow) -> ImportView:
    return ImportView.of(row, services.imports.progress(row.import_id))


async def _on_disk(upload: UploadFile, directory: Path) -> Path:
    """Our own copy, which an interrupted import is carried on from."""

    def copy() -> Path:
        suffix = PurePath(upload.filename or "").suffix.lower()
        with tempfile.NamedTemporaryFile(
            dir=directory,
            prefix=OWN_COPY,
            suffix=suffix if suffix in (".xlsx", ".xls", ".ods") else ".csv",
            delete=False,
        ) as file:
            shutil.copyfileobj(upload.file, file)
            return Path(file.name)

    return await asyncio.to_thread(copy)
