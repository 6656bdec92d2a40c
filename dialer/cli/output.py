"""What commands print: tables for people, JSON for programs, one clear message for a refusal."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import typer

from dialer.errors import Refused

WIDE = 240  # columns where the output is not a terminal, so that nothing is cut for a pipe


def as_json(value: object) -> None:
    typer.echo(json.dumps(value, ensure_ascii=False, indent=2))


def table(columns: Sequence[str], rows: Iterable[Sequence[object]], *, empty: str) -> None:
    """`columns` are headings; `empty` is said in place of a table without rows."""
    from rich.console import Console  # only here: half of what it takes to load the command
    from rich.table import Table
    from rich.text import Text

    lines = [[Text(cell(value)) for value in row] for row in rows]
    if not lines:
        typer.echo(empty)
        return
    shown = Table(*columns, box=None, pad_edge=False, header_style="bold")
    for line in lines:
        shown.add_row(*line)
    (Console() if sys.stdout.isatty() else Console(width=WIDE)).print(shown)


def facts(values: Mapping[str, object]) -> None:
    """One thing, a line for each of its properties."""
    width = max(map(len, values), default=0)
    for name, value in values.items():
        typer.echo(f"{name:<{width}}  {cell(value)}".rstrip())


def items(rows: Iterable[Mapping[str, Any]], columns: Mapping[str, str], *, json_lines: bool, empty: str) -> None:
    """`columns`: key of the item to heading. As JSON every key is printed."""
    if json_lines:
        as_json(list(rows))
    else:
        table(list(columns.values()), ([row[key] for key in columns] for row in rows), empty=empty)


def cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.2f}"
    if isinstance(value, str):
        return _local(value)
    if isinstance(value, (list, tuple)):
        return ", ".join(map(cell, value))
    return str(value)


def _local(text: str) -> str:
    """An API time as the clock on the wall shows it; any other text as it is."""
    if len(text) < 20 or text[4:5] != "-" or text[10:11] != "T":
        return text
    try:
        return datetime.fromisoformat(text).astimezone().strftime("%Y-%m-%d %H:%M:%S")
    except ValueError:
        return text


def refusal(error: Refused, *, json_lines: bool) -> None:
    complain(error.code, error.message, field=error.field, details=error.details, json_lines=json_lines)


def complain(
    code: str, message: str, *, field: str = "", details: Mapping[str, object] | None = None, json_lines: bool
) -> None:
    if json_lines:
        error = {"code": code, "message": message, "field": field, "details": dict(details or {})}
        typer.echo(json.dumps({"error": error}, ensure_ascii=False), err=True)
    else:
        typer.echo(f"goldenhour: {message}", err=True)
