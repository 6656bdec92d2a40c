"""Several values in one parameter of a statement, which so stays the same, and prepared, however many there are."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

Scalar = str | int


def several(values: Iterable[Scalar], postgresql: bool) -> Any:
    """To be bound: an array; on SQLite, which has none, as JSON."""
    wanted = list(values)
    return wanted if postgresql else json.dumps(wanted, ensure_ascii=False)


def given(name: str, postgresql: bool, kind: str = "varchar") -> str:
    """The table of the values in parameter `name`: its columns are `value` and, from 0 or 1, `key`."""
    if postgresql:
        return f"unnest(CAST(:{name} AS {kind}[])) WITH ORDINALITY AS {name}(value, key)"
    return f"json_each(:{name}) AS {name}"
