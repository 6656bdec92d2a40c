"""How people and networks behave who are called by the fake telephony. Seconds count from the INVITE."""

from __future__ import annotations

from dataclasses import dataclass

from sip.amd import Reason, Verdict
from sip.causes import LegOutcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What a detector makes of whoever answers, so long after the answer; `greeting_s`: a machine speaks so long."""

    verdict: Verdict = Verdict.HUMAN
    reason: Reason = Reason.GREETED
    after_s: float = 0.9
    greeting_s: float = 8.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Fate:
    """`status` 0 with no `answers_after`: nobody ever answers. `talks` None: never hangs up by himself."""

    rings_after: float | None = 1.0  # None: no 180
    answers_after: float | None = None
    talks: float | None = None
    refuses_after: float = 0.0
    status: int = 0
    q850: int | None = None
    outcome: LegOutcome = LegOutcome.NO_ANSWER
    heard: Heard = Heard()


def answers(after: float = 3.0, *, talks: float | None = None) -> Fate:
    return Fate(rings_after=min(1.0, after / 2), answers_after=after, talks=talks)


def machine(after: float = 3.0, *, told_after: float = 2.0, greeting: float = 8.0, talks: float | None = 60.0) -> Fate:
    """An answering machine, known as such after `told_after`."""
    heard = Heard(verdict=Verdict.MACHINE, reason=Reason.LONG_GREETING, after_s=told_after, greeting_s=greeting)
    return Fate(rings_after=min(1.0, after / 2), answers_after=after, talks=talks, heard=heard)


def picks_up_without_ringing(after: float = 2.0) -> Fate:
    return Fate(rings_after=None, answers_after=after)


def rings_on(*, after: float = 1.0) -> Fate:
    return Fate(rings_after=after)


def silent() -> Fate:
    """The trunk takes the INVITE and says nothing more."""
    return Fate(rings_after=None)


def refuses(status: int, q850: int | None, outcome: LegOutcome, *, after: float = 1.0, rings: bool = False) -> Fate:
    return Fate(
        rings_after=after / 2 if rings else None, refuses_after=after, status=status, q850=q850, outcome=outcome
    )


def busy() -> Fate:
    return refuses(486, 17, LegOutcome.BUSY)


def unknown() -> Fate:
    return refuses(404, 1, LegOutcome.INVALID_NUMBER)


def declines(*, after: float = 4.0) -> Fate:
    return refuses(603, 21, LegOutcome.DECLINED, after=after, rings=True)


def congested() -> Fate:
    return refuses(503, 34, LegOutcome.CONGESTED, after=0.2)


def not_accepted() -> Fate:
    return refuses(403, None, LegOutcome.FAILED, after=0.2)


def no_codec() -> Fate:
    return refuses(488, None, LegOutcome.FAILED, after=0.2)
