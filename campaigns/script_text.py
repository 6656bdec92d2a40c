"""The words of a script: fields filled in from the lead and the agent, and sentences too long to be said."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

ALWAYS: Final = frozenset({"name", "agent", "campaign", "number"})  # filled from lead, agent, campaign
LONGEST_SENTENCE_WORDS: Final = 25
LONGEST_SENTENCE_CHARACTERS: Final = 40  # of Chinese
_FIELD: Final = re.compile(r"\{\{|\}\}|\{([^{}|]*)(?:\|([^{}]*))?\}|[{}]")
_SENTENCE: Final = re.compile(r"[^.!?;。！？；…\n]+")
_CHINESE: Final = re.compile(r"[㐀-鿿]")


@dataclass(frozen=True, slots=True)
class Placeholder:
    """`fallback` is None where `{field}` gives none; "" in `{field|}`."""

    field: str
    fallback: str | None


@dataclass(frozen=True, slots=True)
class Filled:
    """`missing`: fields without a value and without a fallback; they stand in the text as [field]."""

    text: str
    missing: tuple[str, ...] = ()


class BadText(ValueError):
    """A brace that is neither a field nor doubled."""


def placeholders(text: str) -> Iterator[Placeholder]:
    """Raises `BadText`."""
    for match in _FIELD.finditer(text):
        if match[0] in ("{{", "}}"):
            continue
        if match[1] is None or not match[1].strip():
            raise BadText(f"'{match[0]}' is no field: write {{field}} or {{field|words without it}}, a brace as {{{{")
        yield Placeholder(match[1].strip(), match[2])


def fill(text: str, values: Mapping[str, str]) -> Filled:
    """`{field}` and `{field|fallback}`; `{{` is a brace."""
    missing: list[str] = []

    def value(match: re.Match[str]) -> str:
        if match[1] is None:
            return match[0][0]
        field = match[1].strip()
        if found := values.get(field, "").strip():
            return found
        if match[2] is not None:
            return match[2]
        missing.append(field)
        return f"[{field}]"

    return Filled(_FIELD.sub(value, text), tuple(dict.fromkeys(missing)))


def long_sentences(text: str) -> Iterator[str]:
    """More than 25 words, or 40 Chinese characters: nobody says that in one breath."""
    for match in _SENTENCE.finditer(text):
        sentence = match[0].strip()
        chinese = len(_CHINESE.findall(sentence))
        words = len(_CHINESE.sub(" ", sentence).split())
        if chinese > LONGEST_SENTENCE_CHARACTERS or words > LONGEST_SENTENCE_WORDS:
            yield sentence
