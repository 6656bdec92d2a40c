"""Calls from customers: which lead is meant, how often it rang before somebody answered, and the figures of both."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from campaigns.statistics import Rate, wilson

RINGS: Final = 3  # to be answered within this many is a usual goal of enquiry desks

# Seconds from the beginning of one ring to the next (ITU-T E.180, national supplements).
_CADENCE_S: Final[Mapping[str, float]] = {"US": 6.0, "CA": 6.0, "GB": 3.0, "IE": 3.0, "AU": 3.0, "NZ": 3.0}
_USUAL_CADENCE_S: Final = 5.0  # 1 s on, 4 s off: China and most of Europe


class InboundOutcome(StrEnum):
    ANSWERED = "ANSWERED"  # an agent talked to the caller
    MISSED = "MISSED"  # nobody became free in time
    ABANDONED = "ABANDONED"  # the caller hung up before anybody answered
    REFUSED = "REFUSED"  # no line, or nobody is told to take calls to this number
    LOST = "LOST"  # a fault on our side ended it


NOT_SERVED: Final = frozenset(
    {InboundOutcome.MISSED, InboundOutcome.ABANDONED, InboundOutcome.REFUSED, InboundOutcome.LOST}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Acquaintance:
    """A lead with the caller's number. `agents` know the customer, the best first."""

    lead_id: int
    campaign_id: int
    running: bool  # the campaign
    open: bool  # the lead
    last_attempt_at: datetime | None = None
    agents: tuple[str, ...] = ()


def meant(known: Iterable[Acquaintance]) -> Acquaintance | None:
    """Whom a known number most likely calls about: running campaigns first, then whom we tried last."""
    return max(known, key=_likelihood, default=None)


def _likelihood(one: Acquaintance) -> tuple[bool, bool, float, bool, int]:
    tried = one.last_attempt_at is not None
    last = one.last_attempt_at.timestamp() if one.last_attempt_at else 0.0
    return one.running, tried, last, one.open, one.lead_id


def cadence_s(country: str) -> float:
    return _CADENCE_S.get(country, _USUAL_CADENCE_S)


def rings(ring_s: float, country: str) -> int:
    """How many rings had begun after `ring_s` seconds; the first begins at once."""
    return int(max(ring_s, 0.0) // cadence_s(country)) + 1


@dataclass(frozen=True, slots=True, kw_only=True)
class InboundCounts:
    """What was counted over a period. `ring_s` is summed over answered calls."""

    by_outcome: Mapping[str, int]
    within_rings: int
    unknown_callers: int
    to_adopt: int
    ring_s: float
    talk_s: float
    by_agent: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class InboundStatistics:
    """`within_three_rings` is counted over all calls that are over, so that a caller nobody served counts against it.

    `to_adopt` are unknown callers who are not leads yet.
    """

    arrived: int
    answered: int
    missed: int
    abandoned: int
    refused: int
    lost: int
    answer_rate: Rate
    within_three_rings: Rate
    mean_ring_s: float | None
    mean_talk_s: float | None
    unknown_callers: int
    to_adopt: int
    by_agent: Mapping[str, int]


def inbound_statistics(counts: InboundCounts) -> InboundStatistics:
    def of(outcome: InboundOutcome) -> int:
        return counts.by_outcome.get(outcome.value, 0)

    arrived, answered = sum(counts.by_outcome.values()), of(InboundOutcome.ANSWERED)
    return InboundStatistics(
        arrived=arrived,
        answered=answered,
        missed=of(InboundOutcome.MISSED),
        abandoned=of(InboundOutcome.ABANDONED),
        refused=of(InboundOutcome.REFUSED),
        lost=of(InboundOutcome.LOST),
        answer_rate=wilson(answered, arrived),
        within_three_rings=wilson(counts.within_rings, arrived),
        mean_ring_s=counts.ring_s / answered if answered else None,
        mean_talk_s=counts.talk_s / answered if answered else None,
        unknown_callers=counts.unknown_callers,
        to_adopt=counts.to_adopt,
        by_agent=dict(counts.by_agent),
    )
