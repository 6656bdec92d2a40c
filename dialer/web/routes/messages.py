"""What customers hear whom nobody is free for."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, File, Path, UploadFile
from fastapi.responses import FileResponse

from campaigns.messages import LANGUAGE, Use
from dialer.messages import MessageShelf
from dialer.planning.messages import Heard, MessagePlanning
from dialer.web.planning import campaign_planning
from dialer.web.schemas.message import MessageView
from dialer.web.schemas.page import By, Code
from dialer.web.services import Services, ServicesHere
from dialer.web.uploads import plain_name

router = APIRouter(prefix="/campaigns/{code}/messages", tags=["messages"])
Language = Annotated[str, Path(pattern=LANGUAGE, description="ISO 639, such as zh")]
_SOUND: dict[int | str, dict[str, Any]] = {
    200: {"content": {"audio/wav": {"schema": {"type": "string", "format": "binary"}}}},
    206: {"description": "the range asked for", "content": {"audio/wav": {}, "multipart/byteranges": {}}},
    416: {"description": "no such range in the file", "content": {"text/plain": {}}},
}


@router.get("")
async def list_messages(code: Code, services: ServicesHere) -> list[MessageView]:
    """In every language that there is a sound in, with where it comes from."""
    return [_view(one) for one in await _planning(services).all(code)]


@router.post("/{use}/{language}", status_code=201)
async def set_message(
    code: Code,
    use: Use,
    language: Language,
    services: ServicesHere,
    *,
    file: Annotated[UploadFile, File(description="WAV, FLAC, OGG or MP3; kept as 8 kHz mono 16 bit")],
    by: By = "api",
) -> MessageView:
    """The campaign's own sound, which may name the company and a number to call back."""
    content = await file.read()
    name = plain_name(file.filename)
    return _view(await _planning(services).put(code, use, language, content=content, name=name, by=by))


@router.get("/{use}/{language}/sound", response_class=FileResponse, responses=_SOUND)
async def hear_message(code: Code, use: Use, language: Language, services: ServicesHere) -> FileResponse:
    """What a customer of that language hears."""
    found = await _planning(services).heard(code, use, language)
    return FileResponse(found.path, media_type="audio/wav", filename=f"{code}-{use}-{language}.wav")


@router.delete("/{use}/{language}")
async def drop_message(
    code: Code, use: Use, language: Language, services: ServicesHere, by: By = "api"
) -> list[MessageView]:
    """Back to the built-in one; the answer is what is heard then."""
    await _planning(services).drop(code, use, language, by=by)
    return await list_messages(code, services)


def _planning(services: Services) -> MessagePlanning:
    return MessagePlanning(MessageShelf(services.config.data / "messages"), campaign_planning(services))


def _view(found: Heard) -> MessageView:
    return MessageView(
        use=found.use, language=found.language, origin=found.origin, duration_s=round(found.duration_s, 3),
        longest_s=found.longest_s, converted=found.converted,
    )  # fmt: skip
