"""Mappings of columns, kept by name for the lists to come."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter
from pydantic import Field

from campaigns.importing import ListError, parse_mapping
from dialer.errors import Invalid, NotFound
from dialer.web.schemas.imports import MappingDraft, MappingView
from dialer.web.services import Services, ServicesHere

router = APIRouter(prefix="/mappings", tags=["mappings"])
Name = Annotated[str, Field(pattern=r"^[^\x00-\x1f/\\]{1,80}$")]


@router.get("")
async def list_mappings(services: ServicesHere) -> list[MappingView]:
    return [MappingView.of(saved) for saved in await services.store.lists.mappings()]


@router.get("/{name}")
async def show_mapping(name: Name, services: ServicesHere) -> MappingView:
    return await _saved(services, name)


@router.put("/{name}")
async def save_mapping(name: Name, draft: MappingDraft, services: ServicesHere) -> MappingView:
    """In place of an earlier one of that name."""
    try:
        mapping = parse_mapping(draft.mapping)
    except ListError as error:
        raise Invalid(str(error), field=error.field) from error
    await services.store.lists.save_mapping(name, mapping.items(), at=services.clock.now())
    return await _saved(services, name)


@router.delete("/{name}")
async def delete_mapping(name: Name, services: ServicesHere) -> MappingView:
    """The one that was deleted."""
    saved = await _saved(services, name)
    await services.store.lists.delete_mapping(name)
    return saved


async def _saved(services: Services, name: str) -> MappingView:
    saved = {mapping.name: mapping for mapping in await services.store.lists.mappings()}
    if name not in saved:
        raise NotFound(f"there is no mapping '{name}'; known: {', '.join(saved) or 'none yet'}", field="mapping")
    return MappingView.of(saved[name])
