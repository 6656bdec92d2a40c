from __future__ import annotations

import mimetypes
from typing import Annotated, Any

from fastapi import APIRouter, Query
from fastapi.responses import FileResponse
from pydantic import AwareDatetime

from dialer.errors import NotFound
from dialer.web.schemas.page import AgentId, Code, Id, Limit, Page, page_of
from dialer.web.schemas.recording import HoldOrder, RecordingView
from dialer.web.services import ServicesHere

router = APIRouter(prefix="/recordings", tags=["recordings"])
_SOUND: dict[int | str, dict[str, Any]] = {
    200: {"content": {"audio/*": {"schema": {"type": "string", "format": "binary"}}}},
    206: {"description": "the range asked for", "content": {"audio/*": {}, "multipart/byteranges": {}}},
    416: {"description": "no such range in the file", "content": {"text/plain": {}}},
}


@router.get("")
async def list_recordings(
    *,
    services: ServicesHere,
    campaign: Code | None = None,
    agent: AgentId | None = None,
    state: Annotated[list[str] | None, Query(max_length=8)] = None,
    since: AwareDatetime | None = None,
    until: AwareDatetime | None = None,
    after: Annotated[str, Query(pattern=r"^([0-9a-f]{32})?$")] = "",
    limit: Limit = 100,
) -> Page[RecordingView]:
    rows = await services.store.recordings(
        campaign_id=(await services.campaign(campaign)).campaign_id if campaign else None,
        agent_id=agent,
        states=[s for s in state if "\x00" not in s] if state else None,
        since=since,
        until=until,
        after=after,
        limit=limit,
    )
    return page_of([RecordingView.of(row) for row in rows], limit, rows[-1].recording_id if rows else "")


@router.get("/{recording_id}")
async def show_recording(recording_id: Id, services: ServicesHere) -> RecordingView:
    return RecordingView.of(await services.custody.find(recording_id))


@router.get("/{recording_id}/sound", response_class=FileResponse, responses=_SOUND)
async def sound(recording_id: Id, services: ServicesHere) -> FileResponse:
    """The file; `Range` requests are answered, so that a player can seek."""
    row = await services.custody.find(recording_id)
    path = services.recordings.locate(row.path)
    if row.state != "FINALIZED" or not path.is_file():
        raise NotFound(
            f"there is no sound: the recording is {row.state.lower()}. {row.remark}".rstrip(), field="recording"
        )
    kind = mimetypes.guess_type(path.name)[0] or "audio/ogg"
    return FileResponse(path, media_type=kind, filename=f"{recording_id}{path.suffix}")


@router.post("/{recording_id}/hold")
async def hold(recording_id: Id, order: HoldOrder, services: ServicesHere) -> RecordingView:
    """Legal hold: the recording is not deleted by age before it is released."""
    return RecordingView.of(await services.custody.hold(recording_id, by=order.by, reason=order.reason))


@router.post("/{recording_id}/release")
async def release(recording_id: Id, order: HoldOrder, services: ServicesHere) -> RecordingView:
    """End of the legal hold: the recording's age decides again, at the next nightly upkeep."""
    return RecordingView.of(await services.custody.release(recording_id, by=order.by, reason=order.reason))
