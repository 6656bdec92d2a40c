"""TOML files checked against a model: every problem at once, each with its key, its value and what is allowed.

The document is checked as strictly as JSON would be: text is never taken for a number nor a number for text.
"""

from __future__ import annotations

import difflib
import json
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, time
from pathlib import Path
from typing import Final, TypeVar, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from dialer.errors import Invalid

LARGEST_DOCUMENT: Final = 1_000_000  # bytes
_FORMS: Final = {
    r"^[a-z0-9][a-z0-9_-]{0,31}$": "1 to 32 small letters, digits, - and _",
    r"^[a-z0-9][a-z0-9-]{0,47}$": "1 to 48 small letters, digits and -",
    r"^[A-Z][A-Z0-9_]{0,31}$": "1 to 32 capital letters, digits and _, beginning with a letter",
    r"^[0-9a-f]{32}$": "an id: 32 characters out of 0-9 and a-f",
    r"^[A-Z]{2}$": 'a two-letter country code in capitals, such as "CN"',
    r"^\+[1-9][0-9]{5,14}$": 'a number with + and country code, such as "+862150001234"',
    r"^(\+[1-9][0-9]{5,14})?$": 'a number with + and country code, such as "+862150001234"',
}
Model = TypeVar("Model", bound=BaseModel)
Location = tuple[int | str, ...]


@dataclass(frozen=True, slots=True)
class Problem:
    """`key` is dotted (`trunks[0].address`); `value` is what was written, passwords masked, "" where nothing was."""

    key: str
    value: str
    message: str

    def __str__(self) -> str:
        written = f" (it is {self.value})" if self.value else ""
        return f"{self.key}: {self.message}{written}" if self.key else f"{self.message}{written}"


class BadDocument(Invalid):
    """The whole file was refused; `details["problems"]` lists every reason."""

    code = "bad_document"

    def __init__(self, name: str, problems: Sequence[Problem]) -> None:
        lines = [f"{name}: {problem}" for problem in problems]
        super().__init__(
            "\n".join(lines),
            field=problems[0].key,
            details={"file": name, "problems": [asdict(problem) for problem in problems]},
        )
        self.problems = tuple(problems)


def read_document(path: Path, model: type[Model]) -> Model:
    """Raises `BadDocument` naming the file for whatever is wrong with it, unreadable files included."""
    name = str(path)
    try:
        with path.open("rb") as file:
            raw = file.read(LARGEST_DOCUMENT + 1)
        text = raw.decode("utf-8-sig")
    except OSError as error:
        raise BadDocument(name, [Problem("", "", f"cannot be read: {error.strerror or error}")]) from error
    except UnicodeDecodeError as error:
        raise BadDocument(name, [Problem("", "", f"is not UTF-8 (byte {error.start}); save it as UTF-8")]) from error
    if len(raw) > LARGEST_DOCUMENT:
        raise BadDocument(name, [Problem("", "", f"is larger than {LARGEST_DOCUMENT} bytes")])
    return parse_document(text, model, name=name)


def parse_document(text: str, model: type[Model], *, name: str) -> Model:
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BadDocument(name, [Problem("", "", f"is not valid TOML: {error}")]) from error
    try:
        return model.model_validate_json(json.dumps(document, default=_as_text), strict=True)
    except ValidationError as error:
        raise BadDocument(name, problems_of(error, model)) from error


def problems_of(error: ValidationError, model: type[BaseModel]) -> list[Problem]:
    return [_problem(details, model) for details in error.errors(include_url=False)]


def dotted(location: Sequence[int | str]) -> str:
    parts = ""
    for part in location:
        parts += f"[{part}]" if isinstance(part, int) else f".{part}"
    return parts.removeprefix(".").replace(".[key]", "")


def _as_text(value: object) -> str:
    if isinstance(value, (datetime, date, time)):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} does not occur in TOML")


def _problem(details: ErrorDetails, model: type[BaseModel]) -> Problem:
    location = details["loc"]
    value = "" if details["type"] in ("missing", "extra_forbidden") else shown(location, details["input"])
    return Problem(dotted(location), value, worded(details, model))


def shown(location: Sequence[int | str], value: object) -> str:
    """What was written, short, for a message; passwords masked, tables left out."""
    if any("password" in str(part) for part in location[-1:]):
        return "***"
    if isinstance(value, (dict, list)):
        return ""
    text = json.dumps(value, ensure_ascii=False, default=str).encode("utf-8", "backslashreplace").decode()
    return text if len(text) <= 80 else text[:77] + "..."


def worded(details: ErrorDetails, model: type[BaseModel] | None = None) -> str:
    """What is wrong with one value, for people. With the `model` an unknown key is told the known ones."""
    context = details.get("ctx") or {}
    match details["type"]:
        case "missing":
            return "is required"
        case "extra_forbidden":
            return _unknown_key(details["loc"], model) if model else "unknown key"
        case "literal_error" | "enum":
            return f"must be one of {context['expected']}"
        case "value_error":
            return str(context["error"])
        case "date_parsing" | "date_from_datetime_parsing":
            return "must be a date that exists, such as 2026-11-23"
        case "datetime_parsing" | "datetime_from_date_parsing":
            return "must be a time that exists, such as 2026-11-23T15:30:00+08:00"
        case "int_parsing":
            return "must be a whole number"
        case "string_pattern_mismatch":
            return f"must be {_FORMS.get(context['pattern'], 'of the form ' + context['pattern'])}"
        case "string_too_short":
            return "must not be empty"
        case "int_type" | "int_from_float":
            return "must be a whole number, without quotation marks"
        case "float_type":
            return "must be a number, without quotation marks"
        case "bool_type":
            return "must be true or false, without quotation marks"
        case "string_type":
            return "must be text in quotation marks"
        case "tuple_type" | "list_type":
            return "must be a list in [ ]"
        case "model_type" | "dict_type":
            return "must be a table"
        case _:
            return details["msg"].removeprefix("Input ").replace("should be", "must be")


def _unknown_key(location: Location, model: type[BaseModel]) -> str:
    known = sorted(_keys_at(model, location[:-1]))
    close = difflib.get_close_matches(str(location[-1]), known, n=1)
    if close:
        return f"unknown key; did you mean '{close[0]}'?"
    return f"unknown key; known here: {', '.join(known)}" if known else "unknown key"


def _keys_at(model: type[BaseModel], location: Location) -> set[str]:
    """The keys allowed in the table at `location`; empty where it is not a model's table."""
    current: type[BaseModel] | None = model
    for part in location:
        if current is None:
            return set()
        if isinstance(part, int):
            continue
        field = next((f for name, f in current.model_fields.items() if part in (name, f.alias)), None)
        if field is not None:
            current = next(_models_in(field.annotation), None)
    return {field.alias or name for name, field in current.model_fields.items()} if current else set()


def _models_in(annotation: object) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in get_args(annotation):
        yield from _models_in(argument)
