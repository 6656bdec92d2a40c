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
    """Those of one half by language.

    No phrase is in both, so that no threshold is chosen on words it is measured with; both have short and long ones
    alike: by length the first and the fourth of each four are of one half, the two between them of the other.
    """
    found = {
        language: [Phrase(language, text) for place, text in enumerate(sorted(texts, key=len)) if _half(place) == half]
        for language, texts in _BOOK[chapter].items()
    }
    return {language: those for language, those in found.items() if those}


def _half(place: int) -> str:
    return HALVES[0] if place % 4 in {0, 3} else HALVES[1]


def both_halves(chapter: str) -> list[Phrase]:
    return [Phrase(language, text) for language, texts in _BOOK[chapter].items() for text in texts]
