"""Windows, holidays and the deadline, in the leads' own time zones."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, time, timedelta
from itertools import takewhile
from typing import Final

from campaigns.attempt import AttemptOutcome, PastAttempt
from campaigns.lead import Dossier, Lead, LeadNumber
from campaigns.lint.facts import Facts, Finding, error, warning
from campaigns.retry import next_step
from campaigns.windows import next_opening, openings, zone

_AHEAD: Final = timedelta(days=60)  # as `goldenhour doctor` looks
_ATTEMPT: Final = timedelta(seconds=30)
_SOMEBODY: Final = "+10000000000"


def deadline_passed(facts: Facts) -> Iterator[Finding]:
    if facts.settings.deadline and all(end <= facts.now for end in map(_end(facts), zones(facts))):
        yield error(
            "deadline_passed", "deadline",
            f"the deadline {facts.settings.deadline} has passed", f"完成期限 {facts.settings.deadline} 已过",
            "set a later deadline, or none", "请设置更晚的期限，或不设期限",
        )  # fmt: skip


def never_open(facts: Facts) -> Iterator[Finding]:
    """Before the deadline; without one, within the 400 days that are looked ahead."""
    if any(True for _ in deadline_passed(facts)):
        return
    closed = [name for name in zones(facts) if first_opening(facts, name) is None]
    if not closed:
        return
    until = f"before the deadline {facts.settings.deadline}" if facts.settings.deadline else "within 400 days"
    until_zh = f"在期限 {facts.settings.deadline} 之前" if facts.settings.deadline else "400 天内"
    everywhere = len(closed) == len(zones(facts))
    names = ", ".join(closed)
    make = error if everywhere else warning
    yield make(
        "window_never_open" if everywhere else "window_never_open_somewhere", "windows",
        f"window never open {until}" + ("" if everywhere else f" for leads in {names}"),
        ("" if everywhere else f"{names} 的客户：") + f"外呼时段{until_zh}从未开放",
        "widen windows inside the policy's hours, or set a later deadline", "请在策略允许的时间内放宽时段，或延后期限",
    )  # fmt: skip


def no_other_try(facts: Facts) -> Iterator[Finding]:
    """Whoever does not answer the very first attempt is never tried again in time."""
    if facts.settings.deadline is None or facts.settings.caps.lead_attempts == 1:
        return
    for name in zones(facts):
        first = first_opening(facts, name)
        if first is not None and not _tried_again(facts, name, first):
            yield warning(
                "no_other_try", "retry",
                f"after no answer there is no other try before the deadline {facts.settings.deadline}",
                f"无人接听后，在期限 {facts.settings.deadline} 之前不会再拨打",
                "shorten the retry delays, widen the windows or set a later deadline",
                "请缩短重拨间隔、放宽时段或延后期限",
            )  # fmt: skip
            return


def uncovered_holidays(facts: Facts) -> Iterator[Finding]:
    """Where holidays matter, nobody is dialled in a year whose holidays are not known."""
    last = facts.settings.deadline or (facts.now + _AHEAD).date()
    for country, policy in sorted({facts.settings.country: facts.policy, **facts.policies}.items()):
        if not policy.holidays_closed(facts.settings.public_holidays):
            continue
        missing = [year for year in range(facts.now.year, last.year + 1) if not policy.calendar.covers(year)]
        if not missing:
            continue
        names = ", ".join(map(str, missing))
        until = policy.calendar.covered_until(facts.now.date())
        known, known_zh = (f"; known until {until}", f"；已知至 {until}") if until else ("", "")
        make = error if missing[0] == facts.now.year else warning
        yield make(
            "holidays_not_covered", "deadline",
            f"the public holidays of {country} in {names} are not known, and nothing is dialled then{known}",
            f"{country} {names} 年的节假日未知：届时不会拨打，系统不凭猜测{known_zh}",
            "add the year's table to calendars in the data directory",
            "请在数据目录的 calendars 中补充该年的日历",
        )  # fmt: skip


def zones(facts: Facts) -> tuple[str, ...]:
    """Those of the leads that are known, else the campaign's or the site's."""
    known = tuple(sorted(name for name in facts.leads.by_zone if zone(name) is not None))
    return known or (facts.settings.time_zone or facts.time_zone,)


def first_opening(facts: Facts, name: str) -> datetime | None:
    at = next_opening(facts.settings.schedule, name, facts.now, facts.policy)
    return at if at is not None and at < _end(facts)(name) else None


def open_hours(facts: Facts) -> float | None:
    """Until the deadline, in the zone that has the most; None without a deadline."""
    if facts.settings.deadline is None:
        return None
    return max(sum(_open_s(facts, name)) / 3600 for name in zones(facts))


def _open_s(facts: Facts, name: str) -> Iterator[float]:
    end = _end(facts)(name)
    stretches = openings(facts.settings.schedule, name, facts.now, facts.policy)
    for begins, ends in takewhile(lambda stretch: stretch[0] < end, stretches):
        yield (min(ends, end) - max(begins, facts.now)).total_seconds()


def _end(facts: Facts) -> Callable[[str], datetime]:
    """The midnight that ends the deadline's day, there."""
    deadline = facts.settings.deadline

    def end(name: str) -> datetime:
        if deadline is None:
            return datetime.max.replace(tzinfo=UTC)
        return datetime.combine(deadline + timedelta(days=1), time(), zone(name) or UTC).astimezone(UTC)

    return end


def _tried_again(facts: Facts, name: str, first: datetime) -> bool:
    """The retry rules themselves answer, for a lead that did not answer at the first opening."""
    lead = Lead(
        lead_id=1, campaign_id=1, name="", country=facts.settings.country, time_zone=name, due_at=first,
        numbers=(LeadNumber(number_id=1, e164=_SOMEBODY),),
    )  # fmt: skip
    missed = PastAttempt(
        attempt_id="", campaign_id=1, lead_id=1, number=_SOMEBODY, placed_at=first, ended_at=first + _ATTEMPT,
        outcome=AttemptOutcome.NO_ANSWER,
    )  # fmt: skip
    step = next_step(
        facts.settings, facts.policy, Dossier(lead=lead, history=(missed,)), number=_SOMEBODY,
        outcome=AttemptOutcome.NO_ANSWER, disposition=None, callback_at=None, now=first + _ATTEMPT,
    )  # fmt: skip
    return step.again is not None and step.again.due_at < _end(facts)(name)


RULES: Final[tuple[Callable[[Facts], Iterator[Finding]], ...]] = (
    deadline_passed,
    never_open,
    no_other_try,
    uncovered_holidays,
)
