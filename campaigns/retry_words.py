"""The rule that set a due time, in words: shown by `explain` beside the time."""

from __future__ import annotations

from datetime import timedelta

from campaigns.retry_rules import InForce, delay_of


def by_rule(what: str, held: InForce) -> str:
    """Such as "no answer, 2 in a row: 1 day, another part of the day"."""
    name = what if what.startswith("disposition ") else what.lower().replace("_", " ")
    times = held.before + held.times
    row = name if times == 1 else f"{name}, {times} in a row"
    wishes = (
        (held.rule.other_day_part, "another part of the day"),
        (held.rule.other_weekday, "another day of the week"),
        (held.rule.other_number, "another number"),
    )
    return f"{row}: " + ", ".join([duration(delay_of(held)), *(words for wish, words in wishes if wish)])


def duration(delay: timedelta) -> str:
    seconds = round(delay.total_seconds())
    for unit, name in ((86400, "day"), (3600, "h"), (60, "min")):
        if seconds >= unit and seconds % unit == 0:
            count = seconds // unit
            return f"{count} {name}{'s' if name == 'day' and count > 1 else ''}"
    return f"{seconds} s" if seconds else "at once"
