"""What to say to a customer's question: the script's answers, objections and features, the best fitting first.

English words are compared as words, Chinese by pairs of characters, so that no dictionary is needed.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final, Literal

from campaigns.script import Script

_RUNS: Final = re.compile(r"[㐀-鿿]+|[^\W_㐀-鿿]+")
_IN_KEYWORDS: Final = 3.0
_IN_QUESTION: Final = 2.0
_IN_ANSWER: Final = 1.0
_WHOLE: Final = 4.0  # the words as they were typed stand in the text
_NOISE: Final = frozenset(
    [
        "a",
        "an",
        "and",
        "are",
        "as",
        "at",
        "be",
        "but",
        "by",
        "can",
        "do",
        "does",
        "for",
        "from",
        "how",
        "i",
        "in",
        "is",
        "it",
        "me",
        "my",
        "not",
        "of",
        "on",
        "or",
        "our",
        "so",
        "that",
        "the",
        "their",
        "them",
        "they",
        "this",
        "to",
        "too",
        "we",
        "what",
        "when",
        "where",
        "which",
        "who",
        "will",
        "with",
        "you",
        "your",
    ]
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    kind: Literal["question", "objection", "feature"]
    title: str
    answers: tuple[str, ...]
    score: float


def search(script: Script, words: str, *, limit: int = 5) -> tuple[Hit, ...]:
    """Nothing for words that occur nowhere. Equal scores keep the order of the file."""
    wanted, whole = tokens(words), _plain(words)
    if not wanted:
        return ()
    scored = (_scored(entry, wanted, whole) for entry in _entries(script))
    found = sorted((hit for hit in scored if hit.score > 0), key=lambda hit: -hit.score)
    return tuple(found[:limit])


def tokens(text: str) -> frozenset[str]:
    found: set[str] = set()
    for run in _RUNS.findall(_plain(text)):
        if run[0] < "㐀" or run[0] > "鿿":
            found.add(_stem(run))
        else:
            found |= {run} if len(run) == 1 else {run[at : at + 2] for at in range(len(run) - 1)}
    return frozenset(found - _NOISE) or frozenset(found)


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold().strip()


def _stem(word: str) -> str:
    """Plurals alike."""
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word


@dataclass(frozen=True, slots=True)
class _Entry:
    kind: Literal["question", "objection", "feature"]
    title: str
    answers: tuple[str, ...]
    keywords: tuple[str, ...]


def _entries(script: Script) -> Iterator[_Entry]:
    for entry in script.answers:
        yield _Entry("question", entry.question, (entry.answer,), entry.keywords)
    for objection in script.objections:
        yield _Entry("objection", objection.objection, objection.answers, objection.keywords)
    for feature in script.features:
        rivals = (f"{name}: {text}" for name, text in feature.competitors.items())
        yield _Entry(
            "feature", feature.feature, tuple(filter(None, (feature.benefit, feature.ours, *rivals))), feature.keywords
        )


def _scored(entry: _Entry, wanted: frozenset[str], whole: str) -> Hit:
    score = (
        _IN_KEYWORDS * _shared(entry.keywords, wanted)
        + _IN_QUESTION * _shared((entry.title,), wanted)
        + _IN_ANSWER * _shared(entry.answers, wanted)
    ) / len(wanted)
    if any(whole in _plain(text) for text in (entry.title, *entry.keywords)):
        score += _WHOLE
    elif any(_plain(keyword) in whole for keyword in entry.keywords):
        score += _IN_KEYWORDS
    return Hit(kind=entry.kind, title=entry.title, answers=entry.answers, score=round(score, 4))


def _shared(texts: Iterable[str], wanted: frozenset[str]) -> int:
    there: frozenset[str] = frozenset().union(*(tokens(text) for text in texts))
    return len(there & wanted)
