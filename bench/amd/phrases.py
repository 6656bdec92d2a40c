"""The words of the labelled set, read from `phrases.toml`."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Final, NamedTuple

HALVES: Final = ("train", "test")
CHINESE: Final = "cmn-latn-pinyin"
_BOOK: Final[dict[str, dict[str, list[str]]]] = tomllib.loads(Path(__file__).with_name("phrases.toml").read_text())


class Phrase(NamedTuple):
    language: str  # espeak-ng's name of it
    text: str


def phrases(chapter: str, half: str) -> dict[str, list[Phrase]]:
    """Those of one half by language: every other one, so that no threshold is chosen on words it is measured with."""
    found = {
        language: [Phrase(language, text) for text in texts[HALVES.index(half) :: 2]]
        for language, texts in _BOOK[chapter].items()
    }
    return {language: those for language, those in found.items() if those}


def both_halves(chapter: str) -> list[Phrase]:
    return [Phrase(language, text) for language, texts in _BOOK[chapter].items() for text in texts]
