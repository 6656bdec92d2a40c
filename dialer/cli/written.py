"""What planners write on the command line and in files: changes, names, TOML out again."""

from __future__ import annotations

import getpass
import tomllib
from collections.abc import Iterable, Mapping
from datetime import date, datetime, time
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from pydantic import BaseModel

from campaigns.changes import UnknownSetting, assigned
from dialer.documents import BadDocument, Problem
from dialer.errors import Invalid

LISTS: Final = ("agents", "groups", "skills", "trunks", "number_kinds")  # may be written as a,b,c
ByOption = Annotated[
    str | None, typer.Option("--by", metavar="NAME", help="Who does it, for the history; your login name otherwise.")
]
SetOption = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="KEY=VALUE", help="A setting, as in the file: lines=12, caps.lead_attempts=4."),
]
UnsetOption = Annotated[
    list[str] | None, typer.Option("--unset", metavar="KEY", help="Back to what is usual: --unset caller_id.")
]
ChangesOption = Annotated[
    Path | None, typer.Option("--file", metavar="FILE.toml", help="Changes in a file: only what is to change.")
]


def who(by: str | None) -> str:
    return by or getpass.getuser()


def changes_of(assignments: Iterable[str] | None, file: Path | None = None) -> dict[str, Any]:
    """Those of the file, and over them those of the command line. Raises `Invalid` or `BadDocument`."""
    pairs = [_pair(text) for text in assignments or ()]
    try:
        return _over(_document(file) if file else {}, assigned(pairs))
    except UnknownSetting as error:
        raise Invalid(f"--set {error.field} stands in the way of another --set", field=error.field) from error


def as_toml(content: BaseModel) -> str:
    """A file from which the same content can be read again."""
    import tomlkit

    return tomlkit.dumps(_ordered(content.model_dump(by_alias=True, exclude_none=True)))


def _pair(text: str) -> tuple[str, Any]:
    field, separator, value = text.partition("=")
    if not separator or not field.strip():
        raise Invalid(f"--set {text}: write KEY=VALUE, such as --set lines=12", field="--set")
    return field.strip(), _value(field.strip(), value.strip())


def _value(field: str, text: str) -> Any:
    """As TOML where it is TOML, else plain text: names need no quotation marks."""
    try:
        return _plain(tomllib.loads(f"value = {text}")["value"])
    except tomllib.TOMLDecodeError:
        return [part.strip() for part in text.split(",") if part.strip()] if field in LISTS else text


def _document(file: Path) -> dict[str, Any]:
    try:
        found: dict[str, Any] = _plain(tomllib.loads(file.read_bytes().decode("utf-8-sig")))
    except OSError as error:
        raise BadDocument(str(file), [Problem("", "", f"cannot be read: {error.strerror or error}")]) from error
    except UnicodeDecodeError as error:
        message = f"is not UTF-8 (byte {error.start}); save it as UTF-8"
        raise BadDocument(str(file), [Problem("", "", message)]) from error
    except tomllib.TOMLDecodeError as error:
        raise BadDocument(str(file), [Problem("", "", f"is not valid TOML: {error}")]) from error
    return found


def _plain(value: Any) -> Any:
    """As JSON has it."""
    if isinstance(value, (datetime, date, time)):
        return value.isoformat()
    if isinstance(value, list):
        return [_plain(row) for row in value]
    if isinstance(value, dict):
        return {name: _plain(inside) for name, inside in value.items()}
    return value


def _over(base: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    found = dict(base)
    for name, value in other.items():
        inside = found.get(name)
        found[name] = _over(inside, value) if isinstance(inside, dict) and isinstance(value, dict) else value
    return found


def _ordered(value: Any) -> Any:
    """In TOML whatever follows a table belongs to it: plain values first, then tables, then lists of tables."""
    if isinstance(value, dict):
        return {str(name): _ordered(value[name]) for name in sorted(value, key=lambda name: _rank(value[name]))}
    if isinstance(value, (list, tuple)):
        return [_ordered(row) for row in value]
    return value


def _rank(value: Any) -> int:
    if isinstance(value, dict):
        return 1
    return 2 if isinstance(value, (list, tuple)) and any(isinstance(row, dict) for row in value) else 0
