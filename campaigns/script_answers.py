"""Answers to a script's questions: of the type that was asked for, or refused with a sentence."""

from __future__ import annotations

import math
from collections.abc import Iterable
from datetime import date
from typing import Final

from campaigns.script import AnswerType, Branch, Question, Value

LONGEST_ANSWER: Final = 2000
_YES: Final = frozenset({"yes", "y", "true", "1", "是", "对", "有", "好"})
_NO: Final = frozenset({"no", "n", "false", "0", "否", "不", "没有", "不是"})


class BadAnswer(ValueError):
    """The message names the question and says what is allowed."""


def parse(question: Question, given: object) -> Value:
    """The answer in its own type: text as it may be typed, or the value itself. Raises `BadAnswer`."""
    match question.type:
        case AnswerType.TEXT:
            return _text(question, given)
        case AnswerType.NUMBER:
            return _bounded(question, _number(question, given))
        case AnswerType.DATE:
            return _date(question, given)
        case AnswerType.YES_NO:
            return _yes_no(question, given)
        case AnswerType.ONE_OF:
            return _option(question, given)
        case AnswerType.SEVERAL_OF:
            return _options(question, given)


def as_field(value: Value) -> str:
    """As a lead's field holds it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:g}" if abs(value) < 1e6 and value == round(value, 6) else repr(value)
    return ", ".join(value) if isinstance(value, tuple) else str(value)


def leads(branch: Branch, value: Value | None) -> bool:
    """Whether an answer takes this branch; no answer takes none."""
    if value is None:
        return False
    if branch.includes:
        return isinstance(value, tuple) and branch.includes in value
    if branch.equals is not None:
        return _same(branch.equals, value)
    return _within(branch, value)


def _same(wanted: bool | float | str, value: Value) -> bool:
    if isinstance(wanted, bool) or isinstance(value, bool):
        return wanted is value
    return wanted == value


def _within(branch: Branch, value: Value) -> bool:
    low, high = _comparable(branch.at_least), _comparable(branch.at_most)
    found = _comparable(value)
    if found is None:
        return False
    return (low is None or _at_most(low, found)) and (high is None or _at_most(found, high))


def _at_most(one: float | str, other: float | str) -> bool:
    if isinstance(one, str) and isinstance(other, str):
        return one <= other
    return not isinstance(one, str) and not isinstance(other, str) and one <= other


def _comparable(value: object) -> float | str | None:
    """Numbers as they are, dates as ISO text, which sorts alike."""
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, bool):
        return None
    return value if isinstance(value, (int, float, str)) else None


def _text(question: Question, given: object) -> str:
    text = str(given).strip() if isinstance(given, (str, int, float)) else ""
    if not text or "\x00" in text:
        raise BadAnswer(f"{question.code}: a text is wanted")
    if len(text) > LONGEST_ANSWER:
        raise BadAnswer(f"{question.code}: at most {LONGEST_ANSWER} characters are kept")
    return text


def _number(question: Question, given: object) -> float:
    try:
        if isinstance(given, bool) or not isinstance(given, (str, int, float)):
            raise ValueError
        number = float(given)
    except (ValueError, OverflowError):
        raise BadAnswer(f"{question.code}: a number is wanted, not {_shown(given)}") from None
    if not math.isfinite(number):
        raise BadAnswer(f"{question.code}: a number is wanted, not {_shown(given)}")
    return number


def _bounded(question: Question, number: float) -> float:
    low, high = question.at_least, question.at_most
    if isinstance(low, float) and number < low:
        raise BadAnswer(f"{question.code}: must be {low:g} or more, not {number:g}")
    if isinstance(high, float) and number > high:
        raise BadAnswer(f"{question.code}: must be {high:g} or less, not {number:g}")
    return number


def _date(question: Question, given: object) -> str:
    try:
        day = date.fromisoformat(str(given).strip())
    except ValueError:
        raise BadAnswer(f"{question.code}: a date like 2027-03-31 is wanted, not {_shown(given)}") from None
    low, high = question.at_least, question.at_most
    if isinstance(low, date) and day < low:
        raise BadAnswer(f"{question.code}: must be {low} or later, not {day}")
    if isinstance(high, date) and day > high:
        raise BadAnswer(f"{question.code}: must be {high} or earlier, not {day}")
    return day.isoformat()


def _yes_no(question: Question, given: object) -> bool:
    if isinstance(given, bool):
        return given
    word = str(given).strip().casefold()
    if word in _YES or word in _NO:
        return word in _YES
    raise BadAnswer(f"{question.code}: yes or no is wanted, not {_shown(given)}")


def _option(question: Question, given: object) -> str:
    found = next((o for o in question.options if o.casefold() == str(given).strip().casefold()), None)
    if found is None:
        raise BadAnswer(f"{question.code}: {_shown(given)} is none of: {', '.join(question.options)}")
    return found


def _options(question: Question, given: object) -> tuple[str, ...]:
    if isinstance(given, str):
        parts: Iterable[object] = [part for part in given.replace("，", ",").split(",") if part.strip()]
    elif isinstance(given, (list, tuple)):
        parts = given
    else:
        raise BadAnswer(f"{question.code}: several of these are wanted: {', '.join(question.options)}")
    chosen = {_option(question, part) for part in parts}
    if question.required and not chosen:
        raise BadAnswer(f"{question.code}: at least one of: {', '.join(question.options)}")
    return tuple(option for option in question.options if option in chosen)


def _shown(given: object) -> str:
    text = repr(given)
    return text if len(text) <= 60 else text[:57] + "..."
