"""What differs between two versions of a script, node by node and question by question."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from campaigns.changes import Change
from campaigns.script import Script

_NAMED_BY: Final = ("node", "code", "name", "choice", "objection", "feature", "question")


def diff(before: Script, after: Script) -> tuple[Change, ...]:
    """Fields are dotted: `opening.greeting.say`. Empty when both say the same."""
    old, new = dict(_leaves(_document(before), "")), dict(_leaves(_document(after), ""))
    return tuple(
        Change(field=field, before=old.get(field), after=new.get(field))
        for field in dict.fromkeys((*old, *new))
        if old.get(field) != new.get(field)
    )


def _document(script: Script) -> dict[str, Any]:
    return script.model_dump(mode="json", exclude_defaults=True)


def _leaves(value: Any, prefix: str) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        for name, inside in value.items():
            yield from _leaves(inside, f"{prefix}.{name}" if prefix else name)
    elif isinstance(value, list) and value and all(isinstance(row, dict) for row in value):
        names = [_name(row, place) for place, row in enumerate(value)]
        yield f"{prefix}.order", names
        for name, row in zip(names, value, strict=True):
            yield from _leaves(row, f"{prefix}.{name}")
    else:
        yield prefix, value


def _name(row: dict[str, Any], place: int) -> str:
    """Branches of one question are told apart by where they lead."""
    if "to" in row and not row.get("choice"):
        return f"to {row['to']}"
    return str(next((row[key] for key in _NAMED_BY if row.get(key)), place + 1))
