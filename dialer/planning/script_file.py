"""A script as one readable TOML file, pictures and all."""

from __future__ import annotations

from typing import Any, Final

import tomlkit
from tomlkit.items import String

from campaigns.script import Script
from dialer.documents import BadDocument, Problem, parse_document

LARGEST_SCRIPT_FILE: Final = 30_000_000  # bytes, as the API takes them
_UNWRITABLE: Final = ("\r", '"""')


def parse_script(text: str, *, name: str) -> Script:
    """Raises `BadDocument` with everything that is wrong; `name` is the file's, for the messages."""
    if len(text) > LARGEST_SCRIPT_FILE:
        raise BadDocument(name, [Problem("", "", f"is larger than {LARGEST_SCRIPT_FILE} bytes")])
    if "\x00" in text or "\\u0000" in text or "\\U00000000" in text:
        raise BadDocument(name, [Problem("", "", "must not contain NUL characters")])
    return parse_document(text, Script, name=name)


def as_text(script: Script) -> str:
    """A file from which the same script can be read again."""
    return tomlkit.dumps(_written(script.model_dump(mode="json", exclude_defaults=True)))


def _written(value: Any) -> Any:
    """In TOML whatever follows a table belongs to it: plain values first."""
    if isinstance(value, dict):
        return {name: _written(value[name]) for name in sorted(value, key=lambda name: _rank(value[name]))}
    if isinstance(value, list):
        return [_written(row) for row in value]
    return _string(value) if isinstance(value, str) else value


def _rank(value: Any) -> int:
    if isinstance(value, dict):
        return 1
    return 2 if isinstance(value, list) and any(isinstance(row, dict) for row in value) else 0


def _string(text: str) -> str | String:
    """Several lines stay several lines; a line break right at the start would be lost."""
    readable = "\n" in text and not text.startswith("\n") and not any(part in text for part in _UNWRITABLE)
    return tomlkit.string(text, multiline=True) if readable else text
