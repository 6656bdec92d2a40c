"""What differs between two versions of a campaign's settings, and how a planner's changes make the next one."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from pydantic import BaseModel

from campaigns.campaign import CampaignSettings

FIXED: Final = "code"  # a campaign keeps its code
_ABSENT: Final = None
Document = Mapping[str, Any]


class UnknownSetting(ValueError):
    """No setting of that name; `field` is what was written."""

    def __init__(self, field: str) -> None:
        super().__init__(f"there is no setting {field!r}; `campaign show CODE --all` lists them")
        self.field = field


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """`field` is dotted (`caps.lead_attempts`, `dispositions.SALE.label`); values as in JSON, None where absent."""

    field: str
    before: Any
    after: Any


def changes(before: BaseModel, after: BaseModel) -> tuple[Change, ...]:
    """Empty when both say the same."""
    old, new = dict(_leaves(document(before))), dict(_leaves(document(after)))
    return tuple(
        Change(field=field, before=old.get(field, _ABSENT), after=new.get(field, _ABSENT))
        for field in dict.fromkeys((*old, *new))
        if old.get(field, _ABSENT) != new.get(field, _ABSENT)
    )


def document(settings: BaseModel) -> dict[str, Any]:
    """As JSON would hold it, by the names that planners write."""
    found: dict[str, Any] = json.loads(settings.model_dump_json(by_alias=True))
    return found


def merged(settings: BaseModel, changed: Document, unset: Iterable[str] = ()) -> dict[str, Any]:
    """The document with the changes in it: tables are merged, anything else is replaced; `unset` names (dotted) go
    back to their defaults. Raises `UnknownSetting`; whether the values are right is the model's question."""
    base = document(settings)
    for field in unset:
        _remove(base, field)
    return _merge(base, changed)


def assigned(assignments: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    """Dotted names with values as one nested document."""
    found: dict[str, Any] = {}
    for field, value in assignments:
        *tables, last = field.split(".")
        table = found
        for name in tables:
            table = table.setdefault(name, {})
            if not isinstance(table, dict):
                raise UnknownSetting(field)
        table[last] = value
    return found


def cloned(settings: CampaignSettings, code: str, name: str = "") -> CampaignSettings:
    """The same settings under another code. A pilot, a list and results stay with the original."""
    return settings.model_copy(update={"code": code, "name": name or settings.name})


def _merge(base: dict[str, Any], changed: Document) -> dict[str, Any]:
    found = dict(base)
    for name, value in changed.items():
        inside = found.get(name)
        found[name] = _merge(inside, value) if isinstance(inside, dict) and isinstance(value, Mapping) else value
    return found


def _remove(base: dict[str, Any], field: str) -> None:
    *tables, last = field.split(".")
    table: Any = base
    for name in tables:
        table = table.get(name) if isinstance(table, dict) else None
    if not isinstance(table, dict) or last not in table:
        raise UnknownSetting(field)
    del table[last]


def _leaves(value: Any, prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Tables are entered; so are lists of rows that carry a code. Other lists are compared whole."""
    if isinstance(value, dict) and (value or not prefix):
        for name, inside in value.items():
            yield from _leaves(inside, f"{prefix}.{name}" if prefix else name)
    elif isinstance(value, list) and value and all(isinstance(row, dict) and "code" in row for row in value):
        yield f"{prefix}.order", [row["code"] for row in value]
        for row in value:
            yield from _leaves(row, f"{prefix}.{row['code']}")
    else:
        yield prefix, value
