"""Long lists come in pages: ask again with `after` set to the `next` of the page before."""

from __future__ import annotations

from typing import Annotated, Generic, TypeVar

from fastapi import Query
from pydantic import AfterValidator, BaseModel, Field

Item = TypeVar("Item")


class Page(BaseModel, Generic[Item]):
    items: list[Item]
    next: str | None = Field(description="`after` of the next page; null on the last one")


def _no_nul(value: str) -> str:
    if "\x00" in value:
        raise ValueError("must not contain NUL characters")
    return value


Text = Annotated[str, AfterValidator(_no_nul)]
Id = Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
RowNumber = Annotated[int, Field(ge=1, le=2**53)]
Code = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,47}$")]
TrunkName = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,31}$")]
AgentId = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,47}$")]
By = Annotated[Text, Query(max_length=80, description="who does it, for the history")]
Limit = Annotated[int, Query(ge=1, le=1000)]


def page_of(items: list[Item], limit: int, last: str) -> Page[Item]:
    """`last` names the last item; a short page is the last one."""
    return Page(items=items, next=last if len(items) == limit else None)
