from __future__ import annotations

from typing import Annotated, Any, Final

from fastapi import APIRouter, Path, Query
from starlette.responses import Response

from campaigns.script_picture import MEDIA_TYPES, kind_of
from campaigns.script_version import CheckItem, ScriptOrder
from dialer.planning.script_file import parse_script
from dialer.planning.script_values import Rehearsal
from dialer.web.planning import script_planning
from dialer.web.schemas.campaign import ChangeView
from dialer.web.schemas.page import By, Code, Text
from dialer.web.schemas.script import (
    FindingView,
    HitView,
    InForceView,
    Order,
    ScriptDetails,
    ScriptFile,
    ScriptText,
    ScriptView,
    StepView,
    TickItem,
)
from dialer.web.schemas.script_walk import PlaceView, Walk
from dialer.web.services import ServicesHere

router = APIRouter(tags=["scripts"])
Number = Annotated[int, Path(ge=1, le=2**31 - 1)]
Version = Annotated[int | None, Query(ge=1, le=2**31 - 1, description="the latest where none is named")]
PICTURE: Final[dict[int | str, dict[str, Any]]] = {
    200: {"content": {media: {} for media in MEDIA_TYPES.values()}, "description": "The picture."}
}


@router.get("/scripts")
async def list_scripts(services: ServicesHere) -> list[ScriptView]:
    """The latest version of each."""
    return [ScriptView.of(row) for row in await services.store.scripts.every()]


@router.post("/scripts", status_code=201)
async def write_script(script: ScriptText, services: ServicesHere, by: By) -> ScriptDetails:
    """From its file: over the present draft, else a new version. Errors in it keep it from review only."""
    planning = script_planning(services)
    row = await planning.write(script.text, by=by, note=script.note)
    return ScriptDetails.seen(row, await planning.findings(row.content))


@router.post("/scripts/check")
async def check_script(script: ScriptText, services: ServicesHere) -> list[FindingView]:
    """What is wrong with a file; nothing is kept."""
    content = parse_script(script.text, name="script")
    return [FindingView.of(finding) for finding in await script_planning(services).findings(content)]


@router.get("/scripts/{name}")
async def show_script(name: Code, services: ServicesHere, version: Version = None) -> ScriptDetails:
    planning = script_planning(services)
    row = await planning.find(name, version)
    return ScriptDetails.seen(row, await planning.findings(row.content))


@router.get("/scripts/{name}/versions")
async def list_versions(name: Code, services: ServicesHere) -> list[ScriptView]:
    return [ScriptView.of(row) for row in await script_planning(services).versions(name)]


@router.get("/scripts/{name}/history")
async def show_script_history(name: Code, services: ServicesHere) -> list[StepView]:
    return [StepView.of(step) for step in await script_planning(services).steps(name)]


@router.get("/scripts/{name}/file")
async def export_script(name: Code, services: ServicesHere, version: Version = None) -> ScriptFile:
    """As one file, pictures in it."""
    return ScriptFile(name=name, text=await script_planning(services).exported(name, version))


@router.get("/scripts/{name}/diff")
async def compare_versions(
    name: Code,
    services: ServicesHere,
    first: Annotated[int, Query(ge=1, le=2**31 - 1)],
    second: Annotated[int, Query(ge=1, le=2**31 - 1)],
) -> list[ChangeView]:
    return [ChangeView.of(change) for change in await script_planning(services).diff(name, first, second)]


@router.get("/scripts/{name}/pictures/{picture}", response_class=Response, responses=PICTURE)
async def show_picture(name: Code, picture: Code, services: ServicesHere, version: Version = None) -> Response:
    content = await script_planning(services).picture(name, picture, version)
    kind = kind_of(content)
    return Response(content, media_type=MEDIA_TYPES[kind] if kind else "application/octet-stream")


@router.get("/scripts/{name}/search")
async def search_answers(
    name: Code,
    services: ServicesHere,
    words: Annotated[Text, Query(min_length=1, max_length=200)],
    version: Version = None,
    limit: Annotated[int, Query(ge=1, le=50)] = 5,
) -> list[HitView]:
    """What to say: answers, objections and features that fit the words, the best first."""
    found = await script_planning(services).search(name, words, version=version, limit=limit)
    return [HitView.of(hit) for hit in found]


@router.put("/scripts/{name}/versions/{version}/checklist/{item}")
async def tick_item(
    name: Code, version: Number, item: CheckItem, tick: TickItem, services: ServicesHere, by: By
) -> ScriptView:
    return ScriptView.of(await script_planning(services).tick(name, version, item, by=by, remark=tick.remark))


@router.post("/scripts/{name}/versions/{version}/{order}")
async def order_version(
    name: Code, version: Number, order: ScriptOrder, wanted: Order, services: ServicesHere, by: By
) -> ScriptView:
    """submit, send_back, approve (by somebody else than the author), release, retire."""
    planning = script_planning(services)
    moved = await planning.order(name, version, order, by=by, words=wanted.words, requalify=wanted.requalify)
    return ScriptView.of(moved)


@router.post("/scripts/{name}/walk")
async def walk_script(name: Code, told: Walk, services: ServicesHere) -> PlaceView:
    """Where a conversation stands after these steps, in the words for this customer. Nothing is kept."""
    rehearsal = Rehearsal(services.store, services.clock, script_planning(services))
    stand = await rehearsal.stand(name, told.told())
    return PlaceView.of(stand.row, stand.place, stand.values, stand.answered)


@router.get("/campaigns/{code}/script")
async def script_in_force(code: Code, services: ServicesHere) -> InForceView:
    campaign = await services.campaign(code)
    return InForceView(script=await script_planning(services).in_force(campaign))
