"""How often verdicts are wrong, from what agents said of the calls they heard.

Verdicts that parted a call from its agent, or kept it from one, are labelled by nobody: of these the share of persons
is estimated from those that were given to agents all the same.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from campaigns.attempt import AttemptOutcome
from campaigns.disposition import Disposition
from campaigns.screening import ALONE, MACHINE, Treatment
from campaigns.statistics import Rate, wilson

PRIOR_CHECKED: Final = 50
PRIOR_PERSONS: Final = 1.0
"""Before anything is checked, one machine in fifty is taken to be a person."""

_DRAWN: Final = frozenset({Treatment.CHECKED, Treatment.HANDED_OVER, Treatment.LATE})


@dataclass(frozen=True, slots=True, kw_only=True)
class ScreenedCount:
    """Calls that were treated alike. `person` is what their agents said: True, False, or None where they said
    nothing. `delay_ms` is the sum of their verdicts' delays."""

    trunk: str
    verdict: str
    treatment: str
    person: bool | None
    calls: int
    delay_ms: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """A number of calls, or a rate, with its 95 % interval; None where nothing is known."""

    value: float | None
    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ScreeningFigures:
    """Of one trunk, or of all ("").

    `checked`: of the machines whose verdict agents could check, how many were persons. `false_positive`: persons taken
    for machines, of all persons. `false_negative`: machines taken for persons, of all machines. `wrongly_ended`:
    persons who were hung up on, or left a message, as machines: an estimate.
    """

    trunk: str
    screened: int
    humans: int
    machines: int
    uncertain: int
    mean_delay_ms: float | None
    messages: int
    checked: Rate
    false_positive: Estimate
    false_negative: Estimate
    wrongly_ended: Estimate


def said(disposition: Disposition | None, *, marked: bool) -> bool | None:
    """Whether the agent of a call met a person; None where he did not say."""
    if disposition is not None and disposition.machine:
        return False
    if marked:
        return True
    if disposition is None:
        return None
    told = disposition.contact or disposition.wrong_number or disposition.do_not_call or disposition.callback
    return True if told or bool(disposition.refusal_reason) else None


def sayings(dispositions: Iterable[Disposition]) -> dict[str, bool]:
    """Codes by which agents say whether they met a person; the others are left out."""
    told = {one.code: said(one, marked=False) for one in dispositions}
    return {code: person for code, person in told.items() if person is not None}


def is_person(outcome: AttemptOutcome | None, *, connected: bool, verdict: str, told: bool | None) -> bool:
    """Whether an attempt counts as answered by a person in the abandonment rate; without an outcome it is under way.
    `told` is what its agent said; where he said nothing the verdict does. Whoever was abandoned was a person, as far as
    anybody knows."""
    if outcome is AttemptOutcome.ABANDONED:
        return True
    if outcome not in (None, AttemptOutcome.HUMAN) or (outcome is None and not connected):
        return False
    return told if told is not None else verdict != MACHINE


def expected_share(persons: int, checked: int) -> float:
    """Of persons among the machines nobody heard: the share found so far, drawn to the prior while it is little."""
    return (persons + PRIOR_PERSONS) / (checked + PRIOR_CHECKED)


def figures(counts: Iterable[ScreenedCount]) -> list[ScreeningFigures]:
    """All trunks together first, then each by its name."""
    known = list(counts)
    by_trunk: dict[str, list[ScreenedCount]] = {}
    for count in known:
        by_trunk.setdefault(count.trunk, []).append(count)
    return [_figures("", known), *(_figures(trunk, by_trunk[trunk]) for trunk in sorted(by_trunk))]


def _figures(trunk: str, counts: list[ScreenedCount]) -> ScreeningFigures:
    screened = sum(one.calls for one in counts)
    verdicts, treatments = Counter[str](), Counter[str]()
    for one in counts:
        verdicts[one.verdict] += one.calls
        treatments[one.treatment] += one.calls
    parts = _parts(counts)
    return ScreeningFigures(
        trunk=trunk,
        screened=screened,
        humans=verdicts["human"],
        machines=verdicts[MACHINE],
        uncertain=verdicts["uncertain"],
        mean_delay_ms=round(sum(one.delay_ms for one in counts) / screened, 1) if screened else None,
        messages=treatments[Treatment.MESSAGE],
        checked=parts.checked,
        false_positive=_false_positive(parts),
        false_negative=_false_negative(parts),
        wrongly_ended=_times(parts.unheard, parts.checked),
    )


@dataclass(frozen=True, slots=True)
class _Parts:
    """`persons` and `machines` are labelled: those whose verdict was MACHINE, and those let through."""

    checked: Rate
    taken_persons: int
    taken_machines: int
    unheard: int
    let_persons: int
    let_machines: int


def _parts(counts: list[ScreenedCount]) -> _Parts:
    taken = [one for one in counts if one.verdict == MACHINE]
    let = [one for one in counts if one.verdict != MACHINE]
    drawn = [one for one in taken if one.treatment in _DRAWN and one.person is not None]
    return _Parts(
        checked=wilson(_sum(drawn, person=True), sum(one.calls for one in drawn)),
        taken_persons=_sum(taken, person=True),
        taken_machines=_sum(taken, person=False),
        unheard=sum(one.calls for one in taken if one.person is None and one.treatment in ALONE),
        let_persons=_sum(let, person=True),
        let_machines=_sum(let, person=False),
    )


def _false_positive(parts: _Parts) -> Estimate:
    """Where nobody was parted unheard it is a plain rate; else as wide as what the checked ones leave open."""

    def rate(share: float) -> float:
        wrong = parts.taken_persons + parts.unheard * share
        return wrong / (wrong + parts.let_persons) if wrong + parts.let_persons else 0.0

    if not parts.unheard:
        return _plain(parts.taken_persons, parts.taken_persons + parts.let_persons)
    if parts.checked.value is None:
        return Estimate(value=None, low=rate(0.0), high=1.0)
    return _rounded(rate(parts.checked.value), rate(parts.checked.low), rate(parts.checked.high))


def _false_negative(parts: _Parts) -> Estimate:
    share = parts.checked.value or 0.0
    machines = parts.let_machines + parts.taken_machines + round(parts.unheard * (1 - share))
    return _plain(parts.let_machines, machines)


def _times(calls: int, share: Rate) -> Estimate:
    if not calls:
        return Estimate(value=0.0, low=0.0, high=0.0)
    if share.value is None:
        return Estimate(value=None, low=0.0, high=float(calls))
    return Estimate(
        value=round(calls * share.value, 2), low=round(calls * share.low, 2), high=round(calls * share.high, 2)
    )


def _plain(hits: int, of: int) -> Estimate:
    rate = wilson(hits, of)
    return Estimate(value=rate.value, low=rate.low, high=rate.high)


def _rounded(value: float, low: float, high: float) -> Estimate:
    return Estimate(value=round(value, 6), low=round(low, 6), high=round(high, 6))


def _sum(counts: list[ScreenedCount], *, person: bool) -> int:
    return sum(one.calls for one in counts if one.person is person)
