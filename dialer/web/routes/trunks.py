from __future__ import annotations

from fastapi import APIRouter

from dialer.config import TrunkSection
from dialer.engine.floor import FloorTrunk
from dialer.web.schemas.page import TrunkName
from dialer.web.schemas.trunk import TrunkView
from dialer.web.services import ServicesHere

router = APIRouter(prefix="/trunks", tags=["trunks"])


@router.get("")
async def list_trunks(services: ServicesHere) -> list[TrunkView]:
    """As configured, without passwords, and as they are."""
    live = {trunk.name: trunk for trunk in services.engine.floor().trunks} if services.engine else {}
    return [_view(section, live.get(section.name)) for section in services.config.trunks]


@router.post("/{name}/mend")
async def mend_trunk(name: TrunkName, services: ServicesHere) -> TrunkView:
    """Take a stopped or resting trunk back into service: its cause is mended."""
    services.running().mend_trunk(name)
    return next(view for view in await list_trunks(services) if view.name == name)


def _view(section: TrunkSection, live: FloorTrunk | None) -> TrunkView:
    view = TrunkView(**section.model_dump(include=set(TrunkView.model_fields)))
    if live is None:
        return view
    state = "down" if live.down or live.breaker in ("OPEN", "STOPPED") else "up"
    reason = live.down or (f"breaker {live.breaker}" if live.breaker != "CLOSED" else "")
    return view.model_copy(update={"state": state, "reason": reason})
