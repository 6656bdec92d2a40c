from __future__ import annotations

from fastapi import APIRouter
from pydantic import BaseModel, Field

from dialer import __version__
from dialer.web.services import ServicesHere

router = APIRouter(prefix="/health", tags=["health"])


class Health(BaseModel):
    version: str
    site: str
    engine: bool = Field(description="false where only the store is served, without calls")
    database: bool
    workers: int
    lines: int
    alarms: list[str]


@router.get("")
async def health(services: ServicesHere) -> Health:
    """Answers only if the event loop and the database do."""
    await services.store.campaigns()
    floor = services.engine.floor() if services.engine else None
    return Health(
        version=__version__,
        site=services.config.site.name,
        engine=floor is not None,
        database=True,
        workers=len(floor.workers) if floor else 0,
        lines=floor.lines.total if floor else 0,
        alarms=[alarm.code for alarm in floor.alarms] if floor else [],
    )
