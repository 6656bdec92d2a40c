"""Rehearsals of days, asked for by planners: started, watched, cancelled, read."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, status

from dialer.planning.simulations import plain
from dialer.web.schemas.simulation import NewSimulation, SimulationItem, SimulationOut
from dialer.web.services import ServicesHere

router = APIRouter(prefix="/simulations", tags=["simulations"])


@router.post("", status_code=status.HTTP_202_ACCEPTED)
async def start(asked: NewSimulation, within: ServicesHere) -> SimulationItem:
    """Runs in a process of its own; ask for it again to see how far it is."""
    document: dict[str, Any] = asked.model_dump(mode="json", exclude={"name"}, exclude_defaults=True)
    return SimulationItem.model_validate(plain(await within.simulations.start(document, name=asked.name)))


@router.get("")
async def every(within: ServicesHere) -> list[SimulationItem]:
    """The latest first; the last thirty are kept."""
    return [SimulationItem.model_validate(plain(one)) for one in await within.simulations.every()]


@router.get("/{simulation}")
async def one(simulation: str, within: ServicesHere) -> SimulationOut:
    """How far it is, and once it has ended its variants side by side."""
    return SimulationOut.model_validate(plain(await within.simulations.find(simulation)))


@router.post("/{simulation}/cancel", status_code=status.HTTP_202_ACCEPTED)
async def cancel(simulation: str, within: ServicesHere) -> SimulationItem:
    """It ends in order and keeps what there is so far."""
    return SimulationItem.model_validate(plain(await within.simulations.cancel(simulation)))
