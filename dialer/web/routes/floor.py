from __future__ import annotations

from fastapi import APIRouter

from dialer.web.schemas.floor import FloorModel
from dialer.web.services import ServicesHere

router = APIRouter(prefix="/floor", tags=["floor"])


@router.get("")
async def floor(services: ServicesHere) -> FloorModel:
    """Agents, calls, lines, campaigns, trunks, workers and alarms at this instant."""
    return FloorModel.of(services.running().floor())
