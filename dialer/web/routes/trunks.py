from __future__ import annotations

from fastapi import APIRouter

from dialer.web.schemas.trunk import TrunkView
from dialer.web.services import ServicesHere

router = APIRouter(prefix="/trunks", tags=["trunks"])


@router.get("")
async def list_trunks(services: ServicesHere) -> list[TrunkView]:
    """As configured, without passwords."""
    fields = set(TrunkView.model_fields)
    return [TrunkView(**section.model_dump(include=fields)) for section in services.config.trunks]
